// SPDX-License-Identifier: GPL-3.0-or-later
// A hash table from a key to a small number, all in one array: a look-up touches one or two neighbouring
// cache lines, where std::unordered_map touches three places. With 100,000 tunnels that is what a packet
// costs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace viaduct::dataplane {

template <typename Key, typename Hash = std::hash<Key>>
class FlatMap {
public:
    using Value = std::uint32_t;

    std::size_t size() const { return m_size; }

    std::optional<Value> find(const Key& key) const {
        if (m_size == 0)
            return std::nullopt;
        const Cell& cell = m_cells[place(key)];
        return cell.used ? std::optional(cell.value) : std::nullopt;
    }

    /// Lets the processor fetch what find() will read.
    void prefetch(const Key& key) const {
        if (m_size > 0)
            __builtin_prefetch(&m_cells[home(key)]);
    }

    /// Replaces the value of the same key.
    void insert(const Key& key, Value value) {
        if ((m_size + 1) * 2 > m_cells.size())
            grow();
        Cell& cell = m_cells[place(key)];
        m_size += cell.used ? 0 : 1;
        cell = {key, value, true};
    }

    void erase(const Key& key) {
        if (m_size == 0)
            return;
        std::size_t hole = place(key);
        if (!m_cells[hole].used)
            return;
        --m_size;
        // Those behind move up (Knuth, volume 3, 6.4, algorithm R), so that no marks of the dead are left.
        for (std::size_t at = next(hole); m_cells[at].used; at = next(at)) {
            const std::size_t wanted = home(m_cells[at].key);
            if (((at - wanted) & mask()) >= ((at - hole) & mask()))
                m_cells[std::exchange(hole, at)] = m_cells[at];
        }
        m_cells[hole] = Cell{};
    }

private:
    struct Cell {
        Key key{};
        Value value = 0;
        bool used = false;
    };
    static constexpr std::size_t smallest = 16; // a power of two, as every size

    std::size_t mask() const { return m_cells.size() - 1; }
    std::size_t home(const Key& key) const { return Hash{}(key)&mask(); }
    std::size_t next(std::size_t at) const { return (at + 1) & mask(); }

    /// Where the key is, or would go. At most half of the cells are used: the search ends.
    std::size_t place(const Key& key) const {
        std::size_t at = home(key);
        while (m_cells[at].used && !(m_cells[at].key == key))
            at = next(at);
        return at;
    }

    void grow() {
        const std::vector<Cell> before
            = std::exchange(m_cells, std::vector<Cell>(m_cells.empty() ? smallest : m_cells.size() * 2));
        for (const Cell& cell : before) {
            if (cell.used)
                m_cells[place(cell.key)] = cell;
        }
    }

    std::vector<Cell> m_cells;
    std::size_t m_size = 0;
};

} // namespace viaduct::dataplane
