// SPDX-License-Identifier: GPL-3.0-or-later
// The map of a pool beside what the ledger itself says of every block, after whatever may happen to them.
#include "server/broker/Ledger.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

using namespace viaduct;
using namespace viaduct::broker;
using namespace std::chrono_literals;
using Map = addressing::OccupancyMap;
using State = Map::State;

namespace {

const store::TimePoint noon{std::chrono::seconds(1'767'268'800)}; // 2026-01-01T12:00:00Z

IpAddress address(const char* text) {
    return *IpAddress::fromText(text);
}

config::Configuration sampleConfiguration() {
    config::Configuration configuration;
    configuration.pools
        = {{"ends", *Prefix::fromText("2001:db8:0:1::/123"), 128},
           {"sites", *Prefix::fromText("2001:db8:1000::/44"), 48},
           {"v4", *Prefix::fromText("192.0.2.0/28"), 32}};
    return configuration; // no tunnel server names them: a day of quarantine each
}

/// Does random things to a ledger, as a broker might.
class RandomBroker {
public:
    explicit RandomBroker(unsigned seed)
        : m_random(seed), m_configuration(sampleConfiguration()), m_ledger(m_configuration) { }

    /// What differs between map and ledger after the step; empty: nothing.
    std::string step() {
        switch (below(12)) {
        case 0:
        case 1:
        case 2:
            draw([&](Draft& draft) { (void)m_ledger.allocate(anyPool().name, anyHolder(), m_now, draft); });
            break;
        case 3:
            draw([&](Draft& draft) { (void)m_ledger.allocateBlock(anyBlock(), anyHolder(), m_now, draft); });
            break;
        case 4:
        case 5:
            draw([&](Draft& draft) { m_ledger.release(anyHolder(), m_now, draft); });
            break;
        case 6:
        case 7:
        case 8:
            bringUpOrDown();
            break;
        case 9:
            draw([&](Draft& draft) { m_ledger.forgetReleased(m_now, draft); }, false);
            break;
        case 10:
            letTimePass();
            break;
        default:
            if (below(8) == 0)
                reshape();
        }
        return difference();
    }
    int undone() const { return m_undone; }
    const std::set<State>& seen() const { return m_seen; }

private:
    int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(m_random); }
    const config::Pool& anyPool() { return m_configuration.pools[static_cast<std::size_t>(below(3))]; }
    std::string anyHolder() {
        static constexpr std::array<const char*, 4> schemes{"account:", "anonymous:", "static:", "reserved:"};
        return schemes[static_cast<std::size_t>(below(4))] + std::to_string(below(4));
    }
    Prefix anyBlock() {
        const config::Pool& pool = anyPool();
        const int length = pool.blockLength == 48 ? 48 : pool.blockLength - 1;
        const Uint128 offset = Uint128{static_cast<unsigned>(below(16))} << (pool.prefix.width() - length);
        return {IpAddress::fromNumber(pool.prefix.address().number() + offset), length};
    }

    /// The transaction may fail; a tunnel may come up or go down before that is known.
    template <typename Change>
    void draw(const Change& change, bool mayFail = true) {
        Draft draft;
        change(draft);
        if (!mayFail || below(3) != 0)
            return;
        if (below(2) == 0)
            bringUpOrDown();
        m_ledger.undo(draft);
        ++m_undone;
    }
    void bringUpOrDown() {
        const Prefix block = anyBlock();
        const bool up = below(2) == 0;
        // Any address within will do: a tunnel knows its own, not the block's first.
        const IpAddress inside = IpAddress::fromNumber(block.address().number() + 1);
        m_ledger.setActive(inside, up);
        if (up)
            m_active.insert(block);
        else
            m_active.erase(block);
    }
    void letTimePass() {
        static constexpr std::array<std::chrono::seconds, 6> steps{1s, 7h, 17h, 24h, 31 * 24h, -20h};
        m_now += steps[static_cast<std::size_t>(below(6))];
    }
    /// Another configuration, or a restart.
    void reshape() {
        const auto before = m_ledger.allocations();
        Draft draft;
        m_ledger = Ledger(m_configuration);
        m_ledger.adopt(
            before, [this](const store::Allocation&) { return below(4) != 0; }, m_now, draft);
        for (const Prefix& block : m_active)
            m_ledger.setActive(block.address(), true);
    }

    std::map<Prefix, State> expected(const config::Pool& pool) const {
        std::map<Prefix, State> result;
        if (pool.blockLength != 48)
            result[Prefix(pool.prefix.address(), pool.prefix.width() - 1)] = State::Reserved; // anycast
        for (const store::Allocation& known : m_ledger.allocations()) {
            if (known.pool != pool.name)
                continue;
            if (known.quarantinedUntil) {
                if (*known.quarantinedUntil > m_now)
                    result[known.block] = State::Quarantined;
            } else if (known.holder.starts_with("static:")) {
                result[known.block] = State::Static;
            } else if (known.holder.starts_with("reserved:")) {
                result[known.block] = State::Reserved;
            } else {
                result[known.block] = m_active.contains(known.block) ? State::Active : State::Allocated;
            }
        }
        return result;
    }

    /// Not every time: what has happened since the map was last looked at must add up.
    std::string difference() {
        if (below(3) == 0)
            return {};
        for (const config::Pool& pool : m_configuration.pools) {
            const Map* map = m_ledger.occupancy(pool.name, m_now);
            const auto blocks = expected(pool);
            if (map->counts().used() != blocks.size())
                return "counts of " + pool.name;
            const auto grid = map->map(pool.prefix, Map::deepest).value();
            for (const auto& cell : grid.occupied) {
                const auto block = blocks.find(cell.prefix);
                if (block == blocks.end() || cell.counts.of(block->second) != 1)
                    return "state of " + cell.prefix.text();
                m_seen.insert(block->second);
            }
        }
        return {};
    }

    std::mt19937 m_random;
    config::Configuration m_configuration;
    Ledger m_ledger;
    std::set<Prefix> m_active;
    store::TimePoint m_now = noon;
    int m_undone = 0;
    std::set<State> m_seen;
};

} // namespace

TEST(Ledger, theMapShowsWhatTheLedgerKnows) {
    for (unsigned seed = 1; seed <= 10; ++seed) {
        RandomBroker broker(seed);
        for (int step = 0; step < 2000; ++step)
            ASSERT_EQ(broker.step(), "") << "seed " << seed << ", step " << step;
        EXPECT_EQ(broker.seen().size(), 5U) << "every state but free has been met";
        EXPECT_GT(broker.undone(), 100);
    }
}

TEST(Ledger, aBlockIsFreeOnTheMapWhenItsQuarantineEnds) {
    Ledger ledger(sampleConfiguration());
    Draft draft;
    const Prefix block = ledger.allocate("sites", "account:a", noon, draft).value();
    const auto state
        = [&](store::TimePoint time) { return ledger.occupancy("sites", time)->at(block.address())->state; };
    EXPECT_EQ(state(noon), State::Allocated);
    ledger.setActive(address("2001:db8:1000::77"), true);
    EXPECT_EQ(state(noon), State::Active);
    ledger.release("account:a", noon, draft);
    EXPECT_EQ(state(noon), State::Quarantined);
    EXPECT_EQ(state(noon + 24h - 1s), State::Quarantined);
    EXPECT_EQ(state(noon + 24h), State::Free);
    EXPECT_EQ(state(noon + 23h), State::Quarantined) << "the clock was put back";
    EXPECT_EQ(ledger.allocate("sites", "account:a", noon + 48h, draft), block);
    EXPECT_EQ(state(noon + 48h), State::Active) << "its tunnel never went down";
}

TEST(Ledger, aForgottenBlockIsFreeThoughNobodyLookedForMonths) {
    Ledger ledger(sampleConfiguration());
    Draft draft;
    const Prefix block = ledger.allocate("sites", "account:a", noon, draft).value();
    ledger.release("account:a", noon, draft);
    ledger.forgetReleased(noon + 60 * 24h, draft);
    EXPECT_EQ(ledger.occupancy("sites", noon + 60 * 24h)->at(block.address())->state, State::Free);
}

TEST(Ledger, theAnycastPairIsReservedOnTheMap) {
    Ledger ledger(sampleConfiguration());
    const Map* ends = ledger.occupancy("ends", noon);
    ASSERT_TRUE(ends);
    EXPECT_EQ(ends->at(address("2001:db8:0:1::1"))->state, State::Reserved);
    EXPECT_EQ(ends->counts().used(), 1U);
    ledger.setActive(address("2001:db8:0:1::1"), true);
    EXPECT_EQ(ends->at(address("2001:db8:0:1::1"))->state, State::Reserved);
    EXPECT_EQ(ledger.occupancy("sites", noon)->counts().used(), 0U);
    EXPECT_EQ(ledger.occupancy("nowhere", noon), nullptr);
}

TEST(Ledger, aPartIsSetAsideUnlessSomebodyHoldsSomeOfIt) {
    Ledger ledger(sampleConfiguration());
    Draft draft;
    const auto part = [](const char* text) { return *Prefix::fromText(text); };
    EXPECT_EQ(ledger.reserve(part("2001:db9::/48")).error().code, Error::Code::Invalid);
    EXPECT_EQ(ledger.reserve(part("2001:db8:1000::/49")).error().code, Error::Code::Invalid);
    ASSERT_TRUE(ledger.reserve(part("2001:db8:1000::/47")));
    EXPECT_EQ(ledger.reserve(part("2001:db8:1001::/48")).error().code, Error::Code::Invalid);
    const Prefix block = ledger.allocate("sites", "account:a", noon, draft).value();
    EXPECT_EQ(block, part("2001:db8:1002::/48"));
    EXPECT_EQ(ledger.reserve(part("2001:db8:1002::/47")).error().code, Error::Code::Exhausted);
    ledger.release("account:a", noon, draft);
    EXPECT_TRUE(ledger.reserve(part("2001:db8:1002::/47"))) << "what rests in quarantine may be set aside";
    EXPECT_EQ(ledger.allocate("sites", "account:a", noon, draft), part("2001:db8:1004::/48"));
    EXPECT_TRUE(ledger.reserve(part("2001:db8:0:1::10/124"))) << "pairs, too";
    ledger.unreserve(part("2001:db8:1000::/47"));
    EXPECT_EQ(ledger.allocate("sites", "account:b", noon, draft), part("2001:db8:1000::/48"));
}

TEST(Ledger, sinceWhenABlockIsHeldOutlivesAnotherConfiguration) {
    Ledger ledger(sampleConfiguration());
    Draft draft;
    const Prefix block = ledger.allocate("sites", "account:a", noon, draft).value();
    const auto since = [&](const Ledger& of) { return of.at("sites", block.address())->since; };
    EXPECT_EQ(since(ledger), noon);
    Draft released;
    ledger.release("account:a", noon + 2h, released);
    EXPECT_EQ(since(ledger), noon + 2h);
    EXPECT_EQ(ledger.at("sites", block.address())->quarantinedUntil, noon + 26h);
    ledger.undo(released);
    EXPECT_EQ(since(ledger), noon) << "as if it had not been released";
    Ledger other(sampleConfiguration());
    other.adopt(
        ledger.allocations(), [](const store::Allocation&) { return true; }, noon + 3h, draft);
    EXPECT_EQ(since(other), noon);
}
