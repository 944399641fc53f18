// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/accounts/Accounts.h"
#include "server/accounts/Csv.h"

#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::accounts;
using namespace std::chrono_literals;

TEST(Account, mayBeUsedWithinItsTimeUnlessSuspended) {
    const TimePoint noon{1'000'000s};
    struct Case {
        bool suspended;
        std::optional<TimePoint> from;
        std::optional<TimePoint> until;
        bool allowed;
        bool keeps;
    };
    const Case cases[] = {{false, {}, {}, true, true},         {true, {}, {}, false, true},
                          {false, noon, {}, true, true},       {false, noon + 1s, {}, false, true},
                          {false, {}, noon + 1s, true, true},  {false, {}, noon, false, false},
                          {true, {}, noon - 1s, false, false}, {false, noon - 1h, noon + 1h, true, true}};
    for (const Case& each : cases) {
        Account account;
        account.suspended = each.suspended;
        account.validFrom = each.from;
        account.validUntil = each.until;
        EXPECT_EQ(!refusal(account, noon), each.allowed);
        EXPECT_EQ(keepsBlocks(account, noon), each.keeps);
    }
}

TEST(Account, namesArePlain) {
    for (const char* good : {"a", "jdupont", "jres-007", "anna@univ.example", "A_b.c"})
        EXPECT_TRUE(checkName(good)) << good;
    for (const char* bad : {"", "-a", ".", "@x", "a b", "a:b", "a/b", "a\nb", "\xc3\xa9", "a\"b"})
        EXPECT_FALSE(checkName(bad)) << bad;
    EXPECT_TRUE(checkName(std::string(64, 'a')));
    EXPECT_FALSE(checkName(std::string(65, 'a')));
}

TEST(Account, aPasswordOfAStoredOneIsWorkForAThread) {
    Accounts accounts({{"carol", config::User::Password{"secret"}, Kind::Host, {}}}, "viaduct");
    EXPECT_FALSE(accounts.slowKeys("nobody")) << "nothing to hide while nothing is stored";
    Account dora;
    dora.name = "dora";
    dora.origin = Origin::Stored;
    dora.scram = *credentials::makeScramKeys("a good password", "0123456789abcdef", 4096);
    accounts.put(dora);
    EXPECT_EQ(accounts.slowKeys("dora"), dora.scram);
    EXPECT_FALSE(accounts.slowKeys("carol"));
    ASSERT_TRUE(accounts.slowKeys("nobody")) << "the same work as for who exists";
    EXPECT_FALSE(credentials::verifyPassword(*accounts.slowKeys("nobody"), "a good password"));
    EXPECT_FALSE(accounts.verify(tsp::PlainLogin{"dora", "a good password"})) << "no digest is kept of it";
    accounts.remove("dora");
    EXPECT_FALSE(accounts.find("dora"));
}

TEST(Csv, fieldsAsTheyAreWrittenAndRead) {
    using Rows = std::vector<std::vector<std::string>>;
    const std::pair<const char*, Rows> cases[]
        = {{"a,b\r\nc,d\r\n", {{"a", "b"}, {"c", "d"}}},
           {"\xef\xbb\xbf"
            "a\nb",
            {{"a"}, {"b"}}},
           {"\"a,\"\"b\"\"\",\"c\nd\"\n", {{"a,\"b\"", "c\nd"}}},
           {"a,,\n\n\nb\n", {{"a", "", ""}, {"b"}}},
           {"", {}}};
    for (const auto& [text, expected] : cases) {
        const auto rows = parseCsv(text);
        ASSERT_TRUE(rows) << text << rows.error().message;
        Rows found;
        std::string again;
        for (const CsvRow& row : *rows) {
            found.push_back(row.fields);
            again += csvLine(row.fields);
        }
        EXPECT_EQ(found, expected) << text;
        const auto back = parseCsv(again);
        ASSERT_TRUE(back);
        ASSERT_EQ(back->size(), rows->size());
        for (std::size_t i = 0; i < rows->size(); ++i)
            EXPECT_EQ((*back)[i].fields, (*rows)[i].fields);
    }
}

TEST(Csv, mistakesNameTheirLine) {
    const std::pair<std::string, const char*> cases[]
        = {{"a\n\"b\nc", "line 2: "},
           {"a\nb\"c\"\n", "line 2: "},
           {"a\n\"b\"c\n", "line 2: "},
           {"\xff\xfe", "line 1: "},
           {std::string("a\0b", 3), "line 1: "},
           {"a\n" + std::string(65, ','), "line 2: "},
           {"a\nb\n" + std::string(16'385, 'x'), "line 3: "}};
    for (const auto& [text, begin] : cases) {
        const auto rows = parseCsv(text);
        ASSERT_FALSE(rows) << text;
        EXPECT_TRUE(rows.error().message.starts_with(begin)) << rows.error().message;
    }
    EXPECT_FALSE(parseCsv("a\nb\nc\n", CsvBounds{100, 2, 4, 4}));
}
