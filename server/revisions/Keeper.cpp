// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/revisions/Keeper.h"

#include "server/revisions/LineDiff.h"
#include "server/store/Store.h"

#include <QJsonDocument>
#include <QLoggingCategory>

#include <algorithm>

namespace viaduct::revisions {

namespace {
Q_LOGGING_CATEGORY(logRevisions, "viaduct.revisions")

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds windowLook = 1s;
/// After a going back that failed: the disk is full, or a room refuses.
constexpr std::chrono::milliseconds windowRetry = 30s;
constexpr std::chrono::milliseconds auditRetry = 30s;
constexpr int longestWindow = 1440; ///< minutes, as api::ConfigurationApply has it
constexpr std::size_t longestLine = 2048; ///< bytes, as the language has it
constexpr std::size_t mostDiffLines = 2'000'000; ///< as api::ConfigurationDiff has it
constexpr std::size_t mostMistakes = 8; ///< in one sentence of an error

api::Time wallClock() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

Error mistakesOf(const std::vector<config::Diagnostic>& diagnostics) {
    std::string message = "Nothing was applied, for the text has mistakes.";
    for (std::size_t i = 0; i < std::min(diagnostics.size(), mostMistakes); ++i) {
        const config::Diagnostic& diagnostic = diagnostics[i];
        message += "\nLine " + std::to_string(diagnostic.line) + ", column "
            + std::to_string(diagnostic.column) + ": " + diagnostic.cause + ' ' + diagnostic.cure;
    }
    if (diagnostics.size() > mostMistakes)
        message += "\nAnd " + std::to_string(diagnostics.size() - mostMistakes) + " more: check the text.";
    return {Error::Code::Invalid, message};
}

std::string compact(const QJsonObject& object) {
    return QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString();
}

store::Change auditLine(const OwedAudit& owed) {
    return store::change::AppendAudit{
        {owed.at, owed.actor.toStdString(), owed.from.toStdString(), owed.action.toStdString(),
         "configuration", compact(owed.before), compact(owed.after)}};
}

api::DiffKind kindOf(LineChange::Kind kind) {
    switch (kind) {
    case LineChange::Kind::Added:
        return api::DiffKind::Added;
    case LineChange::Kind::Removed:
        return api::DiffKind::Removed;
    case LineChange::Kind::Same:
        break;
    }
    return api::DiffKind::Same;
}

QString toText(std::string_view text) {
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

} // namespace

Keeper::Keeper(std::string configurationFile, const std::string& stateDirectory, Clock clock, QObject* parent)
    : QObject(parent), m_file(std::move(configurationFile)), m_shelf(stateDirectory),
      m_clock(clock ? std::move(clock) : Clock(wallClock)) {
    connect(&m_window, &QTimer::timeout, this, &Keeper::endWindow);
    m_auditRetry.setSingleShot(true);
    connect(&m_auditRetry, &QTimer::timeout, this, [this] { payAudit({}); });
}

// --- texts

Result<Keeper::Understood> Keeper::understand(std::string_view text) const {
    auto configuration = m_file.parse(text);
    if (!configuration)
        return tl::unexpected(configuration.error());
    Understood understood{config::withoutPasswords(text), {}};
    if (understood.text != text)
        configuration = m_file.parse(understood.text);
    if (!configuration)
        return tl::unexpected(configuration.error());
    understood.configuration = std::move(*configuration);
    return understood;
}

Result<Keeper::Understood> Keeper::understandSent(const QString& text) const {
    Understood understood{config::withoutPasswords(text.toStdString()), {}};
    // The text itself first: its mistakes have the columns that the person sees.
    for (const std::string& form : {text.toStdString(), understood.text}) {
        auto configuration = config::parse(form);
        if (!configuration)
            return tl::unexpected(mistakesOf(configuration.error()));
        understood.configuration = std::move(*configuration);
    }
    return understood;
}

// --- start and reload

/// What ran before the one that the file still has, although nobody confirmed it in time.
std::optional<Keeper::Understood> Keeper::overdue() const {
    const auto& all = m_shelf.list().revisions;
    if (all.size() < 2 || !all.back().confirmUntil || m_clock() < *all.back().confirmUntil)
        return std::nullopt;
    const auto waiting = m_shelf.text(all.back().revision);
    if (!waiting || *waiting != m_written)
        return std::nullopt; // a person has edited the file since
    const auto before = m_shelf.text(all[all.size() - 2].revision);
    auto understood = before ? understand(*before) : Result<Understood>(tl::unexpected(before.error()));
    if (understood)
        return std::move(*understood);
    qCCritical(
        logRevisions, "event=rollback-failed revision=%lld reason=\"%s\"",
        static_cast<long long>(all.back().revision), understood.error().message.c_str());
    return std::nullopt;
}

Result<config::Configuration> Keeper::load() {
    m_shelf.load();
    auto written = m_file.read();
    if (!written)
        return tl::unexpected(written.error());
    m_written = std::move(*written);
    if (auto before = overdue()) {
        m_goesBackFrom = m_shelf.list().revisions.back().revision;
        m_running = std::move(*before);
        return m_running.configuration;
    }
    auto understood = understand(m_written);
    if (!understood)
        return tl::unexpected(understood.error());
    m_running = std::move(*understood);
    return m_running.configuration;
}

void Keeper::begin(store::Store& store, Rooms rooms) {
    m_store = &store;
    m_rooms = std::move(rooms);
    const auto& all = m_shelf.list().revisions;
    if (!all.empty())
        m_state = all.back();
    const auto last = m_shelf.text(m_state.revision);
    Result<void> taken;
    if (m_goesBackFrom) {
        Step back = stepBack(m_running, *m_goesBackFrom, numberBefore());
        back.isRunning = true;
        taken = take(std::move(back));
    } else if (!last || *last != m_running.text) {
        Step fresh = stepOfFile(m_running);
        fresh.isRunning = true;
        taken = take(std::move(fresh));
    }
    if (!taken) {
        // Packets and clients matter more than the list.
        qCCritical(logRevisions, "event=revision-not-kept reason=\"%s\"", taken.error().message.c_str());
        m_state = {m_shelf.nextNumber(), m_clock(), QStringLiteral("file"), {}, {}};
    }
    watchWindow();
    payAudit({});
}

Result<void> Keeper::reload() {
    auto written = m_file.read();
    if (!written)
        return tl::unexpected(written.error());
    auto understood = understand(*written);
    if (!understood)
        return tl::unexpected(understood.error());
    Result<void> done;
    if (understood->text == m_running.text) {
        done = m_rooms.apply(understood->configuration);
    } else {
        done = take(stepOfFile(std::move(*understood)));
        payAudit({});
    }
    if (done)
        m_written = std::move(*written);
    return done;
}

// --- questions

api::RunningConfiguration Keeper::running() const {
    return {m_state, toText(m_running.text)};
}

api::ConfigurationCheck Keeper::check(const QString& text) const {
    api::ConfigurationCheck check;
    const auto configuration = config::parse(text.toStdString());
    if (!configuration) {
        for (const config::Diagnostic& diagnostic : configuration.error()) {
            api::Diagnostic& shown = check.diagnostics.emplace_back();
            shown.line = static_cast<int>(diagnostic.line);
            shown.column = static_cast<int>(diagnostic.column);
            shown.cause = QString::fromStdString(diagnostic.cause);
            shown.cure = QString::fromStdString(diagnostic.cure);
        }
        return check;
    }
    const auto understood = understandSent(text);
    const auto losses = understood ? m_rooms.foresee(understood->configuration)
                                   : Result<Losses>(tl::unexpected(understood.error()));
    check.good = losses.has_value();
    if (!losses)
        check.effects.push_back(
            QStringLiteral("It would be refused: ") + QString::fromStdString(losses.error().message));
    if (understood) {
        const Losses known = losses.value_or(Losses{});
        for (const std::string& effect : effects(m_running.configuration, understood->configuration, known))
            check.effects.push_back(QString::fromStdString(effect));
    }
    return check;
}

Result<api::ConfigurationDiff> Keeper::diff(const QString& text) const {
    if (text.size() > api::limit::configuration)
        return failure(Error::Code::Invalid, "The text is larger than 16 MiB, which no configuration is.");
    const std::string sent = config::withoutPasswords(text.toStdString());
    const std::vector<std::string_view> lines = linesOf(sent);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (lines[i].size() > longestLine)
            return failure(
                Error::Code::Invalid,
                "Line " + std::to_string(i + 1) + " has more than " + std::to_string(longestLine)
                    + " bytes. Shorten it; no line of this language is so long.");
    }
    const std::vector<LineChange> changes = lineDiff(m_running.text, sent);
    if (changes.size() > mostDiffLines)
        return failure(
            Error::Code::Invalid,
            "Both texts together have more than " + std::to_string(mostDiffLines)
                + " lines. Take empty ones out.");
    api::ConfigurationDiff diff;
    diff.lines.reserve(changes.size());
    for (const LineChange& change : changes)
        diff.lines.push_back({kindOf(change.kind), toText(change.text)});
    return diff;
}

std::vector<Keeper::State> Keeper::revisions() const {
    const auto& all = m_shelf.list().revisions;
    return {all.rbegin(), all.rend()};
}

Result<api::RunningConfiguration> Keeper::revision(std::int64_t number) const {
    const auto text = m_shelf.text(number);
    if (!text)
        return tl::unexpected(text.error());
    return api::RunningConfiguration{*m_shelf.find(number), toText(*text)};
}

// --- changes

Result<void> Keeper::isStillTrue(std::int64_t revision) const {
    if (revision == m_state.revision)
        return {};
    return failure(
        Error::Code::Stale,
        "Revision " + std::to_string(m_state.revision) + " runs, and you saw revision "
            + std::to_string(revision) + ": look at what has changed, then decide again.");
}

Result<void> Keeper::isFileAsKnown() const {
    const auto now = m_file.read();
    if (!now)
        return tl::unexpected(now.error());
    if (*now == m_written)
        return {};
    return failure(
        Error::Code::Stale,
        m_file.path()
            + " was edited since it was loaded, and this would overwrite it. Load it with `systemctl reload "
              "viaductd`, or put it back as it was, then decide again.");
}

std::int64_t Keeper::numberBefore() const {
    const auto& all = m_shelf.list().revisions;
    return all.size() < 2 ? 0 : all[all.size() - 2].revision;
}

void Keeper::apply(
    const broker::Actor& actor, std::int64_t revision, const api::ConfigurationApply& wish,
    broker::Answered<State> answered) {
    Result<void> may = isStillTrue(revision);
    if (may && m_state.confirmUntil)
        may = failure(
            Error::Code::Conflict,
            "Revision " + std::to_string(m_state.revision) + " waits until "
                + api::text(*m_state.confirmUntil).toStdString()
                + " to be confirmed. Confirm it or roll it back first.");
    if (may && (wish.confirmWithin < 0 || wish.confirmWithin > longestWindow))
        may = failure(Error::Code::Invalid, "The time to confirm is 0 to 1440 minutes.");
    if (may)
        may = isFileAsKnown();
    auto understood = may ? understandSent(wish.text) : Result<Understood>(tl::unexpected(may.error()));
    if (!understood)
        return answered(tl::unexpected(understood.error()));
    Step step = stepBy(actor, "applyConfiguration", std::move(*understood));
    step.state.note = wish.note;
    if (wish.confirmWithin > 0) {
        step.state.confirmUntil = m_clock() + std::chrono::minutes(wish.confirmWithin);
        step.audit.after.insert(QStringLiteral("confirmUntil"), api::text(*step.state.confirmUntil));
    }
    answer(take(std::move(step)), std::move(answered));
}

void Keeper::confirm(const broker::Actor& actor, std::int64_t revision, broker::Answered<State> answered) {
    Result<void> done = isStillTrue(revision);
    if (done && !m_state.confirmUntil)
        done = failure(
            Error::Code::Invalid,
            "Revision " + std::to_string(m_state.revision) + " does not wait to be confirmed: it stays.");
    if (done && m_clock() >= *m_state.confirmUntil)
        done = failure(
            Error::Code::Busy,
            "The time to confirm revision " + std::to_string(m_state.revision)
                + " is over, and the one before comes back. Wait for that, then apply the text again.");
    if (!done)
        return answered(tl::unexpected(done.error()));
    RevisionList list = m_shelf.list();
    list.revisions.back().confirmUntil.reset();
    OwedAudit audit = stepBy(actor, "confirmConfiguration", {}).audit;
    audit.before
        = {{QStringLiteral("revision"), static_cast<qint64>(revision)},
           {QStringLiteral("confirmUntil"), api::text(*m_state.confirmUntil)}};
    audit.after = {{QStringLiteral("revision"), static_cast<qint64>(revision)}};
    list.audit.push_back(std::move(audit));
    auto draft = m_shelf.draft(list);
    done = draft ? draft->place() : Result<void>(tl::unexpected(draft.error()));
    if (!done)
        return answered(tl::unexpected(done.error()));
    m_shelf.adopt(std::move(list));
    m_state.confirmUntil.reset();
    watchWindow();
    qCInfo(logRevisions, "event=configuration-confirmed revision=%lld", static_cast<long long>(revision));
    Q_EMIT changed(m_state);
    answer({}, std::move(answered));
}

void Keeper::rollBack(
    const broker::Actor& actor, std::int64_t revision, const api::Rollback& wish,
    broker::Answered<State> answered) {
    Result<void> may = isStillTrue(revision);
    if (may)
        may = isFileAsKnown();
    const std::int64_t target = wish.revision.value_or(numberBefore());
    if (may && target == 0)
        may = failure(
            Error::Code::NotFound,
            "No revision before the running one is kept. Apply a text, or edit the file and load it.");
    const auto text = may ? m_shelf.text(target) : Result<std::string>(tl::unexpected(may.error()));
    auto understood = text ? understandSent(toText(*text)) : Result<Understood>(tl::unexpected(text.error()));
    if (!understood)
        return answered(tl::unexpected(understood.error()));
    Step step = stepBy(actor, "rollBackConfiguration", std::move(*understood));
    step.state.note = QStringLiteral("Back to revision %1.").arg(target);
    step.audit.after.insert(QStringLiteral("textOf"), static_cast<qint64>(target));
    answer(take(std::move(step)), std::move(answered));
}

Keeper::Step Keeper::stepBy(const broker::Actor& actor, const char* action, Understood next) const {
    Step step;
    step.next = std::move(next);
    step.state.by = QString::fromStdString(actor.id).left(api::limit::name);
    step.audit
        = {m_clock(),
           QString::fromStdString(actor.id),
           QString::fromStdString(actor.from.text()),
           QLatin1String(action),
           {},
           {}};
    return step;
}

Keeper::Step Keeper::stepOfFile(Understood next) const {
    Step step;
    step.next = std::move(next);
    step.state.by = QStringLiteral("file");
    step.audit = {m_clock(), QStringLiteral("system"),
                  {},        QStringLiteral("applyConfiguration"),
                  {},        {{QStringLiteral("by"), QStringLiteral("file")}}};
    step.replacesFile = false;
    return step;
}

Keeper::Step Keeper::stepBack(Understood next, std::int64_t from, std::int64_t to) const {
    Step step;
    step.next = std::move(next);
    step.state.by = QStringLiteral("system");
    step.state.note
        = QStringLiteral("Back to revision %1: revision %2 was not confirmed in time.").arg(to).arg(from);
    step.audit = {m_clock(), QStringLiteral("system"),
                  {},        QStringLiteral("rollBackConfiguration"),
                  {},        {{QStringLiteral("textOf"), static_cast<qint64>(to)}}};
    return step;
}

/// The list as it will be; completes the step's state.
Result<RevisionList> Keeper::listWith(Step& step) const {
    // What runs may not be in the list, when the disk was full at the start.
    step.state.revision = std::max(m_shelf.nextNumber(), m_state.revision + 1);
    step.state.applied = m_clock();
    // What could not be read back would cost the whole list.
    if (const auto readable = api::read<State>(api::toJson(step.state)); !readable)
        return tl::unexpected(api::errorOf(readable.error()));
    step.audit.before = {{QStringLiteral("revision"), static_cast<qint64>(m_state.revision)}};
    step.audit.after.insert(QStringLiteral("revision"), static_cast<qint64>(step.state.revision));
    RevisionList list = m_shelf.list();
    if (!list.revisions.empty())
        list.revisions.back().confirmUntil.reset();
    list.revisions.push_back(step.state);
    if (list.revisions.size() > mostRevisions)
        list.revisions.erase(list.revisions.begin());
    list.audit.push_back(step.audit);
    return list;
}

/// Everything that can fail for want of room or of a right is done before the rooms are asked, and what is
/// left are two renames.
Result<void> Keeper::take(Step step) {
    auto list = listWith(step);
    if (!list)
        return tl::unexpected(list.error());
    std::optional<DraftFile> file;
    if (step.replacesFile) {
        auto draft = m_file.draft(step.next.text);
        if (!draft)
            return failure(draft.error().code, draft.error().message + " Nothing was applied.");
        file.emplace(std::move(*draft));
    }
    Result<void> done = m_shelf.keepText(step.state.revision, step.next.text);
    auto listDraft = done ? m_shelf.draft(*list) : Result<DraftFile>(tl::unexpected(done.error()));
    if (!listDraft) {
        m_shelf.dropText(step.state.revision);
        return failure(listDraft.error().code, listDraft.error().message + " Nothing was applied.");
    }
    if (!step.isRunning)
        done = m_rooms.apply(step.next.configuration);
    if (done)
        done = place(*listDraft, file, !step.isRunning);
    if (!done) {
        m_shelf.dropText(step.state.revision);
        return done;
    }
    m_shelf.adopt(std::move(*list));
    if (step.replacesFile)
        m_written = step.next.text;
    m_running = std::move(step.next);
    m_state = std::move(step.state);
    watchWindow();
    qCInfo(
        logRevisions, "event=configuration-revision revision=%lld by=\"%s\" confirm-until=%s",
        static_cast<long long>(m_state.revision), qPrintable(m_state.by),
        m_state.confirmUntil ? qPrintable(api::text(*m_state.confirmUntil)) : "-");
    Q_EMIT changed(m_state);
    return {};
}

/// A crash between the two must not leave a text that nobody takes back: a list that waits for a confirmation
/// comes before its file, and goes after it.
Result<void> Keeper::place(DraftFile& list, std::optional<DraftFile>& file, bool roomsGoBack) {
    Result<void> placed;
    if (file && m_state.confirmUntil)
        placed = file->place().and_then([&] { return list.place(); });
    else
        placed = list.place().and_then([&] { return file ? file->place() : Result<void>(); });
    if (!placed)
        putBack(roomsGoBack);
    return placed;
}

/// After a failure between the rooms and the disk.
void Keeper::putBack(bool rooms) {
    auto list = m_shelf.draft(m_shelf.list());
    Result<void> back = list ? list->place() : Result<void>(tl::unexpected(list.error()));
    if (back && !isFileAsKnown()) {
        auto file = m_file.draft(m_written);
        back = file ? file->place() : Result<void>(tl::unexpected(file.error()));
    }
    if (back && rooms)
        back = m_rooms.apply(m_running.configuration);
    if (!back)
        qCCritical(logRevisions, "event=apply-back-failed reason=\"%s\"", back.error().message.c_str());
}

// --- the time to confirm

void Keeper::watchWindow() {
    if (m_state.confirmUntil)
        m_window.start(windowLook);
    else
        m_window.stop();
}

/// By the clock on the wall, which a restart does not stop; looked at often, for it can be set.
void Keeper::endWindow() {
    if (!m_state.confirmUntil || m_clock() < *m_state.confirmUntil)
        return;
    const std::int64_t from = m_state.revision;
    const std::int64_t to = numberBefore();
    const auto text = m_shelf.text(to);
    const auto before = text ? understand(*text) : Result<Understood>(tl::unexpected(text.error()));
    if (!before) {
        m_window.start(windowRetry);
        qCCritical(
            logRevisions, "event=rollback-failed revision=%lld reason=\"%s\"", static_cast<long long>(from),
            before.error().message.c_str());
        return;
    }
    Step step = stepBack(*before, from, to);
    const auto asKnown = isFileAsKnown();
    if (!asKnown && asKnown.error().code != Error::Code::Stale)
        return endWindowAnyhow(asKnown.error(), *before);
    step.replacesFile = asKnown.has_value();
    if (!step.replacesFile)
        qCWarning(
            logRevisions,
            "event=file-edited file=\"%s\" It was edited since it was loaded, so it stays as it is while "
            "another configuration runs. Load it, or put it back.",
            m_file.path().c_str());
    const auto taken = take(std::move(step));
    if (!taken)
        return endWindowAnyhow(taken.error(), *before);
    qCWarning(
        logRevisions, "event=configuration-rolled-back revision=%lld to=%lld", static_cast<long long>(from),
        static_cast<long long>(to));
    payAudit({});
}

/// The one that waited may have locked everybody out: the rooms go back although the disk does not take it.
/// The list still says that it waits, so a start goes back too.
void Keeper::endWindowAnyhow(const Error& error, const Understood& before) {
    m_window.start(windowRetry);
    qCCritical(
        logRevisions, "event=rollback-failed revision=%lld reason=\"%s\"",
        static_cast<long long>(m_state.revision), error.message.c_str());
    if (const auto back = m_rooms.apply(before.configuration); !back)
        qCCritical(logRevisions, "event=apply-back-failed reason=\"%s\"", back.error().message.c_str());
}

// --- the audit

void Keeper::answer(const Result<void>& done, broker::Answered<State> answered) {
    if (!done)
        return answered(tl::unexpected(done.error()));
    payAudit([state = m_state, answered = std::move(answered)] { answered(state); });
}

/// Hands what is owed to the database; `paid` is called when that was tried.
void Keeper::payAudit(std::function<void()> paid) {
    if (paid)
        m_waitForAudit.push_back(std::move(paid));
    if (m_isPaying)
        return;
    std::vector<store::Change> lines;
    for (const OwedAudit& owed : m_shelf.list().audit)
        lines.push_back(auditLine(owed));
    auto waiting = std::exchange(m_waitForAudit, {});
    if (lines.empty()) {
        for (const auto& each : waiting)
            each();
        return;
    }
    m_isPaying = true;
    const std::size_t count = lines.size();
    m_store->commit(
        std::move(lines), this, [this, count, waiting = std::move(waiting)](const Result<void>& committed) {
            m_isPaying = false;
            paidAudit(count, committed);
            for (const auto& each : waiting)
                each();
            if (!m_waitForAudit.empty())
                payAudit({});
        });
}

void Keeper::paidAudit(std::size_t count, const Result<void>& committed) {
    if (!committed && committed.error().code != Error::Code::Invalid) {
        qCWarning(logRevisions, "event=audit-owed reason=\"%s\"", committed.error().message.c_str());
        m_auditRetry.start(auditRetry);
        return;
    }
    if (!committed)
        qCCritical(logRevisions, "event=audit-refused reason=\"%s\"", committed.error().message.c_str());
    RevisionList list = m_shelf.list();
    list.audit.erase(list.audit.begin(), list.audit.begin() + static_cast<std::ptrdiff_t>(count));
    // When this is lost, the lines are written a second time at the next start: better twice than never.
    auto draft = m_shelf.draft(list);
    const auto placed = draft ? draft->place() : Result<void>(tl::unexpected(draft.error()));
    if (!placed)
        qCWarning(logRevisions, "event=audit-paid-twice reason=\"%s\"", placed.error().message.c_str());
    m_shelf.adopt(std::move(list));
}

} // namespace viaduct::revisions
