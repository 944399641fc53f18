// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/store/StoreFixture.h"

#include <algorithm>

using namespace viaduct;
using namespace viaduct::store;

namespace {

class RecordTest : public StoreFixture {
protected:
    Result<void> put(const std::string& id, std::int64_t version, const std::string& body) {
        return commit(*m_store, {change::PutRecord{{"account", id, version, body}}});
    }
    std::vector<Record> records() {
        auto found = m_store->load().value().records;
        std::sort(found.begin(), found.end(), [](const Record& a, const Record& b) {
            return std::tie(a.kind, a.id) < std::tie(b.kind, b.id);
        });
        return found;
    }
};

} // namespace

TEST_F(RecordTest, areThereAfterReopeningAndGoneWhenDropped) {
    const std::string body = R"({"name":"Zoë","purpose":"thèse 🎓"})";
    ASSERT_TRUE(put("a", 1, body));
    ASSERT_TRUE(put("b", 1, ""));
    ASSERT_TRUE(put("b", 2, "{}"));
    ASSERT_TRUE(commit(*m_store, {change::PutRecord{{"token", "a", 1, "another kind, the same id"}}}));
    reopen();
    EXPECT_EQ(
        records(),
        (std::vector<Record>{
            {"account", "a", 1, body},
            {"account", "b", 2, "{}"},
            {"token", "a", 1, "another kind, the same id"}}));
    ASSERT_TRUE(
        commit(*m_store, {change::DropRecord{"account", "a"}, change::DropRecord{"account", "none"}}));
    EXPECT_EQ(records().size(), 2U);
}

TEST_F(RecordTest, anUpdateIsNeverLost) {
    ASSERT_TRUE(put("a", 1, "one"));
    EXPECT_EQ(put("a", 1, "made again").error().code, Error::Code::Denied);
    EXPECT_EQ(put("a", 3, "a step left out").error().code, Error::Code::Denied);
    ASSERT_TRUE(put("a", 2, "two"));
    const auto second = put("a", 2, "two, by another");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Error::Code::Denied);
    EXPECT_EQ(
        second.error().message,
        "the record account a is no longer as it was when version 2 was made of it: read it again, then "
        "change it");
    EXPECT_EQ(records().at(0).body, "two");
    ASSERT_TRUE(commit(*m_store, {change::DropRecord{"account", "a"}}));
    EXPECT_EQ(put("a", 3, "what is gone does not come back").error().code, Error::Code::Denied);
    EXPECT_TRUE(records().empty());
}

TEST_F(RecordTest, theListThatWouldLoseAnUpdateFailsAlone) {
    ASSERT_TRUE(put("a", 1, "one"));
    QObject context;
    std::vector<bool> durable;
    for (const char* body : {"first", "second"})
        m_store->commit(
            {change::PutRecord{{"account", std::string("made with ") + body, 1, ""}},
             change::PutRecord{{"account", "a", 2, body}}},
            &context, [&](const Result<void>& result) { durable.push_back(result.has_value()); });
    QEventLoop loop;
    while (durable.size() < 2)
        loop.processEvents(QEventLoop::WaitForMoreEvents);
    EXPECT_EQ(durable, (std::vector<bool>{true, false}));
    ASSERT_EQ(records().size(), 2U);
    EXPECT_EQ(records().at(0).body, "first");
}

TEST_F(RecordTest, whatWouldNotComeBackAsItWentInIsRefused) {
    const std::string longest(Record::mostBody, 'x');
    EXPECT_TRUE(put("long", 1, longest));
    for (const std::string& body :
         {longest + 'x', std::string("NUL\0", 4), std::string("\xff"), std::string("\xc3"),
          std::string("\xef\xbb\xbfmark"), std::string("\xed\xa0\x80")})
        EXPECT_EQ(put("b", 1, body).error().code, Error::Code::Invalid) << body.substr(0, 8);
    EXPECT_EQ(put("", 1, "{}").error().code, Error::Code::Invalid);
    EXPECT_EQ(put(std::string(Record::mostId + 1, 'i'), 1, "{}").error().code, Error::Code::Invalid);
    EXPECT_EQ(put("b", 0, "{}").error().code, Error::Code::Invalid);
    EXPECT_EQ(commit(*m_store, {change::PutRecord{{"", "b", 1, "{}"}}}).error().code, Error::Code::Invalid);
    EXPECT_EQ(records(), (std::vector<Record>{{"account", "long", 1, longest}}));
}
