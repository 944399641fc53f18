// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/client/ServerName.h"

#include <gtest/gtest.h>

using namespace viaduct::client;

TEST(ServerName, readsEveryFormOfABroker) {
    const struct {
        const char* text;
        const char* host;
        int port;
    } table[]
        = {{"192.0.2.1", "192.0.2.1", 3653},
           {"192.0.2.1:443", "192.0.2.1", 443},
           {"broker.example", "broker.example", 3653},
           {"broker.example:1", "broker.example", 1},
           {"2001:db8::1", "2001:db8::1", 3653},
           {"[2001:db8::1]", "2001:db8::1", 3653},
           {"[2001:db8::1]:65535", "2001:db8::1", 65535}};
    for (const auto& row : table) {
        const auto name = ServerName::fromText(row.text);
        ASSERT_TRUE(name) << row.text;
        EXPECT_EQ(name->host, row.host);
        EXPECT_EQ(name->port, row.port);
        EXPECT_EQ(ServerName::fromText(name->text()), name) << row.text;
    }
}

TEST(ServerName, refusesWhatNamesNoBroker) {
    for (const char* text :
         {"",     ":3653",  "a:",     "a:0", "a:65536", "a:b", "1.2.3", "1.2.3.4.5", "256.1.1.1", "[1.2.3.4]",
          "[::1", "[::1]x", "[::1]:", "[a]", "a b",     "-a",  ".a",    "a/b",       "::g",       "a\"b"})
        EXPECT_FALSE(ServerName::fromText(text)) << text;
    EXPECT_FALSE(ServerName::fromText(std::string(254, 'a')));
}
