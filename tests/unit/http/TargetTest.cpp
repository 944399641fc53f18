// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/Target.h"

#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::http;

namespace {

using Segments = std::vector<std::string>;

Segments segments(std::string_view target) {
    const auto parsed = parseTarget(target);
    return parsed ? parsed->segments : Segments{"refused: " + parsed.error().message};
}

bool isRefused(std::string_view target) {
    const auto parsed = parseTarget(target);
    return !parsed && parsed.error().code == Error::Code::Invalid && !parsed.error().message.empty();
}

} // namespace

TEST(Target, aPathBecomesDecodedSegments) {
    EXPECT_EQ(segments("/"), Segments{});
    EXPECT_EQ(segments("/api/v1/pools"), (Segments{"api", "v1", "pools"}));
    EXPECT_EQ(segments("/status/"), (Segments{"status", ""}));
    EXPECT_EQ(segments("/a%20b+c/Zo%C3%AB/%25"), (Segments{"a b+c", "Zoë", "%"}));
    EXPECT_EQ(segments("/pools/2001:db8::"), (Segments{"pools", "2001:db8::"}));
    EXPECT_EQ(segments("/.well-known/..x"), (Segments{".well-known", "..x"}));
    EXPECT_EQ(parseTarget("/a%20b?x=1")->path, "/a%20b") << "as written";
}

TEST(Target, whatCouldMeanTwoThingsIsRefused) {
    for (const char* target :
         {"",
          "*",
          "pools",
          "example.net:443",
          "//",
          "/a//b",
          "//a",
          "/.",
          "/..",
          "/a/../b",
          "/a/.",
          "/%2e%2E/x",
          "/%2e",
          "/a%2fb",
          "/a%2Fb",
          "/a%00b",
          "/a%0ab",
          "/a%7Fb",
          "/a%",
          "/a%2",
          "/a%zz",
          "/a%c3",
          "/%ff",
          "/%c0%ae",
          "/%c0%af",
          "/%ed%a0%80",
          "/%f4%90%80%80",
          "/%e0%80%80",
          "/%f0%80%80%80",
          "/a b",
          "/a#b",
          "/Zo\xc3\xab",
          "/a\tb",
          "http://example.net/",
          "/?a=%",
          "/?%00",
          "/?a=%ff"})
        EXPECT_TRUE(isRefused(target)) << target;
    EXPECT_TRUE(isRefused(std::string_view("/a\0b", 4)));
}

TEST(Target, aQueryKeepsItsOrderAndRepetitions) {
    const auto parsed = parseTarget("/?b=2&a=1&b=%26+%3D&flag&&empty=&=x&a=b=c");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(
        parsed->query,
        (Pairs{{"b", "2"}, {"a", "1"}, {"b", "& ="}, {"flag", ""}, {"empty", ""}, {"", "x"}, {"a", "b=c"}}));
}

TEST(Target, anAbsoluteTargetNamesItsHost) {
    EXPECT_EQ(parseTarget("HTTPS://Example.net:8443/a?b=c")->authority, "Example.net:8443");
    EXPECT_EQ(parseTarget("https://example.net/a?b=c")->path, "/a");
    EXPECT_EQ(parseTarget("https://example.net")->path, "/");
    EXPECT_EQ(parseTarget("https://example.net?x=y")->query, (Pairs{{"x", "y"}}));
}

TEST(Form, fieldsAreDecoded) {
    EXPECT_EQ(parseForm("").value(), Pairs{});
    EXPECT_EQ(
        parseForm("name=Zo%C3%AB+Z&purpose=a%0D%0Ab%2Bc").value(),
        (Pairs{{"name", "Zoë Z"}, {"purpose", "a\r\nb+c"}}));
    EXPECT_FALSE(parseForm("a=%00"));
    EXPECT_FALSE(parseForm("a=%e"));
    EXPECT_FALSE(parseForm("%ff=a"));
}

TEST(Form, fieldsAreNoMoreThanAThousand) {
    std::string form = "a=b";
    for (int i = 1; i < 1000; ++i)
        form += "&a=b";
    EXPECT_TRUE(parseForm(form));
    EXPECT_FALSE(parseForm(form + "&a=b"));
}
