// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/radius/Authenticator.h"

#include "server/radius/Question.h"

#include <QFile>

#include <algorithm>

namespace viaduct::radius {

namespace {

constexpr qint64 largestSecretFile = 4096; ///< bytes
constexpr qsizetype longestSecret = 128; ///< bytes; RFC 2865 asks for 16 and more

Result<std::string> readSecret(const std::string& path) {
    QFile file(QString::fromStdString(path));
    if (!file.open(QIODevice::ReadOnly))
        return failure(
            Error::Code::NotFound,
            "The secret of a RADIUS server cannot be read from " + path + ": "
                + file.errorString().toStdString() + ". Let the user that viaductd runs as read the file.");
    QByteArray line = file.read(largestSecretFile);
    if (const qsizetype end = line.indexOf('\n'); end >= 0)
        line.truncate(end);
    if (line.endsWith('\r'))
        line.chop(1);
    if (line.isEmpty() || line.size() > longestSecret || line.contains('\0'))
        return failure(
            Error::Code::Invalid,
            "The first line of " + path + " is no secret of 1 to " + std::to_string(longestSecret)
                + " bytes. Write the one that the RADIUS server has for this machine.");
    return line.toStdString();
}

} // namespace

Authenticator::Authenticator(std::string nasIdentifier, QObject* parent)
    : QObject(parent), m_nasIdentifier(std::move(nasIdentifier)) { }

Authenticator::~Authenticator() = default;

Result<void> Authenticator::apply(const std::vector<config::RadiusServer>& servers) {
    std::vector<Server> ready;
    for (const config::RadiusServer& server : servers) {
        auto secret = readSecret(server.secretFile);
        if (!secret)
            return tl::unexpected(secret.error());
        ready.push_back({server, std::move(*secret)});
    }
    m_servers = std::move(ready);
    m_silent.clear();
    return {};
}

void Authenticator::authenticate(const std::string& user, const std::string& password, Answered answered) {
    const Login login{user, password};
    if (!canBeAsked(login))
        return answered({Verdict::What::Refused, "RADIUS cannot carry such a name or password."});
    if (m_servers.empty())
        return answered({Verdict::What::Unreachable, "No RADIUS server is configured."});
    if (m_questions == mostQuestions)
        return answered({Verdict::What::Unreachable, "Too many logins wait for RADIUS servers."});
    ++m_questions;
    auto* question = new Question(login, m_nasIdentifier, inOrder(), this);
    connect(question, &Question::answeredBy, this, [this](const Server& server, bool answers) {
        noteSilence(server.settings, !answers);
    });
    connect(
        question, &Question::done, this,
        [this, question, answered = std::move(answered)](const Verdict& verdict) {
            --m_questions;
            question->deleteLater();
            const Answered tell = answered; // whoever is told may end all of this
            tell(verdict);
        });
    question->start();
}

std::vector<Server> Authenticator::inOrder() const {
    const SteadyTime now = std::chrono::steady_clock::now();
    std::vector<Server> order = m_servers;
    std::stable_partition(order.begin(), order.end(), [&](const Server& server) {
        return std::none_of(m_silent.begin(), m_silent.end(), [&](const auto& silent) {
            return silent.first == server.settings && now < silent.second;
        });
    });
    return order;
}

void Authenticator::noteSilence(const config::RadiusServer& server, bool isSilent) {
    std::erase_if(m_silent, [&](const auto& silent) { return silent.first == server; });
    if (isSilent)
        m_silent.emplace_back(server, std::chrono::steady_clock::now() + restAfterSilence);
}

} // namespace viaduct::radius
