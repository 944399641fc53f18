// SPDX-License-Identifier: GPL-3.0-or-later
// The running configuration with a real store and real files; the rooms are a list that can be looked at.
#include "server/revisions/Keeper.h"
#include "server/store/Store.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QJsonDocument>
#include <QTemporaryDir>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using namespace viaduct;
using namespace viaduct::revisions;
using State = api::ConfigurationState;

namespace {

const std::string first = "# the first\nhostname one\n";
const std::string second = "hostname two\n";
const std::string third = "hostname three\n";

const broker::Actor admin{"mdurand", *IpAddress::fromText("192.0.2.9"), api::Role::Administrator};

void write(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::trunc) << text;
}

/// A keeper that can be stopped, killed and started again.
class KeeperTest : public testing::Test {
protected:
    void SetUp() override {
        write(file(), first);
        start();
    }
    void TearDown() override { stop(); }

    std::string directory() const { return m_directory.path().toStdString(); }
    std::string file() const { return directory() + "/etc.conf"; }
    std::string state() const { return directory() + "/state"; }
    std::string content() const { return readFile(file(), 1 << 20).value_or("unreadable"); }

    void start() {
        make();
        const auto loaded = m_keeper->load();
        ASSERT_TRUE(loaded) << loaded.error().message;
        m_ran = {loaded->hostname};
        begin();
    }
    void make() {
        auto opened = store::Store::open(state());
        ASSERT_TRUE(opened) << opened.error().message;
        m_store = std::move(*opened);
        m_keeper = std::make_unique<Keeper>(file(), state(), [this] { return m_now; });
        QObject::connect(m_keeper.get(), &Keeper::changed, [this](const State& state) {
            m_told.push_back(state.revision);
        });
    }
    void begin() {
        m_keeper->begin(
            *m_store,
            {[this](const config::Configuration& configuration) -> Result<void> {
                 if (!m_refusal.empty())
                     return failure(Error::Code::System, m_refusal);
                 m_ran.push_back(configuration.hostname);
                 return {};
             },
             [this](const config::Configuration&) -> Result<Losses> {
                 if (!m_refusal.empty())
                     return failure(Error::Code::System, m_refusal);
                 return m_losses;
             }});
    }
    void stop() {
        m_keeper.reset();
        m_store.reset();
    }
    void restart() {
        stop();
        start();
    }

    template <typename Condition>
    bool waitFor(Condition condition) {
        const QDeadlineTimer deadline(10000);
        while (!condition() && !deadline.hasExpired())
            QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 20);
        return condition();
    }
    template <typename T>
    Result<T> answerOf(const std::function<void(broker::Answered<T>)>& ask) {
        std::optional<Result<T>> answer;
        ask([&](Result<T> given) { answer = std::move(given); });
        EXPECT_TRUE(waitFor([&] { return answer.has_value(); }));
        return answer.value_or(failure(Error::Code::System, "no answer"));
    }

    std::int64_t runs() const { return m_keeper->running().state.revision; }
    Result<State>
    apply(const std::string& text, int confirmWithin = 0, std::optional<std::int64_t> seen = {}) {
        const api::ConfigurationApply wish{
            QString::fromStdString(text), confirmWithin, QStringLiteral("as ordered")};
        return answerOf<State>(
            [&](auto answered) { m_keeper->apply(admin, seen.value_or(runs()), wish, std::move(answered)); });
    }
    Result<State> confirm() {
        return answerOf<State>([&](auto answered) { m_keeper->confirm(admin, runs(), std::move(answered)); });
    }
    Result<State> rollBack(std::optional<std::int64_t> to = {}) {
        return answerOf<State>(
            [&](auto answered) { m_keeper->rollBack(admin, runs(), {to}, std::move(answered)); });
    }
    /// "ACTOR ACTION BEFORE->AFTER", the earliest first.
    std::vector<std::string> audit() {
        std::vector<std::string> lines;
        bool done = false;
        m_store->audit({}, {}, m_keeper.get(), [&](const Result<store::Rows<store::AuditLine>>& rows) {
            for (const store::AuditLine& line : rows->rows) {
                const auto number = [](const std::string& json) {
                    return std::to_string(QJsonDocument::fromJson(QByteArray::fromStdString(json))
                                              .object()
                                              .value(QStringLiteral("revision"))
                                              .toInteger());
                };
                EXPECT_EQ(line.entry.target, "configuration");
                lines.push_back(
                    line.entry.actor + ' ' + line.entry.action + ' ' + number(line.entry.before) + "->"
                    + number(line.entry.after));
            }
            std::reverse(lines.begin(), lines.end());
            done = true;
        });
        EXPECT_TRUE(waitFor([&] { return done; }));
        return lines;
    }

    QTemporaryDir m_directory;
    std::unique_ptr<store::Store> m_store;
    std::unique_ptr<Keeper> m_keeper;
    api::Time m_now = api::Time(std::chrono::sys_days(std::chrono::year(2026) / 11 / 25));
    std::vector<std::string> m_ran; ///< hostnames that the rooms were given
    std::string m_refusal; ///< of the rooms
    Losses m_losses;
    std::vector<std::int64_t> m_told;
};

} // namespace

TEST_F(KeeperTest, theFirstStartIsTheFirstRevision) {
    const api::RunningConfiguration running = m_keeper->running();
    EXPECT_EQ(running.state.revision, 1);
    EXPECT_EQ(running.state.by, QStringLiteral("file"));
    EXPECT_EQ(running.state.applied, m_now);
    EXPECT_EQ(running.text.toStdString(), first);
    EXPECT_TRUE(waitFor([&] { return audit().size() == 1; }));
    restart();
    EXPECT_EQ(runs(), 1) << "the same text is the same revision";
    EXPECT_EQ(audit(), std::vector<std::string>{"system applyConfiguration 0->1"});
}

TEST_F(KeeperTest, whatIsAppliedRunsAndStandsInTheFile) {
    chmod(file().c_str(), 0640);
    const auto applied = apply(second);
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(applied->revision, 2);
    EXPECT_EQ(applied->by, QStringLiteral("mdurand"));
    EXPECT_EQ(applied->note, QStringLiteral("as ordered"));
    EXPECT_FALSE(applied->confirmUntil);
    EXPECT_EQ(m_ran.back(), "two");
    EXPECT_EQ(content(), second);
    EXPECT_EQ(ownershipOf(file())->mode, 0640U);
    EXPECT_EQ(m_told.back(), 2);
    EXPECT_EQ(
        audit(),
        (std::vector<std::string>{"system applyConfiguration 0->1", "mdurand applyConfiguration 1->2"}));
    restart();
    EXPECT_EQ(m_ran.back(), "two");
    EXPECT_EQ(runs(), 2);
}

TEST_F(KeeperTest, mistakesAreToldAllAndNothingIsApplied) {
    const auto applied = apply("hostname two\nfrobnicate\ntsp\n");
    ASSERT_FALSE(applied);
    EXPECT_EQ(applied.error().code, Error::Code::Invalid);
    EXPECT_NE(applied.error().message.find("Line 2, column 1: "), std::string::npos)
        << applied.error().message;
    EXPECT_NE(applied.error().message.find("Line 3, column "), std::string::npos) << applied.error().message;
    EXPECT_EQ(content(), first);
    EXPECT_EQ(m_ran, std::vector<std::string>{"one"});
    EXPECT_EQ(runs(), 1);
}

TEST_F(KeeperTest, whoSawAnotherRevisionIsRefused) {
    ASSERT_TRUE(apply(second));
    const auto late = apply(third, 0, 1);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Error::Code::Stale);
    EXPECT_EQ(content(), second);
    EXPECT_EQ(m_ran.back(), "two");
}

TEST_F(KeeperTest, whatARoomRefusesChangesNothing) {
    m_refusal = "The port is taken.";
    const auto applied = apply(second);
    ASSERT_FALSE(applied);
    EXPECT_NE(applied.error().message.find("The port is taken."), std::string::npos);
    EXPECT_EQ(content(), first);
    EXPECT_EQ(runs(), 1);
    EXPECT_EQ(m_keeper->revisions().size(), 1U);
    EXPECT_FALSE(fs::exists(file() + ".new"));
    EXPECT_FALSE(fs::exists(state() + "/configurations/2.conf"));
    m_refusal.clear();
    ASSERT_TRUE(apply(second));
    EXPECT_EQ(runs(), 2);
}

TEST_F(KeeperTest, aFileThatWasEditedIsNotOverwritten) {
    write(file(), third);
    for (const auto& refused : {apply(second), rollBack(1)}) {
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, Error::Code::Stale);
        EXPECT_NE(refused.error().message.find("edited"), std::string::npos) << refused.error().message;
    }
    EXPECT_EQ(content(), third);
    EXPECT_EQ(m_ran.back(), "one");
    ASSERT_TRUE(m_keeper->reload());
    EXPECT_EQ(m_ran.back(), "three");
    EXPECT_EQ(m_keeper->running().state.by, QStringLiteral("file"));
    EXPECT_TRUE(apply(second));
}

TEST_F(KeeperTest, aReloadOfTheSameFileIsNoNewRevisionButReachesTheRooms) {
    ASSERT_TRUE(m_keeper->reload());
    EXPECT_EQ(runs(), 1);
    EXPECT_EQ(m_ran.size(), 2U);
}

TEST_F(KeeperTest, aReloadThatIsRefusedChangesNothing) {
    write(file(), "frobnicate\n");
    const auto bad = m_keeper->reload();
    ASSERT_FALSE(bad);
    EXPECT_NE(bad.error().message.find("etc.conf:1:1: "), std::string::npos) << bad.error().message;
    write(file(), second);
    m_refusal = "The port is taken.";
    EXPECT_FALSE(m_keeper->reload());
    EXPECT_EQ(runs(), 1);
    EXPECT_EQ(m_keeper->revisions().size(), 1U);
}

TEST_F(KeeperTest, anEditedFileIsANewRevisionAtTheStart) {
    stop();
    write(file(), second);
    start();
    EXPECT_EQ(runs(), 2);
    EXPECT_EQ(m_keeper->running().state.by, QStringLiteral("file"));
}

TEST_F(KeeperTest, aDirectoryThatTakesNoFileIsSaidBeforeAnythingIsApplied) {
    // As in a container whose configuration file is mounted by itself: it can be read, and never replaced.
    const std::string place = directory() + "/mounted";
    fs::create_directory(place);
    write(place + "/viaduct.conf", first);
    if (mount("none", place.c_str(), "tmpfs", 0, "size=64k") != 0)
        GTEST_SKIP() << "a file system that can only be read needs the right to mount one";
    write(place + "/viaduct.conf", first);
    mount("none", place.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, "size=64k");
    Keeper keeper(place + "/viaduct.conf", state());
    ASSERT_TRUE(keeper.load());
    bool applied = false;
    keeper.begin(
        *m_store,
        {[&](const config::Configuration&) -> Result<void> {
             applied = true;
             return {};
         },
         [](const config::Configuration&) -> Result<Losses> { return Losses{}; }});
    std::string message;
    keeper.apply(
        admin, keeper.running().state.revision, {QString::fromStdString(second), 0, {}},
        [&](const Result<State>& answer) { message = answer ? "applied" : answer.error().message; });
    EXPECT_NE(message.find(place + "/viaduct.conf cannot be replaced"), std::string::npos) << message;
    EXPECT_NE(message.find("Nothing was applied"), std::string::npos) << message;
    EXPECT_FALSE(applied);
    umount(place.c_str());
}

TEST_F(KeeperTest, aFullStateDirectoryIsSaidBeforeAnythingIsApplied) {
    fs::remove_all(state() + "/configurations");
    write(state() + "/configurations", "a file in the place of the directory");
    const auto applied = apply(second);
    ASSERT_FALSE(applied);
    EXPECT_NE(applied.error().message.find("Nothing was applied"), std::string::npos);
    EXPECT_EQ(content(), first);
    EXPECT_EQ(m_ran, std::vector<std::string>{"one"});
    restart();
    EXPECT_EQ(m_ran, std::vector<std::string>{"one"}) << "tunnels matter more than the list";
    EXPECT_EQ(m_keeper->running().text.toStdString(), first);
}

TEST_F(KeeperTest, unlessItIsConfirmedTheOneBeforeComesBackByItself) {
    const auto applied = apply(second, 10);
    ASSERT_TRUE(applied);
    EXPECT_EQ(applied->confirmUntil, m_now + 10min);
    EXPECT_EQ(m_keeper->running().state.confirmUntil, m_now + 10min);
    m_now += 9min;
    waitFor([&, deadline = QDeadlineTimer(1500)] { return deadline.hasExpired(); });
    EXPECT_EQ(runs(), 2) << "not yet";
    m_now += 1min;
    ASSERT_TRUE(waitFor([&] { return runs() == 3; }));
    EXPECT_EQ(m_ran.back(), "one");
    EXPECT_EQ(content(), first);
    const State state = m_keeper->running().state;
    EXPECT_EQ(state.by, QStringLiteral("system"));
    EXPECT_NE(state.note.indexOf(QStringLiteral("revision 2 was not confirmed")), -1);
    EXPECT_FALSE(state.confirmUntil);
    EXPECT_EQ(m_told, (std::vector<std::int64_t>{1, 2, 3}));
    ASSERT_TRUE(waitFor([&] { return audit().size() == 3; }));
    EXPECT_EQ(audit().back(), "system rollBackConfiguration 2->3");
    restart();
    EXPECT_EQ(runs(), 3);
    EXPECT_EQ(m_ran.back(), "one");
}

TEST_F(KeeperTest, whatIsConfirmedStays) {
    ASSERT_TRUE(apply(second, 10));
    const auto confirmed = confirm();
    ASSERT_TRUE(confirmed) << confirmed.error().message;
    EXPECT_FALSE(confirmed->confirmUntil);
    EXPECT_EQ(confirmed->revision, 2);
    m_now += 1h;
    waitFor([&, deadline = QDeadlineTimer(1500)] { return deadline.hasExpired(); });
    EXPECT_EQ(runs(), 2);
    restart();
    EXPECT_EQ(m_ran.back(), "two");
    EXPECT_EQ(audit().back(), "mdurand confirmConfiguration 2->2");
    const auto again = confirm();
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Error::Code::Invalid);
}

TEST_F(KeeperTest, theTimeToConfirmGoesOnThroughARestart) {
    ASSERT_TRUE(apply(second, 10));
    m_now += 5min;
    restart();
    EXPECT_EQ(m_ran.back(), "two");
    EXPECT_TRUE(m_keeper->running().state.confirmUntil);
    m_now += 5min;
    ASSERT_TRUE(waitFor([&] { return runs() == 3; }));
    EXPECT_EQ(m_ran.back(), "one");
    EXPECT_EQ(content(), first);
}

TEST_F(KeeperTest, aStartWhenTheTimeIsOverGoesBackBeforeAnythingRuns) {
    ASSERT_TRUE(apply(second, 10));
    stop();
    EXPECT_EQ(content(), second);
    m_now += 1h;
    start();
    EXPECT_EQ(m_ran, std::vector<std::string>{"one"});
    EXPECT_EQ(content(), first);
    EXPECT_EQ(runs(), 3);
    EXPECT_EQ(m_keeper->running().state.by, QStringLiteral("system"));
    ASSERT_TRUE(waitFor([&] { return audit().size() == 3; }));
    EXPECT_EQ(audit().back(), "system rollBackConfiguration 2->3");
}

TEST_F(KeeperTest, aFileEditedWhileOneWaitsIsThePersonsWord) {
    ASSERT_TRUE(apply(second, 10));
    stop();
    write(file(), third);
    m_now += 1h;
    start();
    EXPECT_EQ(m_ran, std::vector<std::string>{"three"});
    EXPECT_EQ(m_keeper->running().state.by, QStringLiteral("file"));
    EXPECT_FALSE(m_keeper->running().state.confirmUntil);
    EXPECT_EQ(content(), third);
}

TEST_F(KeeperTest, aFileEditedAndNotLoadedStaysWhenTheOneBeforeComesBack) {
    ASSERT_TRUE(apply(second, 10));
    write(file(), third);
    m_now += 1h;
    ASSERT_TRUE(waitFor([&] { return runs() == 3; }));
    EXPECT_EQ(m_ran.back(), "one");
    EXPECT_EQ(content(), third);
    EXPECT_EQ(apply(second).error().code, Error::Code::Stale);
    ASSERT_TRUE(m_keeper->reload());
    EXPECT_EQ(m_ran.back(), "three");
}

TEST_F(KeeperTest, aReloadOfAnEditedFileEndsTheWaiting) {
    ASSERT_TRUE(apply(second, 10));
    write(file(), third);
    ASSERT_TRUE(m_keeper->reload());
    m_now += 1h;
    waitFor([&, deadline = QDeadlineTimer(1500)] { return deadline.hasExpired(); });
    EXPECT_EQ(m_ran.back(), "three");
    EXPECT_EQ(content(), third);
}

TEST_F(KeeperTest, aSecondApplyWaitsForTheConfirmationOfTheFirst) {
    ASSERT_TRUE(apply(second, 10));
    const auto refused = apply(third);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Error::Code::Conflict);
    EXPECT_NE(refused.error().message.find("Confirm it or roll it back"), std::string::npos);
    ASSERT_TRUE(rollBack());
    EXPECT_EQ(m_ran.back(), "one");
    EXPECT_FALSE(m_keeper->running().state.confirmUntil);
    EXPECT_TRUE(apply(third));
}

TEST_F(KeeperTest, confirmingTooLateIsRefused) {
    ASSERT_TRUE(apply(second, 10));
    m_now += 10min;
    const auto late = confirm();
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Error::Code::Busy);
    EXPECT_TRUE(waitFor([&] { return runs() == 3; }));
}

TEST_F(KeeperTest, theRoomsGoBackAlthoughTheDiskRefuses) {
    ASSERT_TRUE(apply(second, 10));
    const std::string shelf = state() + "/configurations";
    fs::create_directory(shelf + "/3.conf.new"); // no draft can be made there
    write(shelf + "/3.conf.new/in-the-way", "");
    m_now += 1h;
    ASSERT_TRUE(waitFor([&] { return m_ran.back() == "one"; }));
    EXPECT_EQ(runs(), 2) << "it is not written yet";
    EXPECT_FALSE(confirm()) << "what does not run cannot be confirmed";
    fs::remove_all(shelf + "/3.conf.new");
    restart();
    EXPECT_EQ(m_ran.back(), "one");
    EXPECT_EQ(content(), first);
    EXPECT_EQ(runs(), 3);
}

TEST_F(KeeperTest, rollingBackRunsAnEarlierTextAsANewRevision) {
    ASSERT_TRUE(apply(second));
    ASSERT_TRUE(apply(third));
    const auto back = rollBack(1);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->revision, 4);
    EXPECT_EQ(back->note, QStringLiteral("Back to revision 1."));
    EXPECT_EQ(m_ran.back(), "one");
    EXPECT_EQ(content(), first);
    ASSERT_TRUE(rollBack());
    EXPECT_EQ(m_ran.back(), "three") << "the one before the running one";
    EXPECT_EQ(audit().back(), "mdurand rollBackConfiguration 4->5");
    const auto unknown = rollBack(77);
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, Error::Code::NotFound);
}

TEST_F(KeeperTest, thereIsNothingBeforeTheFirst) {
    EXPECT_EQ(rollBack().error().code, Error::Code::NotFound);
}

TEST_F(KeeperTest, theLastHundredAreKeptWithTheirTexts) {
    for (std::size_t i = 0; i < mostRevisions + 5; ++i)
        ASSERT_TRUE(apply("hostname h" + std::to_string(i) + '\n'));
    const auto all = m_keeper->revisions();
    ASSERT_EQ(all.size(), mostRevisions);
    EXPECT_EQ(all.front().revision, 106);
    EXPECT_EQ(all.back().revision, 7);
    EXPECT_EQ(m_keeper->revision(7)->text, QStringLiteral("hostname h5\n"));
    EXPECT_EQ(m_keeper->revision(6).error().code, Error::Code::NotFound);
    EXPECT_FALSE(fs::exists(state() + "/configurations/6.conf"));
    restart();
    EXPECT_EQ(m_keeper->revisions(), all);
}

TEST_F(KeeperTest, noPasswordIsShownOrKept) {
    write(file(), "# ours\nusername alice secret hunter2 site # top\n");
    ASSERT_TRUE(m_keeper->reload());
    ASSERT_TRUE(apply("username bob secret \"swordfish 1\"\n"));
    std::string all = content();
    for (const State& each : m_keeper->revisions())
        all += m_keeper->revision(each.revision)->text.toStdString();
    for (const auto& entry : fs::directory_iterator(state() + "/configurations"))
        all += readFile(entry.path(), 1 << 20).value_or("");
    EXPECT_EQ(all.find("hunter2"), std::string::npos);
    EXPECT_EQ(all.find("swordfish"), std::string::npos);
    EXPECT_NE(all.find("# ours\nusername alice digest "), std::string::npos) << "a comment stays";
    EXPECT_EQ(content().find("username bob digest "), 0U);
    EXPECT_EQ(ownershipOf(state() + "/configurations/2.conf")->mode, 0600U);
    restart();
    EXPECT_EQ(runs(), 3);
}

TEST_F(KeeperTest, thePasswordInTheFileIsNoDifference) {
    write(file(), "username alice secret hunter2 site\n");
    ASSERT_TRUE(m_keeper->reload());
    const std::int64_t before = runs();
    EXPECT_EQ(content(), "username alice secret hunter2 site\n") << "the file of a person is left alone";
    restart();
    EXPECT_EQ(runs(), before);
    const auto check = m_keeper->check(m_keeper->running().text);
    ASSERT_EQ(check.effects.size(), 1U);
    EXPECT_NE(check.effects.front().indexOf(QStringLiteral("Nothing changes")), -1);
}

TEST_F(KeeperTest, aCheckTellsMistakesAndEffectsAndDoesNothing) {
    const auto bad = m_keeper->check(QStringLiteral("hostname two\nhostname\n"));
    EXPECT_FALSE(bad.good);
    ASSERT_FALSE(bad.diagnostics.empty());
    EXPECT_EQ(bad.diagnostics.front().line, 2);
    EXPECT_FALSE(bad.diagnostics.front().cause.isEmpty());
    EXPECT_FALSE(bad.diagnostics.front().cure.isEmpty());
    m_losses = {3, 5};
    const auto good = m_keeper->check(QString::fromStdString(second));
    EXPECT_TRUE(good.good);
    ASSERT_EQ(good.effects.size(), 3U);
    EXPECT_EQ(good.effects[0], QStringLiteral("3 tunnels go down."));
    m_refusal = "The port is taken.";
    const auto refused = m_keeper->check(QString::fromStdString(second));
    EXPECT_FALSE(refused.good);
    EXPECT_EQ(refused.effects[0], QStringLiteral("It would be refused: The port is taken."));
    EXPECT_EQ(runs(), 1);
    EXPECT_EQ(m_ran.size(), 1U);
}

TEST_F(KeeperTest, aDiffIsOfWhatRunsToWhatIsSent) {
    const auto diff
        = m_keeper->diff(QStringLiteral("# the first\nhostname two\nusername a secret hunter2\n"));
    ASSERT_TRUE(diff);
    ASSERT_EQ(diff->lines.size(), 4U);
    EXPECT_EQ(diff->lines[0], (api::DiffLine{api::DiffKind::Same, QStringLiteral("# the first")}));
    EXPECT_EQ(diff->lines[1], (api::DiffLine{api::DiffKind::Removed, QStringLiteral("hostname one")}));
    EXPECT_EQ(diff->lines[2], (api::DiffLine{api::DiffKind::Added, QStringLiteral("hostname two")}));
    EXPECT_EQ(diff->lines[3].text.indexOf(QStringLiteral("hunter2")), -1);
    const auto hostile = m_keeper->diff(QString(5000, u'x'));
    ASSERT_FALSE(hostile);
    EXPECT_EQ(hostile.error().code, Error::Code::Invalid);
}

TEST_F(KeeperTest, aListThatIsDamagedBeginsAnewWithNumbersThatWereNeverUsed) {
    ASSERT_TRUE(apply(second));
    ASSERT_TRUE(apply(third));
    stop();
    write(state() + "/configurations/revisions.json", "{\"revisions\": [");
    start();
    EXPECT_EQ(m_ran.back(), "three");
    EXPECT_EQ(runs(), 4);
    EXPECT_EQ(m_keeper->revisions().size(), 1U);
    restart();
    EXPECT_EQ(runs(), 4);
}

TEST_F(KeeperTest, aCrashBetweenTheListAndTheFileRunsWhatTheFileSays) {
    ASSERT_TRUE(apply(second, 10));
    stop();
    write(file(), first); // as if the second rename had not come to pass
    m_now += 1h;
    start();
    EXPECT_EQ(m_ran, std::vector<std::string>{"one"});
    EXPECT_EQ(content(), first);
    EXPECT_FALSE(m_keeper->running().state.confirmUntil);
}

TEST_F(KeeperTest, aNoteThatCouldNotBeReadBackIsRefused) {
    const api::ConfigurationApply wish{QString::fromStdString(second), 0, QString(QChar(7))};
    const auto refused
        = answerOf<State>([&](auto answered) { m_keeper->apply(admin, runs(), wish, std::move(answered)); });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Error::Code::Invalid);
    EXPECT_EQ(runs(), 1);
}

TEST_F(KeeperTest, whatIsOwedToTheAuditIsPaidAtTheNextStart) {
    const auto list = readFile(state() + "/configurations/revisions.json", 1 << 20);
    ASSERT_TRUE(waitFor([&] { return audit().size() == 1; }));
    stop();
    write(state() + "/configurations/revisions.json", *list); // before the answer of the database
    start();
    EXPECT_TRUE(waitFor([&] { return audit().size() == 2; })) << "better twice than never";
}
