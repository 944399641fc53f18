// SPDX-License-Identifier: GPL-3.0-or-later
// Sends letters by the mail server of the configuration, in a thread of its own. A server that is away for a
// day costs nothing but time; letters are kept in memory, so that what has not gone when the broker stops is
// lost.
#pragma once

#include "server/config/Configuration.h"
#include "server/mail/Letter.h"

#include <QObject>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace viaduct::mail {

class Delivery;
struct Outcome;

class Sender : public QObject {
    Q_OBJECT
public:
    using Duration = std::chrono::milliseconds;
    struct Options {
        std::size_t letters = 10'000; ///< that may wait
        /// Before the second try; each further pause is twice as long, up to the longest.
        Duration firstPause{std::chrono::minutes{1}};
        Duration longestPause{std::chrono::hours{1}};
        Duration patience{std::chrono::hours{24}}; ///< a letter is given up so long after it was handed over
        std::string certificates; ///< PEM file of authorities in the place of the system's; empty: those
    };

    explicit Sender(QObject* parent = nullptr);
    explicit Sender(Options options, QObject* parent = nullptr);
    ~Sender() override; ///< gives up the try that is being made; whoever waits is not called

    /// From the next letter on. Without a server those that wait are given up. `hostName`: what the broker
    /// calls itself to the server; empty: the machine's.
    void apply(const std::optional<config::MailServer>& server, const std::string& hostName = {});

    /// Called once: when the mail server has taken the letter, or with an error: Invalid (see write()) and
    /// Exhausted (too many wait) and NotFound (no mail server) before send() returns; Denied (the server
    /// refused it for ever) and System (it was given up) later, in the thread of this.
    using Done = std::function<void(const Result<void>&)>;
    void send(const Letter& letter, Done done = {});

    std::size_t waiting() const;
    /// Doubles from the first to the longest; `tries` >= 1 have failed.
    static Duration pauseAfter(int tries, const Options& options);

Q_SIGNALS:
    /// The server fails, or fails for another reason, with a sentence; or, without one, it works again or
    /// another has taken its place.
    void serverFails(const std::string& reason);

private:
    using Clock = std::chrono::steady_clock;
    struct Waiting {
        Letter letter;
        Stamp stamp; ///< a letter sent again is the same message
        Done done;
        Clock::time_point since;
        int tries = 0;
    };

    void run();
    Clock::time_point nextTurn() const;
    void dropOld(Clock::time_point now);
    void settle(Waiting waiting, const Outcome& outcome, Clock::time_point now);
    void noteServer(const Outcome& outcome, Clock::time_point now);
    void tellServer(const std::string& reason);
    void answer(Waiting waiting, Result<void> result);
    void giveUp(Waiting waiting, Clock::time_point now, Error error);

    Options m_options;
    mutable std::mutex m_mutex; ///< guards what follows
    std::condition_variable m_wake;
    std::multimap<Clock::time_point, Waiting> m_letters; ///< by their next try
    std::size_t m_underWay = 0; ///< taken out of the above: 0 or 1
    std::optional<config::MailServer> m_server;
    std::string m_hostName;
    Clock::time_point m_pausedUntil; ///< the server fails: no letter is tried before
    int m_serverFailures = 0; ///< in a row
    std::optional<std::string> m_toldReason; ///< why it fails, as was told last
    std::atomic<bool> m_stop = false;
    std::thread m_thread;
};

} // namespace viaduct::mail
