// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/AuditChain.h"
#include "server/store/AuditCheck.h"
#include "tests/unit/store/StoreFixture.h"

using namespace viaduct;
using namespace viaduct::store;

namespace {

AuditEntry entry(int at, const std::string& actor, const std::string& action, const std::string& target) {
    return {second(at), actor, "192.0.2.1", action, target, "{}", R"({"kind":"site"})"};
}

class AuditTest : public StoreFixture {
protected:
    Result<void> append(const AuditEntry& line) { return commit(*m_store, {change::AppendAudit{line}}); }
    AuditReport report() { return verifyAudit(file()).value(); }
    /// The seqs that match, in the order of the answer.
    std::string found(const AuditFilter& filter, const Page& page = {}) {
        std::string text;
        const auto lines = asked<Rows<AuditLine>>(*m_store, &Store::audit, filter, page);
        for (const AuditLine& line : lines.value().rows)
            text += (text.empty() ? "" : " ") + std::to_string(line.seq);
        return text;
    }
};

} // namespace

/// The figure was computed by another program (Python's hashlib) from the description in AuditChain.h.
TEST(AuditChainTest, isComputedAsDescribed) {
    const AuditEntry first{second(0), "person:1", "2001:db8::1", "account.create", "account:é", "", "{}"};
    EXPECT_EQ(
        text(appended({}, first).hash), "1c738fc7d943a891b78e97c7cd64941f8067f7f3181222e488d8b3b3ce91835e");
    EXPECT_EQ(
        text(appended(appended({}, first), first).hash),
        "4e14c89411ccdef0dda5e5ad9c3f175fc1174124656dfbbf05a251603fb33c86");
    EXPECT_EQ(auditHashFromText(text(appended({}, first).hash)), appended({}, first).hash);
    EXPECT_FALSE(auditHashFromText("00"));
    EXPECT_FALSE(auditHashFromText(std::string(64, 'g')));
}

TEST(AuditChainTest, noFieldRunsIntoTheNext) {
    AuditEntry one = entry(1, "ab", "c", "t");
    AuditEntry other = entry(1, "a", "c", "t");
    other.from = 'b' + other.from;
    EXPECT_NE(chained({}, 1, one), chained({}, 1, other));
    EXPECT_NE(chained({}, 1, one), chained({}, 2, one));
    other = one;
    other.at += std::chrono::milliseconds(1);
    EXPECT_NE(chained({}, 1, one), chained({}, 1, other));
}

TEST_F(AuditTest, theChainGoesOnAfterReopening) {
    EXPECT_EQ(report().entries, 0);
    EXPECT_FALSE(report().fault);
    AuditHead head;
    for (int i = 0; i < 5; ++i) {
        const AuditEntry line = entry(i, "person:1", "account.create", "account:" + std::to_string(i));
        ASSERT_TRUE(append(line));
        head = appended(head, line);
        reopen();
    }
    EXPECT_FALSE(report().fault);
    EXPECT_EQ(report().entries, 5);
    EXPECT_EQ(report().head, head);
    EXPECT_EQ(asked<AuditHead>(*m_store, &Store::auditHead), head);
}

TEST_F(AuditTest, aListThatFailsAloneLeavesNoGap) {
    ASSERT_TRUE(commit(*m_store, {change::PutRecord{{"account", "a", 1, ""}}}));
    QObject context;
    int answered = 0;
    int durable = 0;
    constexpr int lists = 1500; // more than one transaction takes; every third breaks a rule
    for (int i = 0; i < lists; ++i) {
        std::vector<Change> changes{
            change::AppendAudit{entry(i, "person:1", "account.change", "before")},
            change::AppendAudit{entry(i, "person:1", "account.change", std::to_string(i))}};
        if (i % 3 == 1)
            changes.emplace_back(change::PutRecord{{"account", "a", 1, "cannot be"}});
        m_store->commit(std::move(changes), &context, [&](const Result<void>& result) {
            ++answered;
            durable += result ? 1 : 0;
        });
    }
    QEventLoop loop;
    while (answered < lists)
        loop.processEvents(QEventLoop::WaitForMoreEvents);
    EXPECT_EQ(durable, 1000);
    EXPECT_FALSE(report().fault) << report().fault->sentence;
    EXPECT_EQ(report().entries, 2000);
    EXPECT_EQ(
        sql(file(), QStringLiteral("SELECT target FROM audit WHERE seq = 4")).value.toString(),
        QStringLiteral("2"))
        << "the order is that of the lists";
}

TEST_F(AuditTest, nobodyCanChangeIt) {
    ASSERT_TRUE(append(entry(1, "person:1", "account.create", "account:1")));
    for (const char* statement :
         {"UPDATE audit SET actor = 'x'", "DELETE FROM audit", "DELETE FROM audit WHERE seq = 1"})
        EXPECT_EQ(sql(file(), QString::fromLatin1(statement)).error, QStringLiteral("audit is append-only"));
}

TEST_F(AuditTest, whatCannotBeHashedAsItIsStoredIsRefused) {
    AuditEntry line = entry(1, "person:1", "account.create", "account:1");
    line.after = std::string(AuditEntry::mostValue, 'x');
    EXPECT_TRUE(append(line));
    line.after += 'x';
    EXPECT_EQ(append(line).error().code, Error::Code::Invalid);
    for (const std::string& wrong :
         {std::string(AuditEntry::mostName + 1, 'x'), std::string("\xff"), std::string("a\0b", 3)})
        for (std::string AuditEntry::*field :
             {&AuditEntry::actor, &AuditEntry::from, &AuditEntry::action, &AuditEntry::target}) {
            AuditEntry bad = entry(1, "person:1", "account.create", "account:1");
            bad.*field = wrong;
            EXPECT_EQ(append(bad).error().code, Error::Code::Invalid);
        }
    ASSERT_TRUE(append(entry(2, "", "", "")));
    EXPECT_EQ(report().entries, 2);
    EXPECT_FALSE(report().fault);
}

TEST_F(AuditTest, isFoundByWhatItTells) {
    ASSERT_TRUE(append(entry(1, "person:1", "account.create", "account:1")));
    ASSERT_TRUE(append(entry(2, "person:2", "account.erase", "account:1")));
    ASSERT_TRUE(append(entry(3, "person:1", "accounting.read", "account:2")));
    ASSERT_TRUE(append(entry(4, "person:1", "pool.change", "pool:P")));
    ASSERT_TRUE(append(entry(2, "person:1", "account.create", "account:3"))) << "clocks step back";
    EXPECT_EQ(found({}), "5 4 3 2 1");
    EXPECT_EQ(found({"person:1", {}, {}, {}}), "5 4 3 1");
    EXPECT_EQ(found({{}, "account.", {}, {}}), "5 2 1");
    EXPECT_EQ(found({{}, "account", {}, {}}), "5 3 2 1");
    EXPECT_EQ(found({{}, {}, "account:1", {}}), "2 1");
    EXPECT_EQ(found({"person:1", "account.c", {}, {}}), "5 1");
    EXPECT_EQ(found({{}, {}, {}, {second(2), second(3)}}), "5 3 2");
    EXPECT_EQ(found({{}, {}, {}, {{}, second(1)}}), "1");
    EXPECT_EQ(found({"nobody", {}, {}, {}}), "");
    EXPECT_EQ(found({{}, "account.", {}, {}}, {2, 10, true}), "1");
    EXPECT_EQ(found({}, {{}, 2, false}), "1 2");
    EXPECT_EQ(found({}, {2, 2, false}), "3 4");
    const auto page
        = asked<Rows<AuditLine>>(*m_store, &Store::audit, AuditFilter{}, Page{{}, 1, true}).value();
    EXPECT_EQ(page.next, 5);
    EXPECT_EQ(page.rows.at(0).entry, entry(2, "person:1", "account.create", "account:3"));
    EXPECT_EQ(page.rows.at(0).hash, report().head.hash);
}

// --- retention

namespace {

class AuditRetentionTest : public AuditTest {
protected:
    static constexpr int day = 86'400;
    Result<void> endRetention(int before, int now) {
        return commit(
            *m_store,
            {change::EndAuditRetention{
                second(before), {second(now), "system", "", "endRetention", "audit", "", ""}}});
    }
    void appendAt(std::initializer_list<int> times) {
        for (const int at : times)
            ASSERT_TRUE(append(entry(at, "person:1", "account.create", "account:1")));
    }
    /// "SEQ AFTER" of each line that retention wrote.
    std::string told() {
        std::string text;
        const auto lines = asked<Rows<AuditLine>>(
            *m_store, &Store::audit, AuditFilter{"system", {}, {}, {}}, Page{{}, 100, false});
        for (const AuditLine& line : lines.value().rows)
            text += std::to_string(line.seq) + ' ' + line.entry.after + ';';
        return text;
    }
};

} // namespace

TEST_F(AuditRetentionTest, theOldestLinesGoAndTheChainGoesOn) {
    appendAt({1, 2, 3, 4});
    ASSERT_TRUE(endRetention(1, 50));
    EXPECT_EQ(found({}), "4 3 2 1") << "nothing was older";
    ASSERT_TRUE(endRetention(3, 50));
    EXPECT_EQ(found({}), "5 4 3");
    EXPECT_EQ(told(), R"(5 {"forgottenUpTo":2};)");
    reopen();
    appendAt({60});
    EXPECT_EQ(found({}), "6 5 4 3");
    EXPECT_FALSE(report().fault) << report().fault->sentence;
    EXPECT_EQ(report().entries, 4);
    EXPECT_EQ(report().forgotten, 2);
    EXPECT_EQ(
        sql(file(), QStringLiteral("DELETE FROM audit WHERE seq = 3")).error,
        QStringLiteral("audit is append-only"));
}

TEST_F(AuditRetentionTest, theLastLineStays) {
    ASSERT_TRUE(endRetention(1000, 1000)) << "none at all";
    EXPECT_EQ(told(), "");
    appendAt({1});
    ASSERT_TRUE(endRetention(1000, 1000));
    EXPECT_EQ(found({}), "1");
    ASSERT_TRUE(append(entry(2, "person:1", "account.create", "account:1")));
    ASSERT_TRUE(endRetention(1000, 1000));
    EXPECT_EQ(found({}), "3 2") << "and then the one that tells of it";
    EXPECT_FALSE(report().fault) << report().fault->sentence;
}

TEST_F(AuditRetentionTest, whatCameAfterALineThatIsKeptIsKept) {
    appendAt({1, 50, 2, 60});
    ASSERT_TRUE(endRetention(10, 100));
    EXPECT_EQ(found({}), "5 4 3 2") << "the clock stepped back, the chain has no gaps";
    EXPECT_FALSE(report().fault) << report().fault->sentence;
}

TEST_F(AuditRetentionTest, goesOnABoundedNumberAtATimeAndTellsOnceADay) {
    std::vector<Change> changes;
    for (int i = 1; i <= 2500; ++i)
        changes.emplace_back(change::AppendAudit{entry(1, "person:1", "account.create", "account:1")});
    ASSERT_TRUE(commit(*m_store, std::move(changes)));
    ASSERT_TRUE(endRetention(10, day));
    EXPECT_EQ(report().forgotten, 1000);
    reopen();
    ASSERT_TRUE(endRetention(10, day + 60));
    EXPECT_EQ(report().forgotten, 2000);
    EXPECT_EQ(told(), R"(2501 {"forgottenUpTo":1000};)") << "also over a restart";
    ASSERT_TRUE(endRetention(10, 2 * day));
    EXPECT_EQ(report().forgotten, 2500);
    ASSERT_TRUE(endRetention(10, 4 * day));
    EXPECT_EQ(told(), R"(2501 {"forgottenUpTo":1000};2502 {"forgottenUpTo":2500};)");
    EXPECT_FALSE(report().fault) << report().fault->sentence;
}

TEST_F(AuditRetentionTest, isUndoneWithTheListThatFails) {
    appendAt({1, 2, 3});
    const AuditEntry telling{second(50), "system", "", "endRetention", "audit", "", ""};
    EXPECT_FALSE(commit(
        *m_store, {change::EndAuditRetention{second(3), telling}, change::PutRecord{{"", "", 1, ""}}}));
    EXPECT_EQ(found({}), "3 2 1");
    EXPECT_EQ(report().forgotten, 0);
    appendAt({4});
    EXPECT_FALSE(report().fault) << report().fault->sentence;
}
