// SPDX-License-Identifier: GPL-3.0-or-later
// The sentences that a person reads before applying a configuration.
#include "server/revisions/Effects.h"
#include "server/config/Language.h"

#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::revisions;

namespace {

const std::string base = "hostname broker\n"
                         "ipv6 local pool ends 2001:db8:0:1::/64 128\n"
                         "ipv6 local pool sites 2001:db8:1000::/36 48\n"
                         "tsp T\n ip address 192.0.2.1\n transport udp 3653\n transport tcp 3653\n"
                         "tunnel server S\n ip address 192.0.2.1\n ipv6 pool endpoints ends\n"
                         " ipv6 pool prefix sites\n"
                         "tunnel broker B\n set tsp T\n set tunnel server S\n"
                         "username alice digest 0cbc6611f5540bd0809a388dc95a615b site\n"
                         "username bob digest 0cbc6611f5540bd0809a388dc95a615b site\n";

config::Configuration parsed(const std::string& text) {
    auto configuration = config::parse(text);
    EXPECT_TRUE(configuration) << configuration.error().front().cause;
    return configuration.value_or(config::Configuration{});
}

std::string with(const std::string& part, const std::string& replacement) {
    std::string text = base;
    const std::size_t place = text.find(part);
    EXPECT_NE(place, std::string::npos) << part;
    return text.replace(place, part.size(), replacement);
}

std::string shown(const std::string& after, const Losses& losses = {}) {
    std::string all;
    for (const std::string& sentence : effects(parsed(base), parsed(after), losses))
        all += sentence + '\n';
    return all;
}

} // namespace

TEST(Effects, areSentences) {
    const struct {
        std::string after;
        Losses losses;
        const char* sentences;
    } table[] = {
        {base, {}, "Nothing changes but how the text is written.\n"},
        {base + "# a comment\n", {}, "Nothing changes but how the text is written.\n"},
        {base,
         {1, 2},
         "1 tunnel goes down.\n2 blocks are taken from their holders and rest in quarantine.\n"},
        {with("hostname broker\n", ""), {}, "The hostname changes to that of the machine.\n"},
        {with("2001:db8:1000::/36 48", "2001:db8:1000::/36 56"),
         {},
         "The pool sites changes from 2001:db8:1000::/36 in blocks of /48 to 2001:db8:1000::/36 in blocks of "
         "/56.\n"},
        {base + "ipv6 local pool more 2001:db8:2000::/36 48\n",
         {},
         "The pool more is new: 2001:db8:2000::/36 in blocks of /48.\n"},
        {with("udp 3653", "udp 3654"),
         {3, 0},
         "3 tunnels go down.\nUDP 192.0.2.1:3653 is closed (tsp T).\nUDP 192.0.2.1:3654 is opened (tsp T).\n"
         "tsp T changes.\n"},
        {base + "web server W\n ip address 192.0.2.1\n port 443\n serve api\n",
         {},
         "TCP 192.0.2.1:443 is opened (web server W).\nweb server W is new.\n"},
        {with("username bob digest 0cbc6611f5540bd0809a388dc95a615b site\n", ""),
         {},
         "1 account of the configuration is gone.\n"},
        {with("username bob digest 0c", "username carol digest 1c"),
         {},
         "1 account of the configuration is new.\n1 account of the configuration is gone.\n"},
        {with("username bob digest 0c", "username bob digest 1c"),
         {},
         "1 account of the configuration changes.\n"},
        {"tunnel device other0\n" + base,
         {},
         "The TUN device viaduct0 becomes other0: that needs a restart of viaductd.\n"},
        {"retention history 30 days\n" + base,
         {},
         "How long the history, the audit and requests are kept changes.\n"},
    };
    for (const auto& row : table)
        EXPECT_EQ(shown(row.after, row.losses), row.sentences) << row.after;
}

TEST(Effects, ofARealmAreSaidForTheyLockEverybodyOut) {
    EXPECT_NE(shown("authentication realm other\n" + base).find("passwords"), std::string::npos);
}

TEST(Effects, doNotFillTheScreen) {
    std::string many = base;
    for (std::size_t i = 0; i < mostEffects + 50; ++i)
        many += "ipv6 local pool P" + std::to_string(i) + " 2001:db8:" + std::to_string(2000 + i)
            + "::/48 64\n";
    const auto all = effects(parsed(base), parsed(many), {});
    EXPECT_EQ(all.size(), mostEffects);
    EXPECT_EQ(all.back(), "And 51 more effects of this kind.");
}
