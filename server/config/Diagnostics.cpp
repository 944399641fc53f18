// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Diagnostics.h"

#include <algorithm>
#include <tuple>

namespace viaduct::config {

namespace {
/// More than anybody mends at one go, and little memory.
constexpr std::size_t mostDiagnostics = 10'000;
} // namespace

void Diagnostics::add(const Place& place, std::string cause, std::string cure) {
    if (!isFull())
        m_found.push_back({place.line, place.column, std::move(cause), std::move(cure)});
}

bool Diagnostics::isFull() const {
    return m_found.size() >= mostDiagnostics;
}

std::vector<Diagnostic> Diagnostics::take() {
    std::stable_sort(m_found.begin(), m_found.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::tie(a.line, a.column) < std::tie(b.line, b.column);
    });
    if (isFull())
        m_found.push_back(
            {m_found.back().line, m_found.back().column,
             "Reading stopped after " + std::to_string(mostDiagnostics) + " mistakes.", "Mend these first."});
    return std::move(m_found);
}

std::string text(const Diagnostic& diagnostic, std::string_view file) {
    return std::string(file) + ':' + std::to_string(diagnostic.line) + ':' + std::to_string(diagnostic.column)
        + ": " + diagnostic.cause + ' ' + diagnostic.cure;
}

} // namespace viaduct::config
