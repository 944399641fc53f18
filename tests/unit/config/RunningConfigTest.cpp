// SPDX-License-Identifier: GPL-3.0-or-later
// What `show running-config` prints: it tells no password, and it loads again.
#include "server/config/Language.h"
#include "server/config/Output.h"
#include "tests/unit/config/Files.h"

#include <gtest/gtest.h>

using namespace viaduct::config;

namespace {

std::string runningConfigOf(const std::string& text) {
    const auto configuration = parse(text);
    return configuration ? runningConfig(*configuration) : "refused: " + configuration.error().front().cause;
}

std::string example(const std::string& name) {
    return contentOf(sourcePath("docs/examples/" + name));
}

} // namespace

TEST(RunningConfig, isWrittenAsTheGoldenFileSays) {
    EXPECT_EQ(
        runningConfigOf(example("full.conf")), contentOf(sourcePath("tests/unit/config/full.running.conf")));
}

TEST(RunningConfig, isTheSampleOfTheManualBelowItsHeader) {
    const std::string sample = example("renater-running.conf");
    EXPECT_EQ(runningConfigOf(example("renater.conf")), sample.substr(sample.find("!\n") + 2));
}

TEST(RunningConfig, loadsAgainAndStaysTheSame) {
    for (const char* name : {"renater.conf", "full.conf"}) {
        const std::string once = runningConfigOf(example(name));
        EXPECT_EQ(runningConfigOf(once), once) << name;
    }
    EXPECT_EQ(runningConfigOf(""), "end\n");
}

TEST(RunningConfig, differsFromItsSourceOnlyInThePasswords) {
    auto written = *parse(example("full.conf"));
    const auto read = *parse(runningConfig(written));
    for (std::size_t i = 0; i < written.users.size(); ++i) {
        EXPECT_TRUE(std::holds_alternative<User::Digest>(read.users[i].secret));
        written.users[i].secret = read.users[i].secret;
    }
    EXPECT_EQ(read, written);
}

TEST(RunningConfig, holdsNoPassword) {
    const std::string running = runningConfigOf(example("full.conf"));
    EXPECT_EQ(running.find("battery"), std::string::npos);
    EXPECT_EQ(running.find("bob#1"), std::string::npos);
}

TEST(RunningConfig, writesWhatIsSwitchedOffAndThePortsThatAreUnusual) {
    const std::string text = "no authentication old-clients\n"
                             "!\n"
                             "ipv6 local pool P 2001:db8::/64 128\n"
                             "!\n"
                             "tsp T\n"
                             " ip address 192.0.2.1\n"
                             " transport udp 3653\n"
                             " transport tcp 3653\n"
                             " no authentication digest-md5\n"
                             " authentication radius\n"
                             "!\n"
                             "tunnel server S\n"
                             " ip address 192.0.2.1\n"
                             " ipv6 pool endpoints P\n"
                             "!\n"
                             "tunnel broker B\n"
                             " set tsp T\n"
                             " set tunnel server S\n"
                             "!\n"
                             "web server W\n"
                             " ip address 192.0.2.1\n"
                             " port 443\n"
                             " serve registration\n"
                             "!\n"
                             "registration\n"
                             " organisation \"#1 \\\"Net\\\"\"\n"
                             " contact \"#!@example.net\"\n"
                             " charter \"/etc/two words/#\\\"\\\\\"\n"
                             " limit pool-use 0\n"
                             " no account lifetime\n"
                             " no proof-of-work\n"
                             "!\n"
                             "mail server [2001:db8::25]:587\n"
                             " from broker@example.net\n"
                             " login \"a b\" password-file /etc/mail.password\n"
                             " encryption tls\n"
                             "!\n"
                             "radius server radius.example.net:1645\n"
                             " secret-file /etc/radius.secret\n"
                             " retries 0\n"
                             "!\n"
                             "end\n";
    EXPECT_EQ(runningConfigOf(text), text);
}

TEST(RunningConfig, keepsOfAPasswordTheHashOfRfc2831) {
    // md5 of "alice:hexos:secret": the credentials of the recorded transcript.
    EXPECT_EQ(
        runningConfigOf("authentication realm hexos\nusername alice secret secret site\n"),
        "authentication realm hexos\n!\nusername alice digest 48f6bea56de120d2d5dba524215f979d "
        "site\n!\nend\n");
}

TEST(RunningConfig, quotesWhatNeedsIt) {
    const std::string running = runningConfigOf(
        "username \"jean d'ormesson\" secret x\nusername \"#1\" secret x\nusername \"a\\\"b\" secret x\n"
        "tunnel server T\nip address 192.0.2.1\nipv6 pool endpoints P\nipv6 local pool P 2001:db8::/64 128\n"
        "interface tunnel 1\ndescription \"  two  blanks \"\ntunnel source 192.0.2.1\ntunnel destination "
        "203.0.113.1\n");
    EXPECT_NE(running.find("username \"jean d'ormesson\" digest"), std::string::npos) << running;
    EXPECT_NE(running.find("username \"#1\" digest"), std::string::npos) << running;
    EXPECT_NE(running.find("username \"a\\\"b\" digest"), std::string::npos) << running;
    EXPECT_NE(running.find(" description \"  two  blanks \"\n"), std::string::npos) << running;
    EXPECT_EQ(runningConfigOf(running), running);
}

TEST(WithoutPasswords, replacesThemAndNothingElse) {
    EXPECT_EQ(
        withoutPasswords("\xEF\xBB\xBF# ours\r\nUSER alice  sec \"se\\\"cret\"   site # top\r\n"
                         "  username bob digest 0cbc6611f5540bd0809a388dc95a615b\n"
                         "username alice2 secret secret\nauthentication realm hexos"),
        "\xEF\xBB\xBF# ours\r\nUSER alice  digest " + digestText("alice", "hexos", "se\"cret")
            + "   site # top\r\n"
              "  username bob digest 0cbc6611f5540bd0809a388dc95a615b\n"
              "username alice2 digest "
            + digestText("alice2", "hexos", "secret") + "\nauthentication realm hexos");
}

TEST(WithoutPasswords, readsAsTheSame) {
    const std::string text = "username \"a b\" secret \"#1\" soho proxy 192.0.2.0/24\nhostname x\n";
    const auto read = parse(withoutPasswords(text));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, *parse(runningConfigOf(text)));
}

TEST(WithoutPasswords, alsoWhereALineIsCommentedOut) {
    EXPECT_EQ(
        withoutPasswords(" # username eve secret hunter2 site\n! user eve sec \"x y\"\n"
                         "# use the secret door please\n"),
        " # username eve secret (hidden)\n! user eve sec (hidden)\n# use the secret door please\n");
}

TEST(WithoutPasswords, inATextWithMistakesToo) {
    const std::string hidden = withoutPasswords("frobnicate\nusername alice secret hunter2 nonsense\n");
    EXPECT_EQ(hidden.find("hunter2"), std::string::npos);
    EXPECT_NE(hidden.find("frobnicate"), std::string::npos);
}
