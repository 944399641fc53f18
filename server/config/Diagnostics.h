// SPDX-License-Identifier: GPL-3.0-or-later
// The mistakes found in one text. Bounded: a large file of nonsense must not fill the memory with complaints.
#pragma once

#include "server/config/Language.h"
#include "server/config/Place.h"

namespace viaduct::config {

class Diagnostics {
public:
    void add(const Place& place, std::string cause, std::string cure);
    bool isEmpty() const { return m_found.empty(); }
    /// No more are taken: reading on is of no use.
    bool isFull() const;
    /// All of them in the order of the text; leaves nothing behind.
    std::vector<Diagnostic> take();

private:
    std::vector<Diagnostic> m_found;
};

} // namespace viaduct::config
