// SPDX-License-Identifier: GPL-3.0-or-later
// The pool allocator as one would write it without a thought for speed, and a run of operations read from
// bytes that holds the real one against it. The unit test feeds it random bytes, the fuzzer its own.
#pragma once

#include "server/addressing/PoolAllocator.h"

#include <algorithm>
#include <map>

namespace viaduct::addressing {

class PoolModel {
public:
    PoolModel(const Prefix& pool, int blockLength, bool skipFirst)
        : m_pool(pool), m_blockLength(blockLength), m_first(skipFirst ? 1 : 0),
          m_count(Uint128{1} << (blockLength - pool.length())) { }

    std::optional<Prefix> allocate(const std::string& holder, TimePoint now) {
        if (const auto held = blockOf(holder))
            return held;
        if (const auto own = latestReleased(holder))
            return take(*own, holder);
        for (Uint128 index = m_first; index < m_count; ++index)
            if (!m_slots.contains(block(index)))
                return take(block(index), holder);
        if (const auto oldest = firstOut(); oldest && m_slots.at(*oldest).until <= now)
            return take(*oldest, holder);
        return std::nullopt;
    }

    std::optional<Prefix> allocateBlock(const std::string& holder, const Prefix& wanted, TimePoint now) {
        if (!isBlock(wanted))
            return std::nullopt;
        if (const auto slot = m_slots.find(wanted); slot != m_slots.end()) {
            if (slot->second.held)
                return slot->second.holder == holder ? std::optional(wanted) : std::nullopt;
            if (slot->second.holder != holder && slot->second.until > now)
                return std::nullopt;
        }
        return take(wanted, holder);
    }

    void release(const Prefix& wanted, TimePoint until) {
        if (isHeld(wanted))
            m_slots.at(wanted) = {false, m_slots.at(wanted).holder, until};
    }

    /// The whole state is kept as it was before each block was given: undo brings that one block back to it.
    void undo(const Prefix& wanted) {
        if (!isHeld(wanted))
            return;
        if (const auto before = m_before.find(wanted); before != m_before.end())
            m_slots.at(wanted) = before->second;
        else
            m_slots.erase(wanted);
    }

    std::vector<Prefix> forget(TimePoint endedBy, std::size_t limit) {
        std::vector<Prefix> forgotten;
        for (auto oldest = firstOut();
             oldest && forgotten.size() < limit && m_slots.at(*oldest).until <= endedBy;
             oldest = firstOut()) {
            forgotten.push_back(*oldest);
            m_slots.erase(*oldest);
        }
        return forgotten;
    }

    std::optional<Prefix> blockOf(const std::string& holder) const {
        for (const auto& [prefix, slot] : m_slots)
            if (slot.held && slot.holder == holder)
                return prefix;
        return std::nullopt;
    }

    std::optional<std::string> holderOf(const IpAddress& address) const {
        for (const auto& [prefix, slot] : m_slots)
            if (slot.held && prefix.contains(address))
                return slot.holder;
        return std::nullopt;
    }

    /// As if every row had been written to the store and read again, in an order of its own.
    bool restoreInto(PoolAllocator& allocator) const {
        return std::all_of(m_slots.rbegin(), m_slots.rend(), [&](const auto& entry) {
            const auto& [prefix, slot] = entry;
            return slot.held ? allocator.restoreHeld(prefix, slot.holder).has_value()
                             : allocator.restoreQuarantined(prefix, slot.holder, slot.until).has_value();
        });
    }
    void forgetUndo() { m_before.clear(); }

    std::size_t held() const {
        std::size_t count = 0;
        for (const auto& entry : m_slots)
            count += entry.second.held ? 1 : 0;
        return count;
    }
    std::size_t released() const { return m_slots.size() - held(); }

private:
    struct Slot {
        bool held = false;
        std::string holder;
        TimePoint until;
    };

    Prefix block(Uint128 index) const {
        const int shift = m_pool.width() - m_blockLength;
        return {IpAddress::fromNumber(m_pool.address().number() + (index << shift)), m_blockLength};
    }
    bool isBlock(const Prefix& wanted) const {
        return wanted.length() == m_blockLength && m_pool.contains(wanted)
            && (m_first == 0 || wanted != block(0));
    }
    bool isHeld(const Prefix& wanted) const {
        const auto slot = m_slots.find(wanted);
        return slot != m_slots.end() && slot->second.held;
    }
    std::optional<Prefix> latestReleased(const std::string& holder) const {
        std::optional<Prefix> best;
        for (const auto& [prefix, slot] : m_slots)
            if (!slot.held && slot.holder == holder && (!best || slot.until > m_slots.at(*best).until))
                best = prefix;
        return best;
    }
    std::optional<Prefix> firstOut() const {
        std::optional<Prefix> best;
        for (const auto& [prefix, slot] : m_slots)
            if (!slot.held && (!best || slot.until < m_slots.at(*best).until))
                best = prefix;
        return best;
    }
    Prefix take(const Prefix& wanted, const std::string& holder) {
        m_before.erase(wanted);
        if (const auto slot = m_slots.find(wanted); slot != m_slots.end())
            m_before.emplace(wanted, slot->second);
        m_slots[wanted] = {true, holder, {}};
        return wanted;
    }

    Prefix m_pool;
    int m_blockLength;
    Uint128 m_first;
    Uint128 m_count;
    std::map<Prefix, Slot> m_slots;
    std::map<Prefix, Slot> m_before;
};

/// Reads operations from bytes and does each to both. Returns what differed first; empty: nothing did.
class PoolRun {
public:
    PoolRun(const Prefix& pool, int blockLength, bool skipFirst)
        : m_pool(pool), m_blockLength(blockLength), m_skipFirst(skipFirst),
          m_real(pool, blockLength, skipFirst), m_model(pool, blockLength, skipFirst) { }

    std::string run(const std::uint8_t* bytes, std::size_t size) {
        for (std::size_t at = 0; at + 3 <= size; at += 3)
            if (std::string difference = step(bytes[at], bytes[at + 1], bytes[at + 2]); !difference.empty())
                return "operation " + std::to_string(at / 3) + ": " + difference;
        return {};
    }

private:
    /// Few holders and few blocks, so that they meet.
    static std::string holderNamed(std::uint8_t byte) { return "account:" + std::to_string(byte % 24); }
    Prefix blockNumbered(std::uint8_t byte) const {
        const Uint128 offset = Uint128{static_cast<std::uint8_t>(byte % 40)}
            << (m_pool.width() - m_blockLength);
        return {IpAddress::fromNumber(m_pool.address().number() + offset), m_blockLength};
    }

    std::string step(std::uint8_t what, std::uint8_t who, std::uint8_t how) {
        const std::string holder = holderNamed(who);
        const Prefix block = blockNumbered(how);
        const TimePoint until = m_now + std::chrono::seconds(how);
        switch (what % 9) {
        case 0:
        case 1:
        case 2:
            return compare("allocate", m_real.allocate(holder, m_now), m_model.allocate(holder, m_now));
        case 3:
            return compare(
                "allocateBlock", m_real.allocateBlock(holder, block, m_now),
                m_model.allocateBlock(holder, block, m_now));
        case 4:
        case 5: {
            const Prefix own = m_model.blockOf(holder).value_or(block);
            m_real.release(own, until);
            m_model.release(own, until);
            return compareState(holder, own);
        }
        case 6:
            return undo(holder);
        case 7:
            m_now += std::chrono::seconds(who);
            return m_real.forget(m_now, how % 4) == m_model.forget(m_now, how % 4) ? "" : "forget";
        default:
            return how < 16 ? restart() : compareState(holder, block);
        }
    }

    std::string undo(const std::string& holder) {
        const auto before = m_model.blockOf(holder);
        const auto given = m_model.allocate(holder, m_now);
        if (std::string difference = compare("allocate", m_real.allocate(holder, m_now), given);
            !difference.empty())
            return difference;
        if (!given || before)
            return {};
        m_real.undo(*given);
        m_model.undo(*given);
        return compareState(holder, *given);
    }

    std::string restart() {
        m_real = PoolAllocator(m_pool, m_blockLength, m_skipFirst);
        if (!m_model.restoreInto(m_real))
            return "restore";
        m_model.forgetUndo();
        return compareState(holderNamed(0), blockNumbered(0));
    }

    std::string
    compare(const std::string& name, const Result<Prefix>& real, const std::optional<Prefix>& model) const {
        if (real.has_value() != model.has_value())
            return name + (real ? " gave " + real->text() : " refused: " + real.error().message);
        if (real && *real != *model)
            return name + " gave " + real->text() + " instead of " + model->text();
        if (!real && real.error().message.empty())
            return name + " refused without a sentence";
        return compareCounts();
    }

    std::string compareState(const std::string& holder, const Prefix& block) const {
        if (m_real.blockOf(holder) != m_model.blockOf(holder))
            return "blockOf " + holder;
        if (m_real.holderOf(block.address()) != m_model.holderOf(block.address()))
            return "holderOf " + block.text();
        return compareCounts();
    }

    std::string compareCounts() const {
        return m_real.held() == m_model.held() && m_real.quarantined() == m_model.released() ? "" : "counts";
    }

    Prefix m_pool;
    int m_blockLength;
    bool m_skipFirst;
    PoolAllocator m_real;
    PoolModel m_model;
    TimePoint m_now{std::chrono::seconds(1'700'000'000)};
};

} // namespace viaduct::addressing
