// SPDX-License-Identifier: GPL-3.0-or-later
// Registry: what happens by itself. Expiry and notices at their time, usage and the end of retention every
// now and then.
#include "server/broker/Registry.h"

#include <algorithm>

namespace viaduct::broker {

namespace {
using api::RequestState;

constexpr std::chrono::minutes usageInterval{1};
/// Lines of usage in one commit: tens of milliseconds of the store's time, so that set-ups which wait for the
/// same disk notice nothing. With maintain() every five seconds, 120,000 holders a minute.
constexpr std::size_t mostUsageAtOnce = 10'000;
/// Some milliseconds of the main thread.
constexpr std::size_t mostQuotasAtOnce = 10'000;
constexpr std::size_t mostEndedAtOnce = 1'000;
constexpr std::size_t mostDueAtOnce = 200;
/// Who never proved the address within this time has given up, or never was there.
constexpr std::chrono::hours proofWithin{72};
/// A timer counts 32 bits of milliseconds; and clocks are set.
constexpr std::chrono::milliseconds longestSleep{std::chrono::hours(1)};
/// After a database that could not write.
constexpr std::chrono::seconds againAfter{5};
constexpr std::string_view accountScheme = "account:";

} // namespace

store::Day Registry::dayOf(api::Time time) {
    return std::chrono::floor<std::chrono::days>(time.time_since_epoch()).count();
}

/// For the meter; January of the year 0 is 1.
int Registry::monthOf(api::Time time) {
    const api::Date date = std::chrono::floor<std::chrono::days>(time);
    return static_cast<int>(date.year()) * 12 + static_cast<int>(static_cast<unsigned>(date.month()));
}

void Registry::maintain(api::Time time) {
    if (const int month = monthOf(time); !m_usage.isIn(month)) {
        readUsage(std::chrono::seconds{0}); // what was carried until now is not the new month's
        m_usage.beginMonth(month);
        askUsage(month, {}); // it is not new when it is the clock that was set
    }
    const auto steady = std::chrono::steady_clock::now();
    if (!m_lastMinute || steady - *m_lastMinute >= usageInterval) {
        const auto up = m_lastMinute
            ? std::chrono::duration_cast<std::chrono::seconds>(steady - *m_lastMinute)
            : std::chrono::seconds{0};
        m_lastMinute = steady;
        readUsage(up);
        endRequests();
        endRetention();
        forgetOldPlaces();
    }
    writeUsage(mostUsageAtOnce);
    judgeQuotas(mostQuotasAtOnce);
    writeSeen();
    dropOldClientHashes();
    ring();
}

// --- usage

void Registry::readUsage(std::chrono::seconds up) {
    for (const auto& [id, active] : m_broker.tunnels())
        m_usage.read(
            active.tunnel, trafficOf(*active.counters), active.isSilent ? std::chrono::seconds{0} : up);
}

void Registry::writeUsage(std::size_t limit) {
    if (!m_isWritingUsage)
        writeUsage(m_usage.take(limit, m_ending));
}

/// What the store does not take waits here, one line for each holder however long that lasts.
void Registry::writeUsage(std::vector<UsageMeter::Line> lines) {
    if (lines.empty())
        return;
    std::vector<store::Change> changes;
    changes.reserve(lines.size());
    for (const UsageMeter::Line& line : lines)
        changes.emplace_back(store::change::AddUsage{dayOf(now()), line.holder, line.usage});
    m_isWritingUsage = true;
    m_store.commit(
        std::move(changes), this, [this, lines = std::move(lines)](const Result<void>& written) mutable {
            m_isWritingUsage = false;
            if (written)
                return;
            std::erase_if(lines, [this](const auto& line) { return isErased(line.holder); });
            m_usage.giveBack(lines);
            Q_EMIT m_broker.happened(event::StoreFailed{written.error().message});
        });
}

/// Its name must not come up again.
bool Registry::isErased(const store::Holder& holder) const {
    return holder.starts_with(accountScheme) && !m_broker.account(holder.substr(accountScheme.size()));
}

/// What the store has of the month until now: `month` is that of the meter.
void Registry::askUsage(int month, std::optional<std::int64_t> after) {
    const auto ofYear = std::chrono::year((month - 1) / 12)
        / std::chrono::month(static_cast<unsigned>((month - 1) % 12) + 1);
    const store::DayRange days{
        std::chrono::sys_days(ofYear / 1).time_since_epoch().count(),
        std::chrono::sys_days(ofYear / std::chrono::last).time_since_epoch().count()};
    m_store.usageSums(
        days, {after, store::mostRows, false}, this,
        [this, month, after](const Result<store::Rows<store::HolderUsage>>& sums) {
            if (!m_usage.isIn(month))
                return;
            if (!sums)
                return QTimer::singleShot(againAfter, this, [this, month, after] { askUsage(month, after); });
            for (const store::HolderUsage& each : sums->rows)
                m_usage.addToMonth(each.holder, each.usage.bytesIn + each.usage.bytesOut);
            if (sums->next)
                return askUsage(month, sums->next);
            judgeQuotas(m_quotas.size());
        });
}

void Registry::noteHappened(const Event& event) {
    if (const auto* down = std::get_if<event::TunnelDown>(&event)) {
        const store::Holder& holder = down->tunnel.holder;
        m_usage.end(down->tunnel, down->traffic);
        if (isErased(holder))
            m_usage.forget(holder);
    } else if (const auto* allocated = std::get_if<event::Allocated>(&event))
        m_since[allocated->allocation.block]
            = std::chrono::floor<std::chrono::milliseconds>(allocated->allocation.since);
    else if (const auto* released = std::get_if<event::Released>(&event))
        m_since.erase(released->allocation.block);
}

// --- what is due

void Registry::setAlarm() {
    if (m_due.empty())
        return m_alarm.stop();
    const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(m_due.begin()->first - now());
    m_alarm.start(std::clamp(wait, std::chrono::milliseconds{0}, longestSleep));
}

void Registry::ring() {
    const api::Time time = now();
    // All accounts of a year may end with it: dialogues go between.
    for (std::size_t i = 0; i < mostDueAtOnce && !m_due.empty() && m_due.begin()->first <= time; ++i) {
        const std::string id = m_due.extract(m_due.begin()).value().second;
        reach(id);
    }
    setAlarm();
}

void Registry::reach(const std::string& id) {
    if (const Requests::Entry* request = m_requests.find(id))
        return tellDecision(id, *request);
    const Accounts::Entry* account = m_accounts.find(id);
    if (!account)
        return;
    const auto& until = account->value.account.settings.validUntil;
    if (until && *until > now())
        return expireSoon(id, *account);
    m_broker.putAccount(forBroker(account->value)); // by the rules of now: it has expired
    Q_EMIT m_broker.happened(event::AccountChanged{viewOf(id, *account), false});
}

void Registry::expireSoon(const std::string& id, const Accounts::Entry& entry) {
    if (entry.value.expiryTold)
        return;
    const Requests::Entry* request = m_requests.find(entry.value.account.request.toStdString());
    const bool mayBeUndone = request && !request->value.told && request->value.request.undoUntil;
    if (mayBeUndone) {
        m_due.emplace(*request->value.request.undoUntil, id);
        return;
    }
    record::Account told = entry.value;
    told.expiryTold = true;
    const api::AccountSettings& settings = told.account.settings;
    const Notice notice{
        Notice::Kind::ExpiresSoon,
        settings.email,
        settings.person,
        request ? request->value.request.language : QString(),
        {},
        {},
        settings.validUntil};
    Step step;
    put(step, id, std::move(told));
    tellAfter(id, std::move(step), notice);
}

/// Undo is over.
void Registry::tellDecision(const std::string& id, const Requests::Entry& entry) {
    const Request& request = entry.value.request;
    const bool decided = request.state == RequestState::Approved || request.state == RequestState::Refused;
    if (entry.value.told || !decided)
        return;
    record::Request told = entry.value;
    told.told = true;
    const Notice notice{
        request.state == RequestState::Approved ? Notice::Kind::Approved : Notice::Kind::Refused,
        request.email,
        request.name,
        request.language,
        {},
        request.reason,
        {}};
    Step step;
    put(step, id, std::move(told));
    tellAfter(id, std::move(step), notice);
}

/// What could not be written is tried again: a person must not wait for ever.
void Registry::tellAfter(const std::string& id, Step step, const Notice& notice) {
    write(std::move(step), [this, id, notice](const Result<void>& written) {
        if (written && m_notify)
            m_notify(notice);
        else if (!written) {
            m_due.emplace(now() + againAfter, id);
            setAlarm();
        }
    });
}

/// Of the history and the audit. The audit tells of that itself.
void Registry::endRetention() {
    const api::Time time = now();
    const config::Retention& retention = m_broker.configuration().retention;
    // Not owed: a minute later it is asked for again.
    m_store.commit({store::change::EndRetention{time - retention.history}}, this, [](const Result<void>&) {});
    m_store.commit(
        {store::change::EndAuditRetention{
            time - retention.audit, {time, "system", IpAddress().text(), "endRetention", "audit", {}, {}}}},
        this, [this](const Result<void>& ended) {
            if (!ended)
                Q_EMIT m_broker.happened(event::StoreFailed{ended.error().message});
        });
}

/// What was written in requests that came to nothing.
void Registry::endRequests() {
    const api::Time before = now() - m_broker.configuration().retention.requests;
    Step step;
    for (const auto& [id, entry] : m_requests.all()) {
        const Request& request = entry.value.request;
        const bool over = request.state == RequestState::Refused || request.state == RequestState::Withdrawn;
        const bool ended = (over && request.decided && *request.decided < before)
            || (request.state == RequestState::Unverified && request.received < now() - proofWithin);
        if (!ended || step.changes.size() >= mostEndedAtOnce)
            continue;
        step.changes.push_back(Requests::drop(id));
        step.after.emplace_back([this, gone = id] {
            forgetRequest(gone);
            m_requests.dropped(gone);
        });
    }
    if (!step.changes.empty())
        write(std::move(step), [](const Result<void>&) {});
}

} // namespace viaduct::broker
