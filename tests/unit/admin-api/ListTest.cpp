// SPDX-License-Identifier: GPL-3.0-or-later
// Going through a list page by page meets each item once, in the order that was asked for.
#include "server/api/List.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

using namespace viaduct;
using namespace viaduct::face;

namespace {

struct Item {
    QString id;
    QString organisation;
};

std::vector<Item> manyItems() {
    std::vector<Item> items;
    for (int i = 0; i < 1000; ++i)
        items.push_back(
            {QStringLiteral("a%1").arg(i, 4, 10, QLatin1Char('0')),
             QStringLiteral("%1niversity %2").arg(QChar(i % 2 ? u'U' : u'u')).arg(i % 7)});
    std::shuffle(items.begin(), items.end(), std::mt19937(7));
    return items;
}

/// All pages, one after the other.
std::vector<QString> walk(const std::vector<Item>& items, const std::string& sort, const std::string& limit) {
    std::vector<QString> seen;
    std::string cursor;
    do {
        http::Pairs pairs{{"sort", sort}, {"limit", limit}};
        if (!cursor.empty())
            pairs.emplace_back("cursor", cursor);
        Query query(pairs);
        ListQuery list = readList(query, api::operation::listAccounts);
        readCursor(query, list);
        EXPECT_TRUE(query.isGood());
        FirstItems first(list);
        for (const Item& item : items)
            first.offer(
                {0, list.field == QLatin1String("organisation") ? item.organisation : item.id, item.id});
        const FirstItems::Taken taken = first.take();
        for (const ListKey& key : taken.keys)
            seen.push_back(key.id);
        cursor = taken.next.toStdString();
    } while (!cursor.empty() && seen.size() <= items.size());
    return seen;
}

std::vector<std::string> mistakesOf(const http::Pairs& pairs) {
    Query query(pairs);
    ListQuery list = readList(query, api::operation::listAccounts);
    readCursor(query, list);
    std::vector<std::string> pointers;
    for (const api::FieldError& error : query.problem().errors)
        pointers.push_back(error.pointer.toStdString());
    return pointers;
}

} // namespace

TEST(List, everyItemComesOnceInOrder) {
    const std::vector<Item> items = manyItems();
    const std::vector<QString> byName = walk(items, "name", "7");
    ASSERT_EQ(byName.size(), items.size());
    EXPECT_TRUE(std::is_sorted(byName.begin(), byName.end()));
    const std::vector<QString> byOrganisation = walk(items, "organisation", "1000");
    ASSERT_EQ(byOrganisation.size(), items.size());
    // Whatever the case of letters: those of organisation 0 first, by name among themselves.
    EXPECT_EQ(byOrganisation[0], QStringLiteral("a0000"));
    EXPECT_EQ(byOrganisation[1], QStringLiteral("a0007"));
}

TEST(List, aHyphenTurnsItRound) {
    const std::vector<Item> items = manyItems();
    std::vector<QString> seen = walk(items, "-created", "99");
    std::reverse(seen.begin(), seen.end());
    EXPECT_EQ(seen, walk(items, "created", "1000"));
}

TEST(List, mistakesAreNamed) {
    EXPECT_TRUE(mistakesOf({}).empty());
    EXPECT_EQ(mistakesOf({{"limit", "0"}}), std::vector<std::string>{"/query/limit"});
    EXPECT_EQ(mistakesOf({{"limit", "1001"}}), std::vector<std::string>{"/query/limit"});
    EXPECT_EQ(mistakesOf({{"limit", "many"}}), std::vector<std::string>{"/query/limit"});
    EXPECT_EQ(mistakesOf({{"sort", "password"}}), std::vector<std::string>{"/query/sort"});
    EXPECT_EQ(mistakesOf({{"cursor", "!!"}}), std::vector<std::string>{"/query/cursor"});
    EXPECT_EQ(mistakesOf({{"cursor", "eyJuIjoiemV0YSJ9"}}), std::vector<std::string>{"/query/cursor"});
}

TEST(List, aCursorOfAnotherOrderIsAMistake) {
    ListQuery list;
    list.sort = QStringLiteral("created");
    const std::string cursor = cursorAfter(list, {7, {}, QStringLiteral("x")}).toStdString();
    EXPECT_TRUE(mistakesOf({{"sort", "created"}, {"cursor", cursor}}).empty());
    EXPECT_EQ(mistakesOf({{"sort", "name"}, {"cursor", cursor}}), std::vector<std::string>{"/query/cursor"});
}
