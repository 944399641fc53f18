// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/link/BrokerLink.h"

namespace viaduct::admin {

namespace {
api::Time now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}
} // namespace

BrokerLink::BrokerLink(QObject* parent) : QObject(parent) {
    connect(&m_stream, &api::EventStream::happened, this, &BrokerLink::happened);
    connect(&m_stream, &api::EventStream::liveChanged, this, [this](bool live) {
        if (live)
            setState(LinkState::Live);
        else if (m_state == LinkState::Live)
            setState(LinkState::Stale);
    });
    connect(
        &m_stream, &api::EventStream::lost, this,
        [this](const Error& error, std::chrono::milliseconds delay) {
            setState(LinkState::Stale);
            Q_EMIT lost(QString::fromStdString(error.message), delay);
        });
    connect(&m_stream, &api::EventStream::ended, this, [this](const api::Trouble& trouble) {
        m_client.setToken({});
        setState(LinkState::Closed);
        Q_EMIT refused(trouble);
    });
}

void BrokerLink::open(const Profile& profile, const QString& password, const QString& totp) {
    m_call.cancel();
    m_stream.stop();
    m_profile = profile;
    m_password = password;
    m_totp = totp;
    m_client.setBroker(profile.url);
    m_client.setPin(profile.pin);
    logIn();
}

void BrokerLink::trust(const QString& fingerprint) {
    m_profile.pin = fingerprint;
    m_client.setPin(fingerprint);
    logIn();
}

void BrokerLink::logIn() {
    setState(LinkState::LoggingIn);
    m_call = m_client.call(
        api::operation::logIn, {}, {m_profile.login, m_password, m_totp}, this,
        [this](const api::Answered<api::Session>& answer) {
            if (answer)
                return loggedIn(*answer);
            setState(LinkState::Closed);
            const api::Trouble& trouble = answer.error();
            if (trouble.certificate != api::Certificate::Trusted)
                return Q_EMIT certificateAsked(
                    trouble.fingerprint, trouble.certificate == api::Certificate::Changed,
                    QString::fromStdString(trouble.error.message));
            if (trouble.kind == api::ProblemKind::TotpNeeded)
                return Q_EMIT totpAsked();
            Q_EMIT refused(trouble);
        });
}

void BrokerLink::loggedIn(const api::Session& session) {
    m_session = session;
    m_client.setToken(session.token);
    m_totp.clear();
    m_password.clear();
    if (session.changePassword)
        return Q_EMIT passwordChangeNeeded();
    startStream();
}

void BrokerLink::changePassword(
    const QString& oldPassword, const QString& newPassword, QObject* context,
    std::function<void(const api::Trouble&)> failed) {
    m_call = m_client.call(
        api::operation::changeOwnPassword, {}, {oldPassword, newPassword}, context,
        [this, failed = std::move(failed)](const api::Answered<api::Nothing>& answer) {
            if (!answer)
                return failed(answer.error());
            m_session->changePassword = false;
            startStream();
        });
}

/// What may be done is known once the password need not be changed any more: it is asked for again.
void BrokerLink::startStream() {
    setState(LinkState::Loading);
    m_call = m_client.call(
        api::operation::showSession, {}, {}, this, [this](const api::Answered<api::Session>& answer) {
            if (!answer) {
                setState(LinkState::Closed);
                return Q_EMIT refused(answer.error());
            }
            m_session = *answer;
            m_stream.start(
                {api::Topic::Requests, api::Topic::Accounts, api::Topic::Tunnels, api::Topic::Allocations,
                 api::Topic::Counters, api::Topic::Configuration, api::Topic::Alarms});
        });
}

void BrokerLink::close() {
    m_call.cancel();
    m_stream.stop();
    if (m_client.hasToken())
        m_client.call(api::operation::logOut, {}, {}, this, [](const auto&) {});
    m_client.setToken({});
    m_password.clear();
    m_totp.clear();
    m_session.reset();
    setState(LinkState::Closed);
}

bool BrokerLink::may(const api::OperationInfo& operation) const {
    return m_session && api::may(operation, m_session->role);
}

void BrokerLink::setState(LinkState state) {
    if (state == m_state)
        return;
    m_state = state;
    m_staleSince = state == LinkState::Stale ? std::optional(now()) : std::nullopt;
    Q_EMIT stateChanged(state);
}

} // namespace viaduct::admin
