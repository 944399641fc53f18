// SPDX-License-Identifier: GPL-3.0-or-later
// The manual and the language must not drift apart.
#include "server/config/Grammar.h"
#include "tests/unit/config/Files.h"

#include <gtest/gtest.h>

using namespace viaduct::config;

namespace {

const std::string capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// What stands between ```conf and ``` in the manual.
std::vector<std::string> examplesOf(const std::string& manual) {
    std::vector<std::string> examples;
    const std::string begin = "```conf\n";
    for (std::size_t at = 0; (at = manual.find(begin, at)) != std::string::npos;) {
        at += begin.size();
        examples.push_back(manual.substr(at, manual.find("```", at) - at));
    }
    return examples;
}

} // namespace

TEST(Manual, namesEveryLine) {
    std::string manual = contentOf(sourcePath("docs/configuration.md"));
    // Markdown writes a bar in a table with a backslash before it.
    std::erase(manual, '\\');
    for (const Section section : allSections) {
        for (const Command& command : commands(section))
            EXPECT_NE(manual.find('`' + std::string(command.usage) + '`'), std::string::npos)
                << command.usage;
    }
}

TEST(Manual, showsExamplesThatLoad) {
    const auto examples = examplesOf(contentOf(sourcePath("docs/configuration.md")));
    EXPECT_GE(examples.size(), 5U);
    for (const std::string& example : examples) {
        const auto configuration = parse(example);
        EXPECT_TRUE(configuration) << text(configuration.error().front(), "example") << '\n' << example;
    }
}

TEST(Manual, itsFullExampleHasEveryLine) {
    const std::string example = contentOf(sourcePath("docs/examples/full.conf"));
    for (const Section section : allSections) {
        for (const Command& command : commands(section)) {
            std::string keywords(command.usage);
            if (const std::size_t value = keywords.find_first_of(capitals + "[|"); value != std::string::npos)
                keywords.erase(keywords.rfind(' ', value));
            EXPECT_NE(example.find(keywords), std::string::npos) << keywords;
        }
    }
}
