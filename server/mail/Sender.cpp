// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/mail/Sender.h"
#include "server/mail/Delivery.h"

#include <QLoggingCategory>
#include <QUuid>

#include <algorithm>
#include <utility>

Q_LOGGING_CATEGORY(mailLog, "viaduct.mail")

namespace viaduct::mail {

namespace {
/// 2^16 pauses are longer than any: no need to count further.
constexpr int mostDoublings = 16;

Stamp newStamp() {
    return {std::chrono::system_clock::now(), QUuid::createUuid().toString(QUuid::Id128).toStdString()};
}

Error withoutServer() {
    return {Error::Code::NotFound, "the configuration has no mail server any more"};
}

long long secondsOf(std::chrono::steady_clock::duration time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time).count();
}
} // namespace

Sender::Sender(QObject* parent) : Sender(Options(), parent) { }

Sender::Sender(Options options, QObject* parent)
    : QObject(parent), m_options(std::move(options)), m_thread([this] { run(); }) { }

Sender::~Sender() {
    {
        const std::lock_guard lock(m_mutex);
        m_stop = true;
    }
    m_wake.notify_one();
    m_thread.join();
    if (!m_letters.empty())
        qCWarning(mailLog, "event=mails-lost letters=%zu reason=\"the broker stops\"", m_letters.size());
}

void Sender::apply(const std::optional<config::MailServer>& server, const std::string& hostName) {
    std::multimap<Clock::time_point, Waiting> givenUp;
    {
        const std::lock_guard lock(m_mutex);
        if (server == m_server && hostName == m_hostName)
            return;
        m_server = server;
        m_hostName = hostName;
        m_pausedUntil = {};
        m_serverFailures = 0;
        if (std::exchange(m_toldReason, {})) // it was of the server before
            tellServer({});
        if (!server)
            givenUp.swap(m_letters);
        // Those that were refused for the moment by the server before have their turn at this one at once.
        std::multimap<Clock::time_point, Waiting> letters;
        for (auto& [turn, waiting] : m_letters)
            letters.emplace(waiting.since, std::move(waiting));
        m_letters.swap(letters);
    }
    m_wake.notify_one();
    for (auto& [turn, waiting] : givenUp)
        giveUp(std::move(waiting), Clock::now(), withoutServer());
}

void Sender::send(const Letter& letter, Done done) {
    const auto refuse = [&](const tl::unexpected<Error>& error) {
        if (done)
            done(error);
    };
    const Stamp stamp = newStamp();
    // The sender stands in the configuration, and was checked there.
    if (const auto written = write(letter, "nobody@localhost", stamp); !written)
        return refuse(tl::unexpected(written.error()));
    {
        const std::lock_guard lock(m_mutex);
        if (!m_server)
            return refuse(
                failure(Error::Code::NotFound, "No mail can be sent: give the configuration a mail server."));
        if (m_letters.size() + m_underWay >= m_options.letters)
            return refuse(failure(
                Error::Code::Exhausted,
                std::to_string(m_options.letters)
                    + " letters wait already, which is the most: see why the mail server takes none."));
        const auto now = Clock::now();
        m_letters.emplace(now, Waiting{letter, stamp, std::move(done), now, 0});
    }
    m_wake.notify_one();
}

std::size_t Sender::waiting() const {
    const std::lock_guard lock(m_mutex);
    return m_letters.size() + m_underWay;
}

Sender::Duration Sender::pauseAfter(int tries, const Options& options) {
    const int doublings = std::clamp(tries - 1, 0, mostDoublings);
    return std::min(options.longestPause, options.firstPause * (1 << doublings));
}

// --- the thread

void Sender::run() {
    std::unique_ptr<Delivery> delivery;
    std::unique_lock lock(m_mutex);
    while (!m_stop) {
        auto now = Clock::now();
        dropOld(now);
        if (m_letters.empty() || !m_server || nextTurn() > now) {
            if (delivery) { // nothing to say for now: the server is not kept waiting
                lock.unlock();
                delivery.reset();
                lock.lock();
            } else if (m_letters.empty() || !m_server) {
                m_wake.wait(lock);
            } else {
                m_wake.wait_until(lock, nextTurn());
            }
            continue;
        }
        auto first = m_letters.extract(m_letters.begin());
        Waiting waiting = std::move(first.mapped());
        const config::MailServer server = *m_server;
        const std::string hostName = m_hostName;
        m_underWay = 1;
        lock.unlock();
        if (!delivery)
            delivery = std::make_unique<Delivery>(m_stop, m_options.certificates);
        Outcome outcome;
        if (const auto message = write(waiting.letter, server.from, waiting.stamp))
            outcome = delivery->deliver(server, hostName, *message);
        else
            outcome = {Outcome::What::Never, message.error().message};
        lock.lock();
        m_underWay = 0;
        settle(std::move(waiting), outcome, Clock::now());
    }
}

Sender::Clock::time_point Sender::nextTurn() const {
    const auto turn = std::max(m_letters.begin()->first, m_pausedUntil);
    const auto oldest
        = std::min_element(m_letters.begin(), m_letters.end(), [](const auto& a, const auto& b) {
              return a.second.since < b.second.since;
          });
    return std::min(turn, oldest->second.since + m_options.patience);
}

void Sender::dropOld(Clock::time_point now) {
    for (auto each = m_letters.begin(); each != m_letters.end();) {
        if (now - each->second.since < m_options.patience) {
            ++each;
            continue;
        }
        giveUp(
            std::move(each->second), now,
            {Error::Code::System, "the mail server did not take the letter for too long"});
        each = m_letters.erase(each);
    }
}

void Sender::settle(Waiting waiting, const Outcome& outcome, Clock::time_point now) {
    if (m_stop) { // the try was broken off: it says nothing
        m_letters.emplace(now, std::move(waiting));
        return;
    }
    if (outcome.what != Outcome::What::Sent && !m_server) // apply() could not give this one up
        return giveUp(std::move(waiting), now, withoutServer());
    noteServer(outcome, now);
    switch (outcome.what) {
    case Outcome::What::Sent:
        return answer(std::move(waiting), {});
    case Outcome::What::Never:
        return giveUp(
            std::move(waiting), now,
            {Error::Code::Denied, "the mail server refused the letter: " + outcome.reason});
    case Outcome::What::NotNow: {
        const auto turn = now + pauseAfter(++waiting.tries, m_options);
        m_letters.emplace(turn, std::move(waiting));
        return;
    }
    case Outcome::What::ServerFails: {
        // In its old turn, so that the order stays.
        ++waiting.tries;
        const auto turn = waiting.since;
        m_letters.emplace(turn, std::move(waiting));
        return;
    }
    }
}

/// A server that fails, fails for all letters: one line in the journal for each reason, and one try for all
/// of them.
void Sender::noteServer(const Outcome& outcome, Clock::time_point now) {
    if (outcome.what == Outcome::What::ServerFails) {
        if (m_toldReason != outcome.reason) {
            qCWarning(
                mailLog, "event=mail-server-fails waiting=%zu reason=\"%s\"", m_letters.size() + 1,
                outcome.reason.c_str());
            m_toldReason = outcome.reason;
            tellServer(outcome.reason);
        }
        m_pausedUntil = now + pauseAfter(++m_serverFailures, m_options);
        return;
    }
    if (std::exchange(m_toldReason, {})) {
        qCInfo(mailLog, "event=mail-server-works");
        tellServer({});
    }
    m_serverFailures = 0;
    m_pausedUntil = {};
}

void Sender::tellServer(const std::string& reason) {
    QMetaObject::invokeMethod(
        this, [this, reason] { Q_EMIT serverFails(reason); }, Qt::QueuedConnection);
}

void Sender::giveUp(Waiting waiting, Clock::time_point now, Error error) {
    qCWarning(
        mailLog, "event=mail-given-up tries=%d seconds=%lld reason=\"%s\"", waiting.tries,
        secondsOf(now - waiting.since), error.message.c_str());
    answer(std::move(waiting), tl::unexpected(std::move(error)));
}

void Sender::answer(Waiting waiting, Result<void> result) {
    if (waiting.done)
        QMetaObject::invokeMethod(
            this, [done = std::move(waiting.done), result = std::move(result)] { done(result); },
            Qt::QueuedConnection);
}

} // namespace viaduct::mail
