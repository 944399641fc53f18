// SPDX-License-Identifier: GPL-3.0-or-later
// Whatever the text: every mistake has a place in it and is told in order; and what is accepted is written so
// that it reads back the same, with digests in the place of passwords.
#include "server/config/Language.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>

using namespace viaduct::config;

namespace {

void require(bool holds, const char* what) {
    if (holds)
        return;
    std::cerr << "broken: " << what << '\n';
    std::abort();
}

std::vector<std::string_view> linesOf(std::string_view text) {
    std::vector<std::string_view> lines;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

void checkDiagnostics(std::string_view text, const std::vector<Diagnostic>& diagnostics) {
    require(!diagnostics.empty(), "a refusal has a reason");
    const auto lines = linesOf(text);
    for (const Diagnostic& diagnostic : diagnostics) {
        require(diagnostic.line >= 1 && diagnostic.line <= lines.size(), "the line is one of the text");
        const std::size_t bytes = lines[diagnostic.line - 1].size();
        require(diagnostic.column >= 1 && diagnostic.column <= bytes + 1, "the column is one of the line");
        require(!diagnostic.cause.empty() && !diagnostic.cure.empty(), "cause and cure are told");
    }
    require(
        std::is_sorted(
            diagnostics.begin(), diagnostics.end(),
            [](const Diagnostic& a, const Diagnostic& b) {
                return a.line != b.line ? a.line < b.line : a.column < b.column;
            }),
        "the mistakes are in the order of the text");
}

void checkReadsBack(Configuration configuration) {
    const std::string running = runningConfig(configuration);
    const auto again = parse(running);
    require(again.has_value(), "the running configuration loads");
    require(again->users.size() == configuration.users.size(), "no account is lost");
    for (std::size_t i = 0; i < configuration.users.size(); ++i) {
        User& user = configuration.users[i];
        const User& kept = again->users[i];
        require(std::holds_alternative<User::Digest>(kept.secret), "no password is shown");
        if (std::holds_alternative<User::Password>(user.secret))
            user.secret = kept.secret;
    }
    require(*again == configuration, "what is written reads back the same");
    require(runningConfig(*again) == running, "and is written the same");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto configuration = parse(text);
    if (configuration)
        checkReadsBack(*configuration);
    else
        checkDiagnostics(text, configuration.error());
    return 0;
}
