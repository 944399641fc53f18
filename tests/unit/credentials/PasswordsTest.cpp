// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/credentials/AdministratorPassword.h"
#include "server/credentials/GeneratedPassword.h"
#include "server/credentials/PasswordPolicy.h"
#include "tests/unit/credentials/Sources.h"

#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>

using namespace viaduct;
using namespace viaduct::credentials;

TEST(AdministratorPassword, letsInWhoKnowsIt) {
    const AdministratorPassword made
        = AdministratorPassword::make("caf\u00e9 noir tr\u00e8s serr\u00e9").value();
    EXPECT_TRUE(made.text().starts_with("$argon2id$v=19$m=65536,t=3,p=1$")) << made.text();
    EXPECT_EQ(made.text().find("noir"), std::string::npos);
    const auto stored = AdministratorPassword::parse(made.text());
    ASSERT_TRUE(stored) << stored.error().message;
    EXPECT_TRUE(stored->verify("cafe\u0301 noir tre\u0300s serre\u0301")) << "typed on another keyboard";
    EXPECT_FALSE(stored->verify("cafe noir tres serre"));
    EXPECT_FALSE(stored->verify(""));
    EXPECT_NE(AdministratorPassword::make("caf\u00e9 noir tr\u00e8s serr\u00e9")->text(), made.text())
        << "a salt each";
}

TEST(AdministratorPassword, ofOtherLimitsIsStillVerified) {
    // argon2 -id -t 2 -m 12 (the reference program): "password", salt "somesaltsomesalt"
    const auto old = AdministratorPassword::parse(
        "$argon2id$v=19$m=4096,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$H5mZn8QsFFwntPktdbjGNtqB+DDJ+nixq94uJAZoqIk");
    ASSERT_TRUE(old) << old.error().message;
    EXPECT_TRUE(old->verify("password"));
    EXPECT_FALSE(old->verify("passwords"));
}

TEST(AdministratorPassword, readsNothingElse) {
    const std::string good
        = "$argon2id$v=19$m=65536,t=3,p=1$kt4UKL60qFjLYpfV9Thl7w$97JN8fnTlhlLhFVyJrgkZW0V6UeMA08+y+YB5HcXT6Q";
    ASSERT_TRUE(AdministratorPassword::parse(good));
    const auto with = [&](std::string_view from, std::string_view to) {
        std::string text = good;
        return text.replace(text.find(from), from.size(), to);
    };
    const std::string wrong[] = {
        "",
        "$",
        "x" + good,
        good + "$",
        good + "=",
        with("argon2id", "argon2i"),
        with("v=19", "v=16"),
        with("m=65536", "m=262145"), // more memory than a stranger's text may take
        with("m=65536", "m=99999999999999999999"),
        with("m=65536", "m=7"),
        with("m=65536", "m=065536"),
        with("m=65536", "m=-1"),
        with("t=3", "t=17"),
        with("t=3", "t=0"),
        with("p=1", "p=2"),
        with("p=1", "p=1,x=1"),
        with("$kt4UKL60qFjLYpfV9Thl7w", ""),
        with("kt4UKL60qFjLYpfV9Thl7w", "kt4"),
        with("97JN", "97J\n"),
        std::string(100'000, '$'),
        good + std::string(100, 'A'),
    };
    for (const std::string& text : wrong)
        EXPECT_FALSE(AdministratorPassword::parse(text)) << text.substr(0, 200);
}

TEST(PasswordPolicy, isExplainedToThePerson) {
    struct Row {
        const char* password;
        const char* sentence; ///< a part of it; empty: accepted
    };
    const Row forAccounts[] = {
        {"correct horse", ""},
        {"kr4m-9wfx-tq7d", ""},
        {"d\u00e9j\u00e0-vu-\u00e9t\u00e9", ""}, // ten characters, more bytes
        {"\u00e9\u00e8\u00e0\u00f4\u00ee\u00fb\u00e7\u00f1\u00fc", "has 9 characters: it must have 10"},
        {"123456789", "has 9 characters"},
        {"1234567890", "strangers try first"},
        {"QWERTYUIOP", "strangers try first"},
        {"Password123!", "strangers try first"},
        {"Renater2026!", "strangers try first"},
        {"motdepasse2026", "strangers try first"},
        {"aaaaaaaaaaaaaaaa", "repeats a few characters"},
        {"abcabcabcabc", "repeats a few characters"},
        {"alice.dupont", "is the login name"},
        {"Alice.Dupont2026", "is the login name"},
        {"alice.dupontalice.dupont", "is the login name"},
        {"alice.dupont rides horses", ""},
        {"tab\tcharacter", "cannot have"},
    };
    for (const Row& row : forAccounts) {
        const auto result = checkPassword(row.password, "alice.dupont", PasswordUse::Account);
        EXPECT_EQ(result.has_value(), *row.sentence == '\0') << row.password;
        if (!result) {
            EXPECT_NE(result.error().message.find(row.sentence), std::string::npos) << result.error().message;
            EXPECT_EQ(result.error().message.find(row.password), std::string::npos)
                << "it must not reach a log";
        }
    }
    EXPECT_TRUE(checkPassword("1234567x90z", "", PasswordUse::Account)) << "an empty login is in no password";
    EXPECT_TRUE(checkPassword(std::string(246, 'x') + "abcdefghij", "a", PasswordUse::Account));
    EXPECT_FALSE(checkPassword(std::string(247, 'x') + "abcdefghij", "a", PasswordUse::Account));
}

TEST(PasswordPolicy, asksMoreOfAdministrators) {
    EXPECT_TRUE(checkPassword("correct hor", "alice", PasswordUse::Account));
    EXPECT_EQ(
        checkPassword("correct hor", "alice", PasswordUse::Administrator).error().message,
        "the password has 11 characters: it must have 12 or more; a few words that you remember will do");
    EXPECT_TRUE(checkPassword("correct hors", "alice", PasswordUse::Administrator));
}

TEST(GeneratedPassword, canBeReadOutAndSatisfiesThePolicy) {
    const std::regex form("([bcdfghjkmnpqrstvwxyz2-9]{4}-){4}[bcdfghjkmnpqrstvwxyz2-9]{4}");
    const RandomSource random = seeded(1);
    std::set<std::string> made;
    std::map<char, int> frequency;
    constexpr int rounds = 5000;
    for (int i = 0; i < rounds; ++i) {
        const std::string password = makePassword(random);
        ASSERT_TRUE(std::regex_match(password, form)) << password;
        EXPECT_TRUE(made.insert(password).second);
        for (const char c : password)
            ++frequency[c];
        if (i < 100) {
            EXPECT_TRUE(checkPassword(password, "alice", PasswordUse::Administrator)) << password;
        }
    }
    frequency.erase('-');
    // 28 of them, all as frequent: 100,000 / 28 = 3571, standard deviation 59. 28^20 > 2^96.
    EXPECT_EQ(frequency.size(), 28U);
    for (const auto& [c, count] : frequency)
        EXPECT_NEAR(count, 3571, 300) << c;
}

TEST(GeneratedPassword, differsEachTimeFromTheSystemsSource) {
    const RandomSource random = systemRandom();
    EXPECT_NE(makePassword(random), makePassword(random));
}
