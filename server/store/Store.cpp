// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/Store.h"

#include "server/store/Database.h"
#include "server/store/Mailbox.h"
#include "server/store/Past.h"
#include "server/store/SqliteDialect.h"
#include "server/store/StateDirectory.h"

#include <algorithm>
#include <future>
#include <iterator>
#include <span>
#include <utility>

namespace viaduct::store {

namespace {

/// Lists in one transaction: about 20 ms of work. Beyond that waiting for the disk is long paid for, and the
/// first of them would only wait for the last.
constexpr std::size_t largestGroup = 1000;
/// How soon what is owed is tried again when nothing else is to be written.
constexpr std::chrono::seconds retryPause{1};

bool isBrokenRule(const Result<void>& result) {
    return !result
        && (result.error().code == Error::Code::Invalid || result.error().code == Error::Code::Denied);
}

/// Questions about the past that may wait: each may hold an answer of mostRows rows.
constexpr std::size_t mostAsked = 256;

} // namespace

Store::Store(StateDirectory directory)
    : m_directory(std::make_unique<StateDirectory>(std::move(directory))),
      m_mailbox(std::make_unique<Mailbox>()), m_waiting(std::make_shared<std::size_t>(0)),
      m_asked(std::make_shared<std::size_t>(0)) { }

Result<std::unique_ptr<Store>> Store::open(const std::string& directory) {
    auto taken = StateDirectory::take(directory);
    if (!taken)
        return tl::unexpected(taken.error());
    std::unique_ptr<Store> store(new Store(std::move(*taken)));
    if (const auto started = store->start(); !started)
        return tl::unexpected(started.error());
    return store;
}

Result<void> Store::start() {
    const auto file = m_directory->file("viaduct.db");
    if (!file)
        return tl::unexpected(file.error());
    std::promise<Result<void>> opened;
    auto result = opened.get_future();
    m_thread = std::thread([this, file = *file, opened = std::move(opened)]() mutable {
        auto database = Database::open(std::make_unique<SqliteDialect>(QString::fromStdString(file)));
        if (!database)
            return opened.set_value(tl::unexpected(database.error()));
        opened.set_value({});
        run(**database);
        m_past.reset(); // the connection that writes must be the last: only it can empty the write-ahead log
    });
    if (auto started = result.get(); !started)
        return started;
    auto past = PastThread::start(std::make_unique<SqliteDialect>(QString::fromStdString(*file)));
    if (!past)
        return tl::unexpected(past.error());
    m_past = std::move(*past); // before the first question, which only the caller can hand over
    return {};
}

Store::~Store() {
    handOver();
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_one();
    if (m_thread.joinable())
        m_thread.join();
}

Result<Snapshot> Store::load() {
    auto loaded = std::make_shared<std::promise<Result<Snapshot>>>();
    auto result = loaded->get_future();
    ask([loaded](Database& database) {
        loaded->set_value(database.reader().load());
        return [] {};
    });
    handOver(); // the caller waits here, not in its event loop
    return result.get();
}

void Store::commit(std::vector<Change> changes, QObject* context, Committed committed) {
    add(std::move(changes), {context, std::move(committed), false});
}

void Store::commitAtLast(std::vector<Change> changes, QObject* context, Committed committed) {
    add(std::move(changes), {context, std::move(committed), true});
}

void Store::add(std::vector<Change> changes, Request request) {
    ++*m_waiting;
    // Handed over when the caller is back in its event loop: all that it commits before shares a transaction.
    // Handed over one by one, the first would go alone and all others wait for the disk twice.
    if (m_gathered.isEmpty())
        m_mailbox->post([this] { handOver(); });
    m_gathered.lists.push_back(std::move(changes));
    m_gathered.requests.push_back(std::move(request));
}

void Store::holdersAt(const IpAddress& address, TimePoint at, QObject* context, Answer answer) {
    ask([address, at, context = QPointer<QObject>(context), answer = std::move(answer)](Database& database) {
        return [context, answer, tenures = database.reader().holdersAt(address, at)] {
            if (context)
                answer(tenures);
        };
    });
}

void Store::history(
    const HistoryFilter& filter, const Page& page, QObject* context,
    const Answered<Rows<HistoryLine>>& answered) {
    askPast<Rows<HistoryLine>>(
        context, answered, [filter, page](Past& past) { return past.history.lines(filter, page); });
}

void Store::tenures(
    const Holder& holder, const Page& page, QObject* context, const Answered<Rows<Tenure>>& answered) {
    askPast<Rows<Tenure>>(
        context, answered, [holder, page](Past& past) { return past.history.tenures(holder, page); });
}

void Store::audit(
    const AuditFilter& filter, const Page& page, QObject* context,
    const Answered<Rows<AuditLine>>& answered) {
    askPast<Rows<AuditLine>>(
        context, answered, [filter, page](Past& past) { return past.audit.lines(filter, page); });
}

void Store::auditHead(QObject* context, const Answered<AuditHead>& answered) {
    askPast<AuditHead>(context, answered, [](Past& past) { return past.audit.head(); });
}

void Store::usageTop(
    const DayRange& range, int limit, QObject* context, const Answered<std::vector<HolderUsage>>& answered) {
    askPast<std::vector<HolderUsage>>(
        context, answered, [range, limit](Past& past) { return past.usage.top(range, limit); });
}

void Store::usageSums(
    const DayRange& range, const Page& page, QObject* context, const Answered<Rows<HolderUsage>>& answered) {
    askPast<Rows<HolderUsage>>(
        context, answered, [range, page](Past& past) { return past.usage.sums(range, page); });
}

void Store::usageDays(
    const Holder& holder, const DayRange& range, QObject* context,
    const Answered<std::vector<DayUsage>>& answered) {
    askPast<std::vector<DayUsage>>(
        context, answered, [holder, range](Past& past) { return past.usage.days(holder, range); });
}

void Store::poolTrend(
    const std::string& pool, const DayRange& range, QObject* context, const Answered<PoolTrend>& answered) {
    askPast<PoolTrend>(
        context, answered, [pool, range](Past& past) { return past.usage.poolTrend(pool, range); });
}

template <typename T>
void Store::askPast(
    QObject* context, const Answered<T>& answered, const std::function<Result<T>(Past&)>& question) {
    const QPointer<QObject> alive(context);
    if (*m_asked >= mostAsked) {
        const Result<T> refusal = failure(
            Error::Code::Busy, "too many questions about the past wait for their answers: ask again later");
        m_mailbox->post([alive, answered, refusal] {
            if (alive)
                answered(refusal);
        });
        return;
    }
    ++*m_asked;
    if (m_gathered.isEmpty())
        m_mailbox->post([this] { handOver(); });
    m_gathered.pastQuestions.push_back([alive, answered, question, asked = m_asked](Past& past) {
        const auto answer = std::make_shared<const Result<T>>(question(past));
        return [alive, answered, answer, asked] {
            --*asked;
            if (alive)
                answered(*answer);
        };
    });
}

/// In the store's thread, when everything handed over before the question has been written.
void Store::pass(const PastQuestion& question) {
    m_past->ask([this, question](Past& past) { m_mailbox->post(question(past)); });
}

void Store::ask(Question question) {
    if (m_gathered.isEmpty())
        m_mailbox->post([this] { handOver(); });
    m_gathered.questions.push_back(std::move(question));
}

void Store::handOver() {
    {
        const std::lock_guard lock(m_mutex);
        const auto append = [](auto& to, auto& from) {
            to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
            from.clear();
        };
        append(m_work.lists, m_gathered.lists);
        append(m_work.requests, m_gathered.requests);
        append(m_work.questions, m_gathered.questions);
        append(m_work.pastQuestions, m_gathered.pastQuestions);
    }
    m_wake.notify_one();
}

void Store::run(Database& database) {
    for (;;) {
        Work work = takeWork();
        for (std::size_t first = 0; first < work.lists.size() || (first == 0 && !m_owed.empty());
             first += largestGroup)
            write(database, work, first);
        for (const Question& question : work.questions)
            m_mailbox->post(question(database));
        for (const PastQuestion& question : work.pastQuestions)
            pass(question);
        if (work.isEmpty() && isStopping())
            return;
    }
}

bool Store::isStopping() {
    const std::lock_guard lock(m_mutex);
    return m_stopping;
}

/// Waits for work and takes all of it; nothing comes back when the store stops and everything is done, or
/// when it is time to try again what is owed.
Store::Work Store::takeWork() {
    std::unique_lock lock(m_mutex);
    const auto hasWork = [this] { return m_stopping || !m_work.isEmpty(); };
    if (m_owed.empty())
        m_wake.wait(lock, hasWork);
    else
        m_wake.wait_for(lock, retryPause, hasWork);
    return std::exchange(m_work, {});
}

/// One transaction, and one event for all of its callbacks. What is owed goes first.
void Store::write(Database& database, Work& work, std::size_t first) {
    const std::size_t count = std::min(largestGroup, work.lists.size() - first);
    const std::size_t owed = m_owed.size();
    std::vector<std::vector<Change>> lists = std::move(m_owed);
    m_owed.clear();
    const auto from = [first](auto& all) { return all.begin() + static_cast<std::ptrdiff_t>(first); };
    const auto listsBegin = from(work.lists);
    std::move(listsBegin, listsBegin + static_cast<std::ptrdiff_t>(count), std::back_inserter(lists));
    const auto requestsBegin = from(work.requests);
    std::vector<Request> requests(
        std::make_move_iterator(requestsBegin),
        std::make_move_iterator(requestsBegin + static_cast<std::ptrdiff_t>(count)));

    std::vector<Result<void>> results = database.writer().write(lists);
    for (std::size_t i = 0; i < lists.size(); ++i) {
        if (!results[i] && !isBrokenRule(results[i]) && (i < owed || requests[i - owed].atLast))
            m_owed.push_back(std::move(lists[i]));
    }
    results.erase(results.begin(), results.begin() + static_cast<std::ptrdiff_t>(owed));
    m_mailbox->post([waiting = m_waiting, requests = std::move(requests), results = std::move(results)] {
        for (std::size_t i = 0; i < requests.size(); ++i) {
            --*waiting;
            if (requests[i].context && requests[i].committed)
                requests[i].committed(results[i]);
        }
    });
}

} // namespace viaduct::store
