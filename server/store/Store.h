// SPDX-License-Identifier: GPL-3.0-or-later
// Makes changes durable, in a thread of its own. Whoever writes hands over a list of changes and is called
// back when the transaction that holds all of them is on the disk; many lists share one transaction (group
// commit), so waiting for the disk costs each of them little.
#pragma once

#include "server/store/Questions.h"
#include "shared/net/Error.h"

#include <QPointer>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

class QObject;

namespace viaduct::store {

class Database;
class Mailbox;
class PastThread;
class StateDirectory;
struct Past;

/// Used from one thread, the one that opened it; there the callbacks come too.
class Store {
public:
    /// Called once, in the thread of `context`; never before the changes are durable. Its error means that
    /// none of them was made; Denied: a block is held by another; Invalid: another rule is broken; else the
    /// database could not write, and may later.
    using Committed = std::function<void(const Result<void>&)>;
    template <typename T>
    using Answered = std::function<void(const Result<T>&)>;
    using Answer = Answered<std::vector<Tenure>>;

    /// Opens DIRECTORY/viaduct.db (SQLite, synchronous=FULL, WAL), makes or migrates its tables. Errors: the
    /// directory cannot be used, the file is no database of Viaduct, its schema is newer than this program,
    /// another broker has it.
    static Result<std::unique_ptr<Store>> open(const std::string& directory);
    /// Waits until everything handed over is durable; what was not called back by then never is.
    ~Store();

    /// At start, before any commit.
    Result<Snapshot> load();

    /// All or none. The callbacks come in the order of the calls. `context` lives in the calling thread; when
    /// it dies first the changes are still made, and nobody is called.
    void commit(std::vector<Change> changes, QObject* context, Committed committed);
    /// For what has happened already and cannot be taken back. As commit(), but changes that the database
    /// could not write are kept and written first when it can again: nothing that was handed over later gets
    /// there before them. The callback comes once, with the first outcome; an error other than Denied and
    /// Invalid means that they are still owed.
    void commitAtLast(std::vector<Change> changes, QObject* context, Committed committed);

    /// Who held `address` at `at`, the most specific prefix first. Runs in the store's thread, after what was
    /// handed over before.
    void holdersAt(const IpAddress& address, TimePoint at, QObject* context, Answer answer);

    // The questions below are answered in a thread of their own, which no commit waits for, from what was
    // handed over before they were asked. Busy: too many of them wait. Invalid: a range of days is no range,
    // or too long.

    /// In the order of time. NotFound: retention has ended for the line that the page is to follow.
    void history(
        const HistoryFilter& filter, const Page& page, QObject* context,
        const Answered<Rows<HistoryLine>>& answered);
    /// What a holder had from when to when, in the order of its beginning.
    void
    tenures(const Holder& holder, const Page& page, QObject* context, const Answered<Rows<Tenure>>& answered);
    /// In the order of seq.
    void audit(
        const AuditFilter& filter, const Page& page, QObject* context,
        const Answered<Rows<AuditLine>>& answered);
    /// The end of the audit's chain: to be noted elsewhere, and given to verifyAudit().
    void auditHead(QObject* context, const Answered<AuditHead>& answered);
    /// The `limit` holders with the most bytes, both ways together, the greatest first.
    void usageTop(
        const DayRange& range, int limit, QObject* context,
        const Answered<std::vector<HolderUsage>>& answered);
    /// The sum of each holder that has any, in the order in which they were first seen.
    void usageSums(
        const DayRange& range, const Page& page, QObject* context,
        const Answered<Rows<HolderUsage>>& answered);
    /// One holder's days that have any, the earliest first.
    void usageDays(
        const Holder& holder, const DayRange& range, QObject* context,
        const Answered<std::vector<DayUsage>>& answered);
    void poolTrend(
        const std::string& pool, const DayRange& range, QObject* context,
        const Answered<PoolTrend>& answered);

    /// Lists handed over and not yet called back, so that whoever hands them over can hold back.
    std::size_t waiting() const { return *m_waiting; }

private:
    struct Request {
        QPointer<QObject> context;
        Committed committed;
        bool atLast = false; ///< see commitAtLast()
    };
    /// Runs in the store's thread; what it returns is called in the callers'.
    using Question = std::function<std::function<void()>(Database&)>;
    /// The same in the thread of the past.
    using PastQuestion = std::function<std::function<void()>(Past&)>;
    struct Work {
        std::vector<std::vector<Change>> lists;
        std::vector<Request> requests; ///< one for each of the lists
        std::vector<Question> questions;
        std::vector<PastQuestion> pastQuestions;
        bool isEmpty() const { return lists.empty() && questions.empty() && pastQuestions.empty(); }
    };

    explicit Store(StateDirectory directory);
    Result<void> start();
    void add(std::vector<Change> changes, Request request);
    void run(Database& database);
    bool isStopping();
    Work takeWork();
    void write(Database& database, Work& work, std::size_t first);
    void ask(Question question);
    template <typename T>
    void
    askPast(QObject* context, const Answered<T>& answered, const std::function<Result<T>(Past&)>& question);
    void pass(const PastQuestion& question);
    void handOver();

    std::unique_ptr<StateDirectory> m_directory;
    std::unique_ptr<Mailbox> m_mailbox; ///< receives what the store's thread posts
    Work m_gathered; ///< since the event loop's last turn
    std::shared_ptr<std::size_t> m_waiting; ///< outlives the store in a callback that destroys it
    std::shared_ptr<std::size_t> m_asked; ///< of the past and not yet answered; outlives the store likewise
    std::unique_ptr<PastThread> m_past;
    std::mutex m_mutex; ///< guards what follows
    std::condition_variable m_wake;
    Work m_work;
    bool m_stopping = false;
    std::vector<std::vector<Change>>
        m_owed; ///< of the store's thread: kept by commitAtLast() after a failure
    std::thread m_thread;
};

} // namespace viaduct::store
