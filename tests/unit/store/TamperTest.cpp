// SPDX-License-Identifier: GPL-3.0-or-later
// What somebody who can write the file might do to the audit, and what verifyAudit() says to it.
#include "server/store/AuditChain.h"
#include "server/store/AuditCheck.h"
#include "tests/unit/store/StoreFixture.h"

#include <filesystem>

using namespace viaduct;
using namespace viaduct::store;

namespace {

using Kind = AuditFault::Kind;

constexpr int lines = 600; // more than are read at a time

class TamperTest : public StoreFixture {
protected:
    void SetUp() override {
        StoreFixture::SetUp();
        std::vector<Change> changes;
        for (int i = 1; i <= lines; ++i)
            changes.push_back(change::AppendAudit{
                {second(i), "person:1", "192.0.2.1", "account.change", "account:" + std::to_string(i), "{}",
                 "{}"}});
        ASSERT_TRUE(commit(*m_store, std::move(changes)));
        ASSERT_FALSE(verifyAudit(file())->fault);
        m_head = verifyAudit(file())->head;
        m_store.reset();
        run("DROP TRIGGER audit_refuses_UPDATE");
        run("DROP TRIGGER audit_refuses_DELETE");
    }
    void run(const char* statement) {
        const QString error = sql(file(), QString::fromLatin1(statement)).error;
        EXPECT_EQ(error, QString()) << statement;
    }
    /// "KIND SEQ: sentence", or "sound".
    std::string verdict(std::optional<AuditHead> kept = {}) {
        const auto report = verifyAudit(file(), kept);
        if (!report)
            return "error: " + report.error().message;
        if (!report->fault)
            return "sound";
        constexpr std::array names{"changed", "missing", "reordered", "head", "base"};
        return std::string(names.at(static_cast<std::size_t>(report->fault->kind))) + ' '
            + std::to_string(report->fault->seq) + ": " + report->fault->sentence;
    }
    /// The same things happened, but for one; hashes and head made anew by somebody who can compute them.
    void makeAnew(int from) {
        AuditHead head;
        for (int i = 1; i <= lines; ++i) {
            head = appended(
                head,
                {second(i), i == from ? "person:2" : "person:1", "192.0.2.1", "account.change",
                 "account:" + std::to_string(i), "{}", "{}"});
            if (i >= from)
                run(QStringLiteral("UPDATE audit SET hash = '%1', actor = '%2' WHERE seq = %3")
                        .arg(
                            QString::fromStdString(text(head.hash)),
                            i == from ? QStringLiteral("person:2") : QStringLiteral("person:1"))
                        .arg(i)
                        .toLatin1()
                        .constData());
        }
        run(QStringLiteral("UPDATE audit_head SET hash = '%1'")
                .arg(QString::fromStdString(text(head.hash)))
                .toLatin1()
                .constData());
    }

    /// As a broker does it: the first `count` lines go.
    void forget(int count) {
        open();
        const AuditEntry telling{second(lines + 1), "system", "", "endRetention", "audit", "", ""};
        ASSERT_TRUE(commit(*m_store, {change::EndAuditRetention{second(count + 1), telling}}));
        m_store.reset();
    }
    AuditHead headAt(int seq) {
        const QString where = QStringLiteral("SELECT hash FROM audit WHERE seq = %1").arg(seq);
        return {seq, auditHashFromText(sql(file(), where).value.toString().toStdString()).value()};
    }

    AuditHead m_head;
};

} // namespace

TEST_F(TamperTest, nothingDoneIsSound) {
    EXPECT_EQ(verdict(), "sound");
    EXPECT_EQ(verdict(m_head), "sound");
    open();
    EXPECT_EQ(verdict(), "sound") << "beside a running broker";
}

TEST_F(TamperTest, everyFieldIsCovered) {
    for (const char* change :
         {"at = at + 1", "actor = 'person:2'", "origin = '192.0.2.2'", "action = 'account.erase'",
          "target = 'account:0'", "value_before = ''", "value_after = '[]'", "hash = upper(hash)",
          "hash = 'x'", "hash = NULL", "actor = actor || x'00'"}) {
        const auto copy = file() + ".sound";
        std::filesystem::copy_file(file(), copy, std::filesystem::copy_options::overwrite_existing);
        if (sql(file(),
                QStringLiteral("UPDATE audit SET %1 WHERE seq = 517").arg(QString::fromLatin1(change)))
                .error.isEmpty())
            EXPECT_EQ(verdict(), "changed 517: line 517 is not what was written") << change;
        else
            EXPECT_EQ(std::string(change), "hash = NULL") << "the table refuses that itself";
        std::filesystem::rename(copy, file());
    }
}

TEST_F(TamperTest, linesTakenOut) {
    run("DELETE FROM audit WHERE seq BETWEEN 7 AND 9");
    EXPECT_EQ(verdict(), "missing 7: line 7 is missing; the next one there is 10");
    run("DELETE FROM audit WHERE seq = 1");
    EXPECT_EQ(verdict(), "missing 1: line 1 is missing; the next one there is 2");
    run("DELETE FROM audit");
    EXPECT_EQ(verdict(), "missing 1: the end is missing, from line 1 to 600");
}

TEST_F(TamperTest, aGapClosedByRenumbering) {
    run("DELETE FROM audit WHERE seq = 7");
    run("UPDATE audit SET seq = -seq WHERE seq > 7");
    run("UPDATE audit SET seq = -seq - 1 WHERE seq < 0");
    run("UPDATE audit_head SET seq = seq - 1");
    EXPECT_EQ(verdict(), "changed 7: line 7 is not what was written");
}

TEST_F(TamperTest, theEndCutOff) {
    run("DELETE FROM audit WHERE seq > 590");
    EXPECT_EQ(verdict(), "missing 591: the end is missing, from line 591 to 600");
    open(); // a broker that goes on does not hide it
    ASSERT_TRUE(commit(*m_store, {change::AppendAudit{{second(700), "person:1", "", "login", "", "", ""}}}));
    EXPECT_EQ(verdict(), "missing 591: line 591 is missing; the next one there is 601");
}

TEST_F(TamperTest, theEndCutOffWithItsNoteIsSeenByWhoNotedItElsewhere) {
    run("DELETE FROM audit WHERE seq > 590");
    run("UPDATE audit_head SET seq = 590, hash = (SELECT hash FROM audit WHERE seq = 590)");
    EXPECT_EQ(verdict(), "sound") << "the chain alone cannot tell";
    EXPECT_EQ(verdict(m_head), "missing 591: the end is missing: the chain was known to go on to line 600");
}

TEST_F(TamperTest, linesMoved) {
    run("UPDATE audit SET seq = -3 WHERE seq = 3");
    run("UPDATE audit SET seq = 3 WHERE seq = 555");
    run("UPDATE audit SET seq = 555 WHERE seq = -3");
    EXPECT_EQ(verdict(), "reordered 3: line 3 stands at 555");
}

TEST_F(TamperTest, neighboursSwappedWithoutTheirHashes) {
    run("UPDATE audit SET target = 'account:' || (9 - seq), at = 1767225600000 + (9 - seq) * 1000 "
        "WHERE seq IN (4, 5)");
    EXPECT_EQ(verdict(), "reordered 4: line 4 stands at 5");
}

TEST_F(TamperTest, aLineMovedToTheEnd) {
    run("UPDATE audit SET seq = 601 WHERE seq = 20");
    EXPECT_EQ(verdict(), "reordered 20: line 20 stands at 601");
}

TEST_F(TamperTest, linesPutIn) {
    run("INSERT INTO audit SELECT 0, at, actor, origin, action, target, value_before, value_after, hash "
        "FROM audit WHERE seq = 1");
    EXPECT_EQ(verdict(), "changed 0: a line 0 that was never written");
    run("UPDATE audit SET seq = 601 WHERE seq = 0");
    EXPECT_EQ(verdict(), "changed 601: line 601 is not what was written");
}

TEST_F(TamperTest, aSecondLineUnderOneNumber) {
    run("ALTER TABLE audit RENAME TO true_audit");
    run("CREATE TABLE audit AS SELECT * FROM true_audit");
    run("INSERT INTO audit SELECT * FROM true_audit WHERE seq = 500"); // where a page ends
    EXPECT_EQ(verdict(), "changed 601: the table has 601 lines, but the chain is one of 600");
}

TEST_F(TamperTest, theNoteOfTheEnd) {
    run("UPDATE audit_head SET seq = 599, hash = (SELECT hash FROM audit WHERE seq = 599)");
    EXPECT_EQ(verdict(), "head 600: the chain was noted to end with line 599, but goes on to 600");
    run("UPDATE audit_head SET seq = 600");
    EXPECT_EQ(verdict(), "head 600: the noted hash of the chain's end is not that of its last line");
    run("DELETE FROM audit_head");
    EXPECT_EQ(verdict(), "head 600: the note of the chain's end is missing");
    open();
    EXPECT_FALSE(commit(*m_store, {change::AppendAudit{{second(700), "person:1", "", "login", "", "", ""}}}));
}

TEST_F(TamperTest, allMadeAnewIsSeenByWhoNotedTheHead) {
    makeAnew(300);
    EXPECT_EQ(verdict(), "sound") << "whoever can write all can make a chain";
    EXPECT_EQ(
        verdict(m_head),
        "changed 600: the chain is not the one whose line 600 was noted: it was made anew from some line on");
}

TEST_F(TamperTest, filesThatCannotBeChecked) {
    EXPECT_FALSE(verifyAudit(directory() + "/none.db"));
    EXPECT_FALSE(std::filesystem::exists(directory() + "/none.db")) << "it makes no file";
    run("DROP TABLE audit");
    EXPECT_EQ(verdict().substr(0, 6), "error:");
    EXPECT_EQ(
        sql(directory() + "/foreign.db", QStringLiteral("CREATE TABLE recipe(name TEXT)")).error, QString());
    const auto foreign = verifyAudit(directory() + "/foreign.db");
    ASSERT_FALSE(foreign);
    EXPECT_NE(foreign.error().message.find("is no database of Viaduct"), std::string::npos);
}

// --- a chain whose beginning was forgotten by retention

TEST_F(TamperTest, whatRetentionForgetsIsNoTampering) {
    const AuditHead old = headAt(99);
    const AuditHead last = headAt(100);
    const AuditHead first = headAt(101);
    forget(100);
    EXPECT_EQ(verdict(), "sound");
    EXPECT_EQ(verifyAudit(file())->forgotten, 100);
    EXPECT_EQ(verifyAudit(file())->entries, 501) << "500, and the line that tells of it";
    EXPECT_EQ(verifyAudit(file())->remark, "");
    for (const AuditHead& kept : {last, first, m_head}) {
        EXPECT_EQ(verdict(kept), "sound");
        EXPECT_EQ(verifyAudit(file(), kept)->remark, "");
    }
    EXPECT_EQ(verdict(old), "sound");
    EXPECT_EQ(
        verifyAudit(file(), old)->remark,
        "line 99, whose hash was noted, is forgotten since its retention ended: it cannot be compared any "
        "more");
    EXPECT_EQ(
        verdict(AuditHead{100, old.hash}),
        "changed 100: the chain is not the one whose line 100 was noted: it was made anew from some line on");
}

TEST_F(TamperTest, linesTakenOutOfAChainWithoutItsBeginning) {
    forget(100);
    run("DELETE FROM audit WHERE seq = 300");
    EXPECT_EQ(verdict(), "missing 300: line 300 is missing; the next one there is 301");
    run("DELETE FROM audit WHERE seq < 110");
    EXPECT_EQ(verdict(), "missing 101: line 101 is missing; the next one there is 110")
        << "more went than retention has noted";
    run("DELETE FROM audit");
    EXPECT_EQ(verdict(), "missing 101: the end is missing, from line 101 to 601");
    run("UPDATE audit_base SET seq = 601, hash = (SELECT hash FROM audit_head)");
    EXPECT_EQ(verdict(), "missing 601: all lines are missing: retention never forgets the last one");
}

TEST_F(TamperTest, linesChangedAndMovedInAChainWithoutItsBeginning) {
    forget(100);
    const auto copy = file() + ".sound";
    std::filesystem::copy_file(file(), copy);
    run("UPDATE audit SET actor = 'person:2' WHERE seq = 400");
    EXPECT_EQ(verdict(), "changed 400: line 400 is not what was written");
    std::filesystem::copy_file(copy, file(), std::filesystem::copy_options::overwrite_existing);
    run("UPDATE audit SET seq = 700 WHERE seq = 101");
    EXPECT_EQ(verdict(), "reordered 101: line 101 stands at 700");
    std::filesystem::copy_file(copy, file(), std::filesystem::copy_options::overwrite_existing);
    run("UPDATE audit SET actor = 'person:2' WHERE seq = 101");
    EXPECT_EQ(
        verdict(),
        "changed 101: line 101, with which the chain begins, is not what was written, or the note of what "
        "was "
        "before it is not");
    run("DELETE FROM audit_head");
    std::filesystem::copy_file(copy, file(), std::filesystem::copy_options::overwrite_existing);
    run("DELETE FROM audit_head");
    EXPECT_EQ(verdict(), "head 601: the note of the chain's end is missing");
}

TEST_F(TamperTest, theNoteOfTheBeginning) {
    forget(100);
    const auto copy = file() + ".sound";
    std::filesystem::copy_file(file(), copy);
    const auto after = [&](const char* change) {
        std::filesystem::copy_file(copy, file(), std::filesystem::copy_options::overwrite_existing);
        run(change);
        return verdict();
    };
    EXPECT_EQ(
        after("UPDATE audit_base SET seq = 120"),
        "base 101: line 101 is there, but all up to line 120 were noted to be forgotten");
    EXPECT_EQ(
        after("UPDATE audit_base SET seq = 90"), "missing 91: line 91 is missing; the next one there is 101");
    EXPECT_EQ(
        after("UPDATE audit_base SET hash = (SELECT hash FROM audit WHERE seq = 200)"),
        "changed 101: line 101, with which the chain begins, is not what was written, or the note of what "
        "was "
        "before it is not");
    EXPECT_EQ(
        after("UPDATE audit_base SET seq = 0"),
        "base 1: the note of the chain's beginning is none that was ever written");
    EXPECT_EQ(
        after("UPDATE audit_base SET hash = 'x'"),
        "base 1: the note of the chain's beginning is none that was ever written");
    EXPECT_EQ(after("DELETE FROM audit_base"), "base 1: the note of the chain's beginning is missing");
    open();
    const AuditEntry telling{second(lines + 2), "system", "", "endRetention", "audit", "", ""};
    EXPECT_FALSE(commit(*m_store, {change::EndAuditRetention{second(200), telling}}));
    EXPECT_TRUE(commit(*m_store, {change::AppendAudit{telling}})) << "what is done must still be written";
}

TEST_F(TamperTest, retentionDoesNotWashAwayWhatShowsTampering) {
    run("UPDATE audit SET actor = 'person:2' WHERE seq = 50");
    forget(100);
    EXPECT_EQ(verifyAudit(file())->forgotten, 49);
    EXPECT_EQ(
        verdict(),
        "changed 50: line 50, with which the chain begins, is not what was written, or the note of what was "
        "before it is not");
    run("DELETE FROM audit WHERE seq = 50");
    forget(200);
    EXPECT_EQ(verdict(), "missing 50: line 50 is missing; the next one there is 51");
}
