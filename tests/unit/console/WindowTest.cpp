// SPDX-License-Identifier: GPL-3.0-or-later
// The real console on a real broker, which the scenario `console` starts. It is told of it by the
// environment:
//     VIADUCT_BROKER=HOST:PORT VIADUCT_LOGIN=... VIADUCT_PASSWORD=... VIADUCT_RESTART=FILE
// The broker is started anew when FILE is there. VIADUCT_SCREENSHOTS=DIRECTORY keeps what was seen.
#include "admin-gui/MainWindow.h"
#include "admin-gui/views/PlanView.h"

#include <QApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QGroupBox>
#include <QPlainTextEdit>
#include <QRandomGenerator>
#include <QSettings>
#include <QTest>

#include <gtest/gtest.h>

#include <map>

using namespace viaduct;
using namespace viaduct::admin;

namespace {

template <typename Condition>
bool waitFor(Condition condition, int milliseconds = 15'000) {
    QElapsedTimer time;
    time.start();
    while (!condition() && time.elapsed() < milliseconds)
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 20);
    return condition();
}

QString environment(const char* name) {
    return qEnvironmentVariable(name);
}

/// What stands beside a label, as a person finds it.
template <typename Widget>
Widget* beside(QWidget& parent, const QString& label) {
    for (QLabel* each : parent.findChildren<QLabel*>()) {
        if (each->text().remove(u'&') == label)
            return qobject_cast<Widget*>(each->buddy());
    }
    ADD_FAILURE() << "no label " << label.toStdString();
    return nullptr;
}

template <typename Widget>
Widget* named(QWidget& parent, const QString& name) {
    for (Widget* each : parent.findChildren<Widget*>()) {
        if (each->accessibleName() == name)
            return each;
    }
    ADD_FAILURE() << "nothing is called " << name.toStdString();
    return nullptr;
}

QPushButton* button(QWidget& parent, const QString& text) {
    for (QPushButton* each : parent.findChildren<QPushButton*>()) {
        if (each->text().remove(u'&').startsWith(text))
            return each;
    }
    ADD_FAILURE() << "no button " << text.toStdString();
    return nullptr;
}

int rowWith(const QAbstractItemModel& model, const QString& text) {
    for (int row = 0; row < model.rowCount(); ++row) {
        for (int column = 0; column < model.columnCount(); ++column) {
            if (model.index(row, column).data().toString() == text)
                return row;
        }
    }
    return -1;
}

/// What the labels say, for a test that has failed.
std::string shown(QWidget& parent) {
    std::string all;
    for (const QLabel* each : parent.findChildren<QLabel*>()) {
        if (each->isVisible() && !each->text().isEmpty())
            all += each->text().toStdString() + " | ";
    }
    return all + '\n';
}

class WindowTest : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_FALSE(environment("VIADUCT_BROKER").isEmpty()) << "run by the scenario `console`";
    }

    static ConnectPane& pane(MainWindow& window) { return *window.findChild<ConnectPane*>(); }
    static void type(MainWindow& window, const QString& password) {
        auto* broker = beside<QComboBox>(pane(window), QStringLiteral("Broker:"));
        broker->setEditText(environment("VIADUCT_BROKER"));
        beside<QLineEdit>(pane(window), QStringLiteral("Login:"))->setText(environment("VIADUCT_LOGIN"));
        beside<QLineEdit>(pane(window), QStringLiteral("Password:"))->setText(password);
        QTest::mouseClick(button(pane(window), QStringLiteral("Log in")), Qt::LeftButton);
    }
    static bool trust(MainWindow& window) {
        auto* box = button(window, QStringLiteral("I have compared it"));
        if (!waitFor([&] { return box->isVisible() || window.link().state() == LinkState::Live; }))
            return false;
        if (box->isVisible())
            QTest::mouseClick(box, Qt::LeftButton);
        return waitFor([&] { return window.link().state() == LinkState::Live; });
    }
    std::unique_ptr<MainWindow> open() {
        auto window = std::make_unique<MainWindow>();
        window->show();
        window->begin();
        type(*window, environment("VIADUCT_PASSWORD"));
        EXPECT_TRUE(trust(*window)) << "never live";
        return window;
    }
    static void keep(MainWindow& window, const QString& name) {
        const QString folder = environment("VIADUCT_SCREENSHOTS");
        if (folder.isEmpty())
            return;
        waitFor([] { return false; }, 400);
        window.grab().save(QDir(folder).filePath(name + QStringLiteral(".png")));
    }
};

} // namespace

TEST_F(WindowTest, theFingerprintIsShownOnceAndThenPinned) {
    QSettings().clear();
    MainWindow window;
    window.show();
    window.begin();
    type(window, QStringLiteral("not the password"));
    auto* trusted = button(window, QStringLiteral("I have compared it"));
    ASSERT_TRUE(waitFor([&] { return trusted->isVisible(); }));
    auto* fingerprint = named<QLineEdit>(window, QStringLiteral("Fingerprint"));
    EXPECT_EQ(fingerprint->text().count(u':'), 31);
    keep(window, QStringLiteral("certificate"));
    QTest::mouseClick(trusted, Qt::LeftButton);
    auto* password = beside<QLineEdit>(pane(window), QStringLiteral("Password:"));
    ASSERT_TRUE(waitFor([&] { return window.link().state() == LinkState::Closed && !trusted->isVisible(); }));
    EXPECT_EQ(password->text(), QStringLiteral("not the password")) << "what was typed stays";
    type(window, environment("VIADUCT_PASSWORD"));
    ASSERT_TRUE(trust(window));
    window.link().close();
    MainWindow again;
    again.show();
    again.begin();
    EXPECT_EQ(
        beside<QComboBox>(pane(again), QStringLiteral("Broker:"))->currentText(),
        environment("VIADUCT_BROKER"));
    beside<QLineEdit>(pane(again), QStringLiteral("Password:"))->setText(environment("VIADUCT_PASSWORD"));
    QTest::mouseClick(button(pane(again), QStringLiteral("Log in")), Qt::LeftButton);
    EXPECT_TRUE(waitFor([&] { return again.link().state() == LinkState::Live; }))
        << "nothing is asked any more";
}

TEST_F(WindowTest, anApprovalIsSeenInTheSecondConsoleAndTakenBack) {
    const auto first = open();
    const auto second = open();
    first->showPlace(QStringLiteral("requests"));
    auto* table = named<QTableView>(*first, QStringLiteral("Requests"));
    ASSERT_TRUE(waitFor([&] { return table->model()->rowCount() > 0; }));
    const int row = rowWith(*table->model(), QStringLiteral("Jean Dupont"));
    ASSERT_GE(row, 0);
    table->selectRow(row);
    auto* approve = button(*first, QStringLiteral("Approve"));
    ASSERT_TRUE(waitFor([&] { return approve->isEnabled(); }));
    keep(*first, QStringLiteral("requests"));
    second->showPlace(QStringLiteral("accounts"));
    auto* accounts = named<QTableView>(*second, QStringLiteral("Accounts"));
    QElapsedTimer time;
    time.start();
    EXPECT_EQ(approve->shortcut(), QKeySequence(QStringLiteral("Ctrl+Return")));
    QTest::mouseClick(approve, Qt::LeftButton);
    ASSERT_TRUE(waitFor([&] { return rowWith(*accounts->model(), QStringLiteral("jdupont")) >= 0; }))
        << shown(*first) << shown(*second);
    std::printf(
        "the account is in the second console after %lld ms\n", static_cast<long long>(time.elapsed()));
    keep(*second, QStringLiteral("accounts"));
    auto* undo = button(*first, QStringLiteral("Undo"));
    ASSERT_TRUE(waitFor([&] { return undo->isVisible(); }));
    QTest::mouseClick(undo, Qt::LeftButton);
    EXPECT_TRUE(waitFor([&] { return rowWith(*accounts->model(), QStringLiteral("jdupont")) < 0; }));
    EXPECT_TRUE(waitFor([&] { return rowWith(*table->model(), QStringLiteral("Jean Dupont")) >= 0; }))
        << "it waits again";
}

TEST_F(WindowTest, theMapIsWhatTheStoreHasAtEveryZoom) {
    const auto window = open();
    window->showPlace(QStringLiteral("plan"));
    auto* plan = qobject_cast<PlanView*>(window->view(QStringLiteral("plan")));
    std::vector<api::Pool> pools;
    ASSERT_TRUE(waitFor([&] { return plan->canvas().map().has_value(); }));
    std::vector<api::Allocation> all;
    bool isAnswered = false;
    window->link().client().call(api::operation::listPools, {}, {}, window.get(), [&](const auto& page) {
        pools = page->items;
        isAnswered = true;
    });
    ASSERT_TRUE(waitFor([&] { return isAnswered; }));
    isAnswered = false;
    api::Question question;
    question.query = {{QStringLiteral("limit"), QStringLiteral("1000")}};
    window->link().client().everyPage(
        api::operation::listAllocations, question, window.get(),
        [&](std::vector<api::Allocation> page) {
            all.insert(all.end(), page.begin(), page.end());
            return true;
        },
        [&](const auto&) { isAnswered = true; });
    ASSERT_TRUE(waitFor([&] { return isAnswered; }));
    ASSERT_FALSE(all.empty());
    int looked = 0;
    for (const api::Allocation& allocation : all) {
        const auto pool = std::find_if(
            pools.begin(), pools.end(), [&](const auto& each) { return each.name == allocation.pool; });
        ASSERT_NE(pool, pools.end());
        for (int length = pool->prefix.length(); length < pool->blockLength; length += 5) {
            const Prefix wanted(allocation.block.address(), length);
            plan->showPrefix(pool->name, wanted);
            ASSERT_TRUE(waitFor([&] {
                const auto& map = plan->canvas().map();
                return map && map->pool == pool->name && map->prefix.contains(allocation.block)
                    && map->prefix.length() <= length;
            }));
            const api::PoolMap map = *plan->canvas().map();
            std::map<api::BlockState, std::int64_t> counted;
            Uint128 total = 0;
            for (const api::MapCell& cell : map.cells) {
                counted[api::BlockState::Active] += cell.counts.active;
                counted[api::BlockState::Allocated] += cell.counts.allocated;
                counted[api::BlockState::Static] += cell.counts.fixed;
                counted[api::BlockState::Quarantined] += cell.counts.quarantined;
                total += cell.counts.free + cell.counts.reserved
                    + static_cast<Uint128>(
                             cell.counts.active + cell.counts.allocated + cell.counts.fixed
                             + cell.counts.quarantined);
            }
            std::map<api::BlockState, std::int64_t> wantedCounts{
                {api::BlockState::Active, 0},
                {api::BlockState::Allocated, 0},
                {api::BlockState::Static, 0},
                {api::BlockState::Quarantined, 0}};
            for (const api::Allocation& each : all) {
                if (each.pool == pool->name && map.prefix.contains(each.block))
                    ++wantedCounts[each.state];
            }
            ASSERT_EQ(counted, wantedCounts) << pool->name.toStdString() << ' ' << map.prefix.text();
            ASSERT_EQ(total, Uint128{1} << (pool->blockLength - map.prefix.length())) << "no block is lost";
            ++looked;
        }
    }
    EXPECT_GT(looked, 3);
    plan->showPrefix(pools.back().name, pools.back().prefix);
    keep(*window, QStringLiteral("plan"));
}

TEST_F(WindowTest, aBrokerThatIsStartedAnewCostsNoTypedText) {
    const auto window = open();
    window->showPlace(QStringLiteral("requests"));
    auto* text = named<QPlainTextEdit>(*window, QStringLiteral("Reason or question"));
    text->setPlainText(QStringLiteral("Half a sentence"));
    QFile sign(environment("VIADUCT_RESTART"));
    ASSERT_TRUE(sign.open(QIODevice::WriteOnly));
    sign.close();
    ASSERT_TRUE(waitFor([&] { return window->link().state() == LinkState::Stale; }));
    EXPECT_TRUE(text->isVisible());
    keep(*window, QStringLiteral("lost"));
    ASSERT_TRUE(waitFor([&] { return window->link().state() == LinkState::Live; }, 60'000));
    EXPECT_EQ(text->toPlainText(), QStringLiteral("Half a sentence"));
}

TEST_F(WindowTest, everyViewOpens) {
    const auto window = open();
    for (const char* name :
         {"overview", "requests", "plan", "tunnels", "accounts", "vouchers", "static", "configuration",
          "history", "audit", "reports"}) {
        window->showPlace(QLatin1String(name));
        ASSERT_TRUE(window->view(QLatin1String(name))->isVisible()) << name;
        waitFor([] { return false; }, 300);
        keep(*window, QLatin1String(name));
    }
}
