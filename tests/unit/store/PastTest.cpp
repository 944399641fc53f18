// SPDX-License-Identifier: GPL-3.0-or-later
// Questions to the history, held against a search of all lines by hand.
#include "tests/unit/store/StoreFixture.h"

#include <algorithm>
#include <random>

using namespace viaduct;
using namespace viaduct::store;

namespace {

using What = HistoryEntry::What;

class PastTest : public StoreFixture {
protected:
    /// Line n is the n-th that was appended; its id is n + 1.
    void append(std::vector<HistoryEntry> lines) {
        std::vector<Change> changes;
        for (const HistoryEntry& entry : lines)
            changes.push_back(change::AppendHistory{entry});
        ASSERT_TRUE(commit(*m_store, std::move(changes)));
        m_lines.insert(m_lines.end(), lines.begin(), lines.end());
    }
    std::vector<std::int64_t> expected(const HistoryFilter& filter, bool newestFirst) const {
        std::vector<std::int64_t> ids;
        for (std::size_t i = 0; i < m_lines.size(); ++i)
            if (matches(filter, m_lines[i]))
                ids.push_back(static_cast<std::int64_t>(i) + 1);
        std::stable_sort(ids.begin(), ids.end(), [this](auto a, auto b) { return at(a) < at(b); });
        if (newestFirst)
            std::reverse(ids.begin(), ids.end());
        return ids;
    }
    /// Page after page.
    std::vector<std::int64_t> found(const HistoryFilter& filter, Page page) {
        std::vector<std::int64_t> ids;
        do {
            const auto answer = asked<Rows<HistoryLine>>(*m_store, &Store::history, filter, page);
            EXPECT_TRUE(answer) << answer.error().message;
            EXPECT_LE(answer->rows.size(), static_cast<std::size_t>(page.limit));
            for (const HistoryLine& line : answer->rows) {
                ids.push_back(line.id);
                EXPECT_EQ(line.entry, m_lines.at(static_cast<std::size_t>(line.id) - 1));
            }
            page.after = answer->next;
        } while (page.after);
        return ids;
    }

private:
    static bool matches(const HistoryFilter& filter, const HistoryEntry& entry) {
        return (!filter.holder || entry.holder == *filter.holder)
            && (!filter.prefix || filter.prefix->overlaps(entry.prefix))
            && (!filter.what || entry.what == *filter.what)
            && (!filter.time.from || entry.at >= *filter.time.from)
            && (!filter.time.to || entry.at <= *filter.time.to);
    }
    TimePoint at(std::int64_t id) const { return m_lines.at(static_cast<std::size_t>(id) - 1).at; }

    std::vector<HistoryEntry> m_lines;
};

/// Few prefixes, holders and moments, so that much coincides. IPv4 among IPv6.
class Dice {
public:
    HistoryEntry line() {
        return {second(number(40)), static_cast<What>(number(3)), somePrefix(), holder(), "P_Sites48"};
    }
    HistoryFilter filter() {
        HistoryFilter filter;
        if (number(1) == 0)
            filter.prefix = somePrefix();
        if (number(2) == 0)
            filter.holder = holder();
        if (number(2) == 0)
            filter.what = static_cast<What>(number(3));
        if (number(2) == 0)
            filter.time.from = second(number(40));
        if (number(2) == 0)
            filter.time.to = second(number(40));
        return filter;
    }
    Page page() { return {{}, 1 + number(60), number(1) == 0}; }

private:
    int number(int most) { return std::uniform_int_distribution<int>(0, most)(m_random); }
    Holder holder() { return "account:" + std::to_string(number(4)); }
    Prefix somePrefix() {
        constexpr std::array lengths{0, 8, 32, 47, 48, 64, 127, 128};
        constexpr std::array v4Lengths{0, 8, 31, 32};
        if (number(4) == 0)
            return {
                IpAddress::v4(0xC6336400U + static_cast<std::uint32_t>(number(3))),
                v4Lengths.at(static_cast<std::size_t>(number(3)))};
        const Uint128 site = (Uint128{0x20010db8} << 96) + (static_cast<Uint128>(number(3)) << 80)
            + static_cast<Uint128>(number(3));
        return {IpAddress::fromNumber(site), lengths.at(static_cast<std::size_t>(number(7)))};
    }

    std::mt19937 m_random{3};
};

} // namespace

TEST_F(PastTest, findsExactlyWhatMatchesInOrderPageByPage) {
    Dice dice;
    std::vector<HistoryEntry> lines;
    for (int i = 0; i < 400; ++i)
        lines.push_back(dice.line());
    append(std::move(lines));
    std::size_t matches = 0;
    for (int i = 0; i < 600; ++i) {
        const HistoryFilter filter = dice.filter();
        const Page page = dice.page();
        const auto ids = found(filter, page);
        ASSERT_EQ(ids, expected(filter, page.newestFirst))
            << (filter.prefix ? filter.prefix->text() : "") << ' ' << filter.holder.value_or("");
        matches += ids.size();
    }
    EXPECT_GT(matches, 10'000U) << "the filters of this test match too little to test anything";
}

TEST_F(PastTest, anAnswerIsBoundedWhateverIsAsked) {
    std::vector<HistoryEntry> lines;
    for (int i = 0; i < 1500; ++i)
        lines.push_back({second(i), What::Connected, prefix("2001:db8::3/128"), "account:a", ""});
    append(std::move(lines));
    for (const int limit : {1'000'000, 1000}) {
        const auto answer
            = asked<Rows<HistoryLine>>(*m_store, &Store::history, HistoryFilter{}, Page{{}, limit, true});
        EXPECT_EQ(answer->rows.size(), 1000U);
        EXPECT_EQ(answer->next, 501);
    }
    EXPECT_EQ(
        asked<Rows<HistoryLine>>(*m_store, &Store::history, HistoryFilter{}, Page{{}, -5, true})->rows.size(),
        1U);
    EXPECT_EQ(
        asked<Rows<HistoryLine>>(*m_store, &Store::history, HistoryFilter{}, Page{9999, 10, true})
            .error()
            .code,
        Error::Code::NotFound);
}

TEST_F(PastTest, tellsWhatAHolderHadFromWhenToWhen) {
    append({
        {second(10), What::Granted, prefix("2001:db8:1::/48"), "account:a", "P"},
        {second(11), What::Connected, prefix("2001:db8:1::/48"), "account:a", ""},
        {second(12), What::Granted, prefix("2001:db8:2::/48"), "account:b", "P"},
        {second(20), What::Released, prefix("2001:db8:1::/48"), "account:a", "P"},
        {second(30), What::Granted, prefix("2001:db8:1::/48"), "account:b", "P"},
        {second(40), What::Granted, prefix("2001:db8:3::/127"), "account:a", "P"},
    });
    const auto tenures = [&](const Page& page) {
        return asked<Rows<Tenure>>(*m_store, &Store::tenures, "account:a", page).value();
    };
    const Tenure first{prefix("2001:db8:1::/48"), "account:a", second(10), second(20)};
    const Tenure last{prefix("2001:db8:3::/127"), "account:a", second(40), {}};
    EXPECT_EQ(tenures({}).rows, (std::vector<Tenure>{last, first}));
    EXPECT_EQ(tenures({{}, 1, false}).rows, (std::vector<Tenure>{first}));
    EXPECT_EQ(tenures({tenures({{}, 1, false}).next, 1, false}).rows, (std::vector<Tenure>{last}));
    EXPECT_TRUE(asked<Rows<Tenure>>(*m_store, &Store::tenures, "account:nobody", Page{})->rows.empty());
}

TEST_F(PastTest, aQuestionSeesWhatWasHandedOverBeforeIt) {
    QObject context;
    for (int i = 0; i < 3000; ++i)
        m_store->commit({line(i, What::Connected, "2001:db8::3/128", "account:a")}, &context, {});
    HistoryFilter filter;
    filter.time.from = second(2999);
    EXPECT_EQ(asked<Rows<HistoryLine>>(*m_store, &Store::history, filter, Page{})->rows.size(), 1U);
}

TEST_F(PastTest, tooManyQuestionsAreRefusedAndNoCommitWaitsForThem) {
    QObject context;
    int busy = 0;
    int answered = 0;
    for (int i = 0; i < 1000; ++i)
        m_store->history({}, {}, &context, [&](const auto& answer) {
            ++answered;
            busy += !answer && answer.error().code == Error::Code::Busy ? 1 : 0;
        });
    EXPECT_EQ(answered, 0) << "never before the caller is back in its event loop";
    EXPECT_TRUE(commit(*m_store, {line(1, What::Connected, "2001:db8::3/128", "account:a")}));
    QEventLoop loop;
    while (answered < 1000)
        loop.processEvents(QEventLoop::WaitForMoreEvents);
    EXPECT_EQ(busy, 1000 - 256);
    EXPECT_TRUE(asked<Rows<HistoryLine>>(*m_store, &Store::history, HistoryFilter{}, Page{}));
}

TEST_F(PastTest, theEndDropsWhatWaits) {
    auto dead = std::make_unique<QObject>();
    bool called = false;
    for (int i = 0; i < 100; ++i)
        m_store->history({}, {}, dead.get(), [&](const auto&) { called = true; });
    dead.reset();
    reopen();
    EXPECT_FALSE(called);
}
