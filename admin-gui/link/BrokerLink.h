// SPDX-License-Identifier: GPL-3.0-or-later
// One broker as the console sees it: log-in, session, event stream, and whether what is shown is true now.
// Everything else of the console asks by client() and learns by happened().
#pragma once

#include "admin-gui/link/Profile.h"
#include "shared/api/Client.h"
#include "shared/api/EventStream.h"
#include "shared/api/Session.h"

#include <QObject>

#include <optional>

namespace viaduct::admin {

enum class LinkState {
    Closed, ///< nobody is logged in
    LoggingIn,
    Loading, ///< logged in; the snapshot is on its way
    Live, ///< what is shown is true now
    Stale ///< the stream is away and is tried again: what is shown may be old
};

class BrokerLink : public QObject {
    Q_OBJECT
public:
    explicit BrokerLink(QObject* parent = nullptr);

    /// Logs in. One of the signals below says what came of it. `totp` is empty where none was asked for.
    void open(const Profile& profile, const QString& password, const QString& totp = {});
    /// What open() was called with, after the person has said yes to the certificate of certificateAsked().
    void trust(const QString& fingerprint);
    /// After passwordChangeNeeded(); `failed` gets what the broker says against the new one.
    void changePassword(
        const QString& oldPassword, const QString& newPassword, QObject* context,
        std::function<void(const api::Trouble&)> failed);
    /// Ends the session at the broker, too.
    void close();

    api::Client& client() { return m_client; }
    const Profile& profile() const { return m_profile; }
    LinkState state() const { return m_state; }
    /// Of the last log-in; empty before it.
    const std::optional<api::Session>& session() const { return m_session; }
    /// Whether the broker lets this person do it: what it does not is not offered.
    bool may(const api::OperationInfo& operation) const;
    /// When the stream was lost; for the banner.
    std::optional<api::Time> staleSince() const { return m_staleSince; }

    /// For tests: see api::EventStream::setHeartbeat.
    void setHeartbeat(std::chrono::milliseconds silence) { m_stream.setHeartbeat(silence); }

Q_SIGNALS:
    void stateChanged(viaduct::admin::LinkState state);
    /// `changed`: another certificate was pinned, which is a warning, not a greeting.
    void certificateAsked(const QString& fingerprint, bool changed, const QString& sentence);
    void totpAsked();
    /// The session may do nothing else before.
    void passwordChangeNeeded();
    /// Logging in came to nothing, or the session has ended: to be shown where the password is typed.
    void refused(const viaduct::api::Trouble& trouble);
    void lost(const QString& sentence, std::chrono::milliseconds again);
    void happened(const viaduct::api::Event& event);

private:
    void logIn();
    void loggedIn(const api::Session& session);
    void startStream();
    void setState(LinkState state);

    api::Client m_client;
    api::EventStream m_stream{m_client};
    Profile m_profile;
    QString m_password; ///< until the log-in has succeeded, and while a certificate is asked about
    QString m_totp;
    LinkState m_state = LinkState::Closed;
    std::optional<api::Session> m_session;
    std::optional<api::Time> m_staleSince;
    api::Call m_call;
};

} // namespace viaduct::admin
