// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/addressing/PoolAllocator.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <tuple>

namespace viaduct::addressing {

namespace {

/// 2^bits - 1, bits 0..128.
Uint128 ones(int bits) {
    return bits == 0 ? Uint128{0} : ~Uint128{0} >> (128 - bits);
}

/// ISO 8601, UTC, to the second: 2026-01-31T08:05:00Z.
std::string timeText(TimePoint time) {
    using namespace std::chrono;
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(floor<seconds>(time - day));
    std::array<char, 64> text{};
    std::snprintf(
        text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()));
    return text.data();
}

} // namespace

bool PoolAllocator::ByHolder::operator()(const Known* a, const Known* b) const {
    return std::tie(a->second.holder, a->second.until, b->first)
        < std::tie(b->second.holder, b->second.until, a->first);
}

bool PoolAllocator::ByUntil::operator()(const Known* a, const Known* b) const {
    return std::tie(a->second.until, a->first) < std::tie(b->second.until, b->first);
}

PoolAllocator::PoolAllocator(const Prefix& pool, int blockLength, bool skipFirst)
    : m_pool(pool), m_blockLength(std::clamp(blockLength, pool.length(), pool.width())),
      m_shift(pool.width() - m_blockLength), m_first(skipFirst ? 1 : 0),
      m_last(ones(m_blockLength - pool.length())) {
    if (m_first <= m_last)
        m_free.emplace(m_first, m_last);
}

Uint128 PoolAllocator::size() const {
    if (m_first > m_last)
        return 0;
    const Uint128 span = m_last - m_first;
    return span == ~Uint128{0} ? span : span + 1;
}

PoolAllocator::Index PoolAllocator::indexOf(const IpAddress& address) const {
    const Uint128 offset = address.number() - m_pool.address().number();
    return m_shift == 128 ? Uint128{0} : offset >> m_shift;
}

Prefix PoolAllocator::blockAt(Index index) const {
    const Uint128 offset = m_shift == 128 ? Uint128{0} : index << m_shift;
    return {IpAddress::fromNumber(m_pool.address().number() + offset), m_blockLength};
}

Result<void> PoolAllocator::checkBlock(const Prefix& block) const {
    if (block.length() != m_blockLength || !m_pool.contains(block))
        return failure(
            Error::Code::Invalid,
            block.text() + " is no block of the pool " + m_pool.text() + ", which gives out /"
                + std::to_string(m_blockLength));
    if (indexOf(block.address()) < m_first)
        return failure(
            Error::Code::Invalid,
            block.text() + " is the first block of the pool " + m_pool.text()
                + " and holds its subnet-router anycast address: take another");
    return {};
}

const PoolAllocator::Known* PoolAllocator::bestOf(const std::string& holder) const {
    const auto end = m_byHolder.upper_bound(holder);
    if (end == m_byHolder.begin() || (*std::prev(end))->second.holder != holder)
        return nullptr;
    return *std::prev(end);
}

Result<Prefix> PoolAllocator::allocate(const std::string& holder, TimePoint now) {
    returnWithheld(now);
    const Known* own = bestOf(holder);
    if (own != nullptr && (own->second.until == whileHeld || !reservedUntil(indexOf(own->first)))) {
        const Prefix block(own->first, m_blockLength);
        if (own->second.until != whileHeld)
            takeBack(*m_blocks.find(own->first), holder);
        return block;
    }
    if (const auto lowest = lowestFree())
        return takeFree(*lowest, holder, whileHeld);
    const Known* oldest = firstReturned();
    if (oldest == nullptr || oldest->second.until > now)
        return tl::unexpected(exhausted(now));
    const Prefix block(oldest->first, m_blockLength);
    takeBack(*m_blocks.find(oldest->first), holder);
    return block;
}

/// The lowest block that nobody ever had and that is not set aside: one step for each reserved part in front
/// of it.
std::optional<PoolAllocator::Index> PoolAllocator::lowestFree() const {
    Index from = m_first;
    for (;;) {
        auto stretch = m_free.upper_bound(from);
        if (stretch != m_free.begin() && std::prev(stretch)->second >= from)
            --stretch;
        if (stretch == m_free.end())
            return std::nullopt;
        const Index candidate = std::max(from, stretch->first);
        const auto reserved = reservedUntil(candidate);
        if (!reserved)
            return candidate;
        if (*reserved >= m_last)
            return std::nullopt;
        from = *reserved + 1;
    }
}

/// The released block that comes free first of those that are not set aside; asked only when nothing else is
/// left. A step for each reserved one that rests longer.
const PoolAllocator::Known* PoolAllocator::firstReturned() const {
    const auto found = std::find_if(m_released.begin(), m_released.end(), [this](const Known* known) {
        return !reservedUntil(indexOf(known->first));
    });
    return found == m_released.end() ? nullptr : *found;
}

/// The last block of the reserved part around `index`; none when it is not reserved.
std::optional<PoolAllocator::Index> PoolAllocator::reservedUntil(Index index) const {
    const auto after = m_reserved.upper_bound(index);
    if (after == m_reserved.begin() || std::prev(after)->second < index)
        return std::nullopt;
    return std::prev(after)->second;
}

/// The blocks of this pool that `range` overlaps.
std::optional<PoolAllocator::Stretch> PoolAllocator::stretchOf(const Prefix& range) const {
    if (!m_pool.overlaps(range))
        return std::nullopt;
    // Whichever of the two is the smaller is the part that both have.
    const Prefix& common = m_pool.contains(range) ? range : m_pool;
    const IpAddress end
        = IpAddress::fromNumber(common.address().number() + ones(common.width() - common.length()));
    return Stretch{indexOf(common.address()), indexOf(end)};
}

void PoolAllocator::reserve(const Prefix& range) {
    if (const auto stretch = stretchOf(range))
        m_reserved.emplace(stretch->first, stretch->last);
}

void PoolAllocator::unreserve(const Prefix& range) {
    if (const auto stretch = stretchOf(range))
        m_reserved.erase(stretch->first);
}

Result<Prefix> PoolAllocator::allocateBlock(const std::string& holder, const Prefix& block, TimePoint now) {
    if (const auto checked = checkBlock(block); !checked)
        return tl::unexpected(checked.error());
    returnWithheld(now);
    const auto found = m_blocks.find(block.address());
    if (found == m_blocks.end() && !isFree(indexOf(block.address())))
        return failure(
            Error::Code::Busy,
            block.text() + " overlaps a range that was given out before the pool " + m_pool.text()
                + " was cut as it is now, and that rests in quarantine");
    if (found == m_blocks.end())
        return takeFree(indexOf(block.address()), holder, whileHeld);
    const Block& known = found->second;
    if (known.until == whileHeld) {
        if (known.holder != holder)
            return failure(
                Error::Code::Denied, block.text() + " is held by " + known.holder + ": release it first");
        return block;
    }
    if (known.holder != holder && known.until > now)
        return failure(
            Error::Code::Busy,
            block.text() + " was held by " + known.holder + " and rests in quarantine until "
                + timeText(known.until));
    takeBack(*found, holder);
    return block;
}

void PoolAllocator::release(const Prefix& block, TimePoint until) {
    const auto found = m_blocks.find(block.address());
    if (block.length() != m_blockLength || found == m_blocks.end() || found->second.until != whileHeld)
        return;
    found->second.former.reset();
    setState(*found, found->second.holder, std::min(until, lastUntil));
}

void PoolAllocator::undo(const Prefix& block) {
    const auto found = m_blocks.find(block.address());
    if (block.length() != m_blockLength || found == m_blocks.end() || found->second.until != whileHeld)
        return;
    if (const auto former = std::move(found->second.former))
        setState(*found, former->holder, former->until);
    else
        drop(*found);
}

void PoolAllocator::rename(const std::string& from, const std::string& to) {
    if (from == to)
        return;
    while (const Known* known = bestOf(from))
        setState(*m_blocks.find(known->first), to, known->second.until);
}

std::vector<Prefix> PoolAllocator::forget(TimePoint endedBy, std::size_t limit) {
    std::vector<Prefix> forgotten;
    while (forgotten.size() < limit && !m_released.empty()) {
        Known& oldest = **m_released.begin();
        if (oldest.second.until > endedBy)
            break;
        forgotten.emplace_back(oldest.first, m_blockLength);
        drop(oldest);
    }
    return forgotten;
}

Result<void> PoolAllocator::restoreHeld(const Prefix& block, const std::string& holder) {
    return restore(block, holder, whileHeld);
}

Result<void>
PoolAllocator::restoreQuarantined(const Prefix& block, const std::string& holder, TimePoint until) {
    return restore(block, holder, std::min(until, lastUntil));
}

Result<void> PoolAllocator::restore(const Prefix& block, const std::string& holder, TimePoint until) {
    if (auto checked = checkBlock(block); !checked)
        return checked;
    if (const auto found = m_blocks.find(block.address()); found != m_blocks.end())
        return failure(
            Error::Code::Denied,
            block.text() + " cannot go to " + holder + ": " + found->second.holder + " has it already");
    if (!isFree(indexOf(block.address())))
        return failure(
            Error::Code::Denied,
            block.text() + " cannot go to " + holder + ": it overlaps a range in quarantine");
    takeFree(indexOf(block.address()), holder, until);
    return {};
}

void PoolAllocator::withhold(const Prefix& range, TimePoint until) {
    const auto whole = stretchOf(range);
    if (!whole)
        return;
    const Index first = std::max(m_first, whole->first);
    const Index last = whole->last;
    auto stretch = m_free.upper_bound(first);
    if (stretch != m_free.begin() && std::prev(stretch)->second >= first)
        --stretch;
    while (stretch != m_free.end() && stretch->first <= last) {
        const auto [from, to] = *stretch;
        stretch = m_free.erase(stretch);
        if (from < first)
            m_free.emplace(from, first - 1);
        if (to > last)
            m_free.emplace(last + 1, to);
        m_withheld.emplace(until, std::pair(std::max(from, first), std::min(to, last)));
    }
}

void PoolAllocator::returnWithheld(TimePoint now) {
    while (!m_withheld.empty() && m_withheld.begin()->first <= now) {
        const auto [first, last] = m_withheld.begin()->second;
        m_withheld.erase(m_withheld.begin());
        addFree(first, last);
    }
}

std::optional<Prefix> PoolAllocator::blockOf(const std::string& holder) const {
    const Known* best = bestOf(holder);
    if (best == nullptr || best->second.until != whileHeld)
        return std::nullopt;
    return Prefix(best->first, m_blockLength);
}

std::optional<std::string> PoolAllocator::holderOf(const IpAddress& address) const {
    if (!m_pool.contains(address))
        return std::nullopt;
    const auto found = m_blocks.find(blockAt(indexOf(address)).address());
    if (found == m_blocks.end() || found->second.until != whileHeld)
        return std::nullopt;
    return found->second.holder;
}

std::optional<std::string> PoolAllocator::formerHolderOf(const IpAddress& address) const {
    if (!m_pool.contains(address))
        return std::nullopt;
    const auto found = m_blocks.find(blockAt(indexOf(address)).address());
    if (found == m_blocks.end() || found->second.until == whileHeld)
        return std::nullopt;
    return found->second.holder;
}

std::optional<TimePoint> PoolAllocator::quarantinedUntil(const IpAddress& address) const {
    if (!m_pool.contains(address))
        return std::nullopt;
    const auto found = m_blocks.find(blockAt(indexOf(address)).address());
    if (found == m_blocks.end() || found->second.until == whileHeld)
        return std::nullopt;
    return found->second.until;
}

Error PoolAllocator::exhausted(TimePoint now) const {
    // Every block is known, withheld or set aside, so the counters say enough and no 128-bit number is
    // printed.
    std::string message = "all blocks of the pool " + m_pool.text() + " are taken: " + std::to_string(held())
        + " held, " + std::to_string(m_released.size()) + " in quarantine";
    if (!m_reserved.empty())
        message += ", the rest set aside";
    const Known* first = firstReturned();
    TimePoint next = first == nullptr ? whileHeld : first->second.until;
    if (!m_withheld.empty())
        next = std::min(next, m_withheld.begin()->first);
    if (next == whileHeld)
        return {
            Error::Code::Exhausted,
            message
                + (m_reserved.empty() ? "; release one or enlarge the pool"
                                      : "; release one, delete a reservation or enlarge the pool")};
    const auto wait = std::chrono::ceil<std::chrono::seconds>(next - now);
    message += "; the next comes free at " + timeText(next) + ", in " + std::to_string(wait.count()) + " s";
    return {Error::Code::Exhausted, message};
}

Prefix PoolAllocator::takeFree(Index index, const std::string& holder, TimePoint until) {
    removeFree(index);
    const Prefix block = blockAt(index);
    Known& known = *m_blocks.emplace(block.address(), Block{holder, until, nullptr}).first;
    m_byHolder.insert(&known);
    if (until != whileHeld)
        m_released.insert(&known);
    return block;
}

void PoolAllocator::takeBack(Known& known, const std::string& holder) {
    known.second.former = std::make_unique<Former>(Former{known.second.holder, known.second.until});
    setState(known, holder, whileHeld);
}

/// Holder and time are the keys of the two orders: the block leaves them while they change.
void PoolAllocator::setState(Known& known, const std::string& holder, TimePoint until) {
    m_released.erase(&known);
    auto node = m_byHolder.extract(&known);
    if (known.second.holder != holder)
        known.second.holder = holder;
    known.second.until = until;
    m_byHolder.insert(std::move(node));
    if (until != whileHeld)
        m_released.insert(&known);
}

void PoolAllocator::drop(Known& known) {
    m_released.erase(&known);
    m_byHolder.erase(&known);
    const Index index = indexOf(known.first);
    addFree(index, index);
    m_blocks.erase(m_blocks.find(known.first));
}

bool PoolAllocator::isFree(Index index) const {
    const auto after = m_free.upper_bound(index);
    return after != m_free.begin() && std::prev(after)->second >= index;
}

void PoolAllocator::removeFree(Index index) {
    const auto stretch = std::prev(m_free.upper_bound(index));
    const auto [first, last] = *stretch;
    if (first < index)
        stretch->second = index - 1;
    else
        m_free.erase(stretch);
    if (index < last)
        m_free.emplace(index + 1, last);
}

void PoolAllocator::addFree(Index first, Index last) {
    auto after = m_free.upper_bound(first);
    if (after != m_free.begin()) {
        const auto before = std::prev(after);
        if (before->second + 1 == first) {
            first = before->first;
            m_free.erase(before);
        }
    }
    if (after != m_free.end() && after->first == last + 1) {
        last = after->second;
        m_free.erase(after);
    }
    m_free.emplace(first, last);
}

} // namespace viaduct::addressing
