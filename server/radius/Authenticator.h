// SPDX-License-Identifier: GPL-3.0-or-later
// Asks RADIUS servers whether a login is right: those of the configuration, in its order, until one answers.
#pragma once

#include "server/config/Configuration.h"
#include "server/radius/Exchange.h"

#include <QObject>
#include <chrono>
#include <functional>

namespace viaduct::radius {

struct Verdict {
    enum class What { Accepted, Refused, Unreachable };
    What what = What::Unreachable;
    std::string reason; ///< for the log: names servers, never the login
};

/// A server with the secret that it shares with us.
struct Server {
    config::RadiusServer settings;
    std::string secret;
};

class Question;

/// Used from one thread, whose event loop carries it; nothing of it waits.
class Authenticator : public QObject {
    Q_OBJECT
public:
    /// Questions at a time. More would help nobody: their clients give up before.
    static constexpr std::size_t mostQuestions = 256;
    /// A server that did not answer is asked last for so long.
    static constexpr std::chrono::seconds restAfterSilence{30};

    /// `nasIdentifier` tells the servers who asks: at most 253 bytes.
    explicit Authenticator(std::string nasIdentifier = "viaduct", QObject* parent = nullptr);
    ~Authenticator() override; ///< who still waits is never answered

    /// Reads the files of the secrets. On an error nothing has changed; it names the file and the cure.
    /// Questions on their way go on with the servers that they had.
    Result<void> apply(const std::vector<config::RadiusServer>& servers);

    using Answered = std::function<void(const Verdict&)>;
    /// Answered once, later, or before the call returns when nobody need be asked.
    void authenticate(const std::string& user, const std::string& password, Answered answered);

private:
    using SteadyTime = std::chrono::steady_clock::time_point;

    std::vector<Server> inOrder() const;
    void noteSilence(const config::RadiusServer& server, bool isSilent);

    std::string m_nasIdentifier;
    std::vector<Server> m_servers;
    std::vector<std::pair<config::RadiusServer, SteadyTime>> m_silent; ///< and until when it is asked last
    std::size_t m_questions = 0; ///< on their way
};

} // namespace viaduct::radius
