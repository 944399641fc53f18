// SPDX-License-Identifier: GPL-3.0-or-later
// The running configuration and its past. The file is the truth that a person can edit; each text that ran is
// a revision. Whoever applies one from afar may have it taken back unless it is confirmed in time, for it may
// be the one that locks them out; that holds through a restart and the loss of power.
#pragma once

#include "server/broker/Actor.h"
#include "server/revisions/ConfigurationFile.h"
#include "server/revisions/Effects.h"
#include "server/revisions/RevisionShelf.h"

#include <QObject>
#include <QTimer>

namespace viaduct::store {
class Store;
}

namespace viaduct::revisions {

/// Those that live by the configuration.
struct Rooms {
    /// Makes it the running one. On an error they run what they ran.
    std::function<Result<void>(const config::Configuration&)> apply;
    /// What apply() would take from people, or the error that it would give; nothing changes.
    std::function<Result<Losses>(const config::Configuration&)> foresee;
};

/// No password is in what it gives and keeps: texts have digests in their place, see
/// config::withoutPasswords(). So has the file once a text was applied.
class Keeper : public QObject {
    Q_OBJECT
public:
    using State = api::ConfigurationState;
    using Clock = std::function<api::Time()>; ///< the wall's

    Keeper(
        std::string configurationFile, const std::string& stateDirectory, Clock clock = {},
        QObject* parent = nullptr);

    /// At start: what is to run. The file's text; or, when that was to be confirmed and the time for it is
    /// over, the one before. Reads only. The errors are those of loadConfiguration().
    Result<config::Configuration> load();
    /// The rooms run what load() gave; the state directory is taken. `store`, which outlives this, gets the
    /// audit.
    void begin(store::Store& store, Rooms rooms);
    /// Runs what the file says now, as a revision by "file" if that is new. An error changes nothing. Whoever
    /// loads an edited file has confirmed what ran before, or has put something else in its place.
    Result<void> reload();

    api::RunningConfiguration running() const;
    api::ConfigurationCheck check(const QString& text) const;
    /// Invalid for what is no configuration by its size.
    Result<api::ConfigurationDiff> diff(const QString& text) const;
    /// The newest first. At most mostRevisions.
    std::vector<State> revisions() const;
    Result<api::RunningConfiguration> revision(std::int64_t number) const;

    // `revision` is the one that the caller saw: Stale when another runs. What is answered is durable and,
    // unless the database fails, in the audit. An error has changed nothing.

    /// Also Stale: the file was edited and not loaded. Conflict: one waits to be confirmed. Invalid:
    /// mistakes.
    void apply(
        const broker::Actor& actor, std::int64_t revision, const api::ConfigurationApply& wish,
        broker::Answered<State> answered);
    /// Invalid: none waits for it.
    void confirm(const broker::Actor& actor, std::int64_t revision, broker::Answered<State> answered);
    /// Makes an earlier text run again, as a new revision. Also of use when one waits to be confirmed, which
    /// then is not any more.
    void rollBack(
        const broker::Actor& actor, std::int64_t revision, const api::Rollback& wish,
        broker::Answered<State> answered);

Q_SIGNALS:
    /// Another one runs, or what runs was confirmed.
    void changed(const viaduct::api::ConfigurationState& state);

private:
    struct Understood {
        std::string text; ///< without passwords
        config::Configuration configuration;
    };
    /// From what runs to something else.
    struct Step {
        Understood next;
        State state; ///< by, note, confirmUntil
        OwedAudit audit; ///< actor, from, action
        bool replacesFile = true;
        bool isRunning = false; ///< the rooms run it already
    };

    Result<Understood> understand(std::string_view text) const;
    Result<Understood> understandSent(const QString& text) const;
    std::optional<Understood> overdue() const;
    Step stepBy(const broker::Actor& actor, const char* action, Understood next) const;
    Step stepOfFile(Understood next) const;
    Step stepBack(Understood next, std::int64_t from, std::int64_t to) const;
    Result<void> take(Step step);
    Result<RevisionList> listWith(Step& step) const;
    Result<void> place(DraftFile& list, std::optional<DraftFile>& file, bool roomsGoBack);
    void putBack(bool rooms);
    Result<void> isStillTrue(std::int64_t revision) const;
    Result<void> isFileAsKnown() const;
    std::int64_t numberBefore() const;
    void watchWindow();
    void endWindow();
    void endWindowAnyhow(const Error& error, const Understood& before);
    void answer(const Result<void>& done, broker::Answered<State> answered);
    void payAudit(std::function<void()> paid);
    void paidAudit(std::size_t count, const Result<void>& committed);

    ConfigurationFile m_file;
    RevisionShelf m_shelf;
    Clock m_clock;
    store::Store* m_store = nullptr; ///< from begin() on
    Rooms m_rooms;
    std::string m_written; ///< the file's bytes when they were last read or replaced
    Understood m_running;
    State m_state;
    std::optional<std::int64_t> m_goesBackFrom; ///< by load(): the revision that was not confirmed
    QTimer m_window; ///< runs while one waits to be confirmed
    QTimer m_auditRetry;
    bool m_isPaying = false;
    std::vector<std::function<void()>> m_waitForAudit;
};

} // namespace viaduct::revisions
