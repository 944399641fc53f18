// SPDX-License-Identifier: GPL-3.0-or-later
// Who is meant by a domain of mail addresses.
#include "server/config/MailDomain.h"
#include "server/config/Values.h"

#include <gtest/gtest.h>

using namespace viaduct::config;

TEST(MailDomain, meansItselfOrWhatIsBelow) {
    EXPECT_TRUE(holdsDomain("example.net", "example.net"));
    EXPECT_TRUE(holdsDomain("example.net", "EXAMPLE.net"));
    EXPECT_FALSE(holdsDomain("example.net", "staff.example.net"));
    EXPECT_FALSE(holdsDomain("example.net", "notexample.net"));
    EXPECT_FALSE(holdsDomain("example.net", "*.example.net"));
    EXPECT_TRUE(holdsDomain("*.example.net", "staff.example.net"));
    EXPECT_TRUE(holdsDomain("*.example.net", "a.b.Example.Net"));
    EXPECT_TRUE(holdsDomain("*.example.net", "*.example.net"));
    EXPECT_TRUE(holdsDomain("*.example.net", "*.staff.example.net"));
    EXPECT_FALSE(holdsDomain("*.example.net", "example.net"));
    EXPECT_FALSE(holdsDomain("*.example.net", ".example.net"));
    EXPECT_FALSE(holdsDomain("*.example.net", "notexample.net"));
    EXPECT_FALSE(holdsDomain("*.example.net", "*.net"));
    EXPECT_FALSE(holdsDomain("*.example.net", ""));
}

TEST(MailDomain, isThatBehindTheLastAt) {
    const std::vector<std::string> patterns{"example.net", "*.example.org"};
    EXPECT_TRUE(holdsMail(patterns, "alice@example.net"));
    EXPECT_TRUE(holdsMail(patterns, "alice@lab.example.org"));
    EXPECT_FALSE(holdsMail(patterns, "alice@example.org"));
    EXPECT_FALSE(holdsMail(patterns, "alice@example.net@evil.example"));
    EXPECT_FALSE(holdsMail(patterns, "alice@*.example.org"));
    EXPECT_FALSE(holdsMail(patterns, "example.net"));
    EXPECT_FALSE(holdsMail({}, "alice@example.net"));
}

TEST(MailAddress, isWhatPeopleHaveAndNothingThatMendsAHeader) {
    for (const char* good :
         {"a@b", "jean.d'ormesson@example.net", "first+tag@sub.example.net", "#!{}|~@example.net"})
        EXPECT_EQ(readMailAddress(good).value_or("refused"), good);
    const std::string tooLongLocalPart = std::string(65, 'a') + "@example.net";
    const std::string label(60, 'd');
    const std::string tooLong = "aaaa@" + label + '.' + label + '.' + label + '.' + label + ".example";
    for (const std::string& bad :
         {std::string(), std::string("a"), std::string("@example.net"), std::string("a@"),
          std::string("a b@example.net"), std::string("a@b@c"), std::string("a@[192.0.2.1]"),
          std::string("a@192.0.2.1"), std::string(".a@example.net"), std::string("a.@example.net"),
          std::string("a..b@example.net"), std::string("\"a\"@example.net"), std::string("a,b@example.net"),
          std::string("<a@example.net>"), std::string("a@example.net\r\nBcc: x@example.org"),
          std::string("\xC3\xA9@example.net"), tooLongLocalPart, tooLong})
        EXPECT_FALSE(readMailAddress(bad)) << bad;
}

TEST(FileName, isAbsoluteAndSpeltInOneWay) {
    for (const char* good : {"/a", "/etc/viaduct/charter.md", "/two words/..a", "/.hidden"})
        EXPECT_EQ(readFileName(good).value_or("refused"), good);
    for (const std::string& bad :
         {std::string(), std::string("/"), std::string("a"), std::string("./a"), std::string("/a/"),
          std::string("//a"), std::string("/a//b"), std::string("/a/./b"), std::string("/a/../b"),
          std::string("/.."), '/' + std::string(400, 'a')})
        EXPECT_FALSE(readFileName(bad)) << bad;
}
