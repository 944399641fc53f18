// SPDX-License-Identifier: GPL-3.0-or-later
// What an administrator is told. Each mistakes/NAME.conf has beside it, in NAME.txt, every diagnostic that it
// must give; what a text file cannot hold in a readable way stands here.
#include "server/config/Language.h"
#include "tests/unit/config/Files.h"

#include <gtest/gtest.h>

using namespace viaduct::config;

namespace {

std::string diagnosticsOf(std::string_view content, const std::string& file) {
    const auto configuration = parse(content);
    std::string lines;
    if (!configuration) {
        for (const Diagnostic& diagnostic : configuration.error())
            lines += text(diagnostic, file) + '\n';
    }
    return lines;
}

std::string firstCause(std::string_view content, std::size_t line, std::size_t column) {
    const auto configuration = parse(content);
    if (configuration)
        return "accepted";
    const Diagnostic& first = configuration.error().front();
    EXPECT_EQ(first.line, line) << first.cause;
    EXPECT_EQ(first.column, column) << first.cause;
    return first.cause;
}

} // namespace

TEST(Mistakes, areToldAsTheGoldenFilesSay) {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(sourcePath("tests/unit/config/mistakes"))) {
        const std::filesystem::path& path = entry.path();
        if (path.extension() != ".conf")
            continue;
        ++files;
        auto expected = path;
        expected.replace_extension(".txt");
        EXPECT_EQ(diagnosticsOf(contentOf(path), path.filename().string()), contentOf(expected)) << path;
    }
    EXPECT_GE(files, 10U);
}

TEST(Mistakes, inTheBytesOfTheText) {
    EXPECT_EQ(firstCause("hostname a\n tsp\xC3\xA9 \xC3 x\n", 2, 7), "This is not UTF-8 text.");
    for (const char* bad :
         {"\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8", "\xE2\x82"})
        EXPECT_EQ(firstCause(std::string("# ") + bad, 1, 3), "This is not UTF-8 text.");
    EXPECT_EQ(
        firstCause(std::string_view("hostname \0a\n", 12), 1, 10), "The control character 0x00 stands here.");
    EXPECT_EQ(firstCause("a\rhostname b\n", 1, 2), "The control character 0x0D stands here.");
    EXPECT_EQ(firstCause("hostname a\x7F", 1, 11), "The control character 0x7F stands here.");
    EXPECT_EQ(
        firstCause(
            "# \xC2\x9B"
            "2J",
            1, 3),
        "The control character 0x9B stands here.");
    EXPECT_EQ(firstCause("# " + std::string(3000, 'x'), 1, 1), "This line has more than 2048 bytes.");
    EXPECT_EQ(firstCause(std::string(17U << 20U, '\n'), 1, 1), "This text is larger than 16 MiB.");
}

TEST(Mistakes, columnsCountCharactersAndTabsAsOne) {
    EXPECT_EQ(firstCause("\tusername \"\xC3\xA9\" zecret x", 1, 15), "This word is not known here.");
}

TEST(Mistakes, areNotToldWithoutEnd) {
    std::string text;
    for (int i = 0; i < 30'000; ++i)
        text += "nonsense\n";
    const auto configuration = parse(text);
    ASSERT_FALSE(configuration);
    EXPECT_EQ(configuration.error().size(), 10'001U);
    EXPECT_EQ(configuration.error().back().cause, "Reading stopped after 10000 mistakes.");
}

TEST(Mistakes, neverRepeatAPassword) {
    for (const char* line :
         {"username bob hunter2", "username bob secret my hunter2", "username bob secret a site hunter2",
          "username bob digest hunter2", "username bob secret \"hunter2",
          "username bob secret \"hunter2\"hunter2", "username bob secret x host hunter2 proxy",
          "username bob secret x proxy hunter2", "username bob secret \"hunter2\\n\"",
          "mail server m\nlogin bob hunter2", "mail server m\nlogin bob password hunter2",
          "mail server m\nlogin bob password-file /a hunter2", "mail server m\npassword hunter2",
          "radius server r\nsecret hunter2", "radius server r\nsecret-file /a hunter2",
          "radius server r\nsecret-file \"hunter2\"", "radius server r\nsecret-file /a/../hunter2",
          "web server w\ncertificate hunter2 key hunter2"}) {
        const std::string told = diagnosticsOf(line, "file");
        EXPECT_FALSE(told.empty()) << line;
        EXPECT_EQ(told.find("hunter2"), std::string::npos) << told;
    }
}

TEST(Mistakes, nameTheFileAsCompilersDo) {
    EXPECT_EQ(
        text(Diagnostic{3, 14, "This is wrong.", "Write that."}, "broker.conf"),
        "broker.conf:3:14: This is wrong. Write that.");
}
