// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/credentials/CommonPasswords.h"

#include <algorithm>
#include <array>

namespace viaduct::credentials {

namespace {
/// High in every published list of leaked passwords, and this product's own obvious words.
constexpr auto whole = std::to_array<std::string_view>({
    "0123456789",      "01234567890",         "0987654321",
    "1029384756",      "12345678910",         "123456789a",
    "123456789abc",    "123456789q",          "1234567890",
    "12345678900",     "1234567890-=",        "12345qwert",
    "123qweasdzxc",    "147258369a",          "1a2b3c4d5e",
    "1q2w3e4r5t",      "1q2w3e4r5t6y",        "1q2w3e4r5t6y7u",
    "1qaz2wsx3edc",    "1qaz2wsx3edc4rfv",    "1qazxsw23edc",
    "5t4r3e2w1q",      "987654321",           "9876543210",
    "a123456789",      "a1b2c3d4e5",          "abc1234567",
    "abc123456789",    "abcd123456",          "abcdefghij",
    "abcdefghijkl",    "asdfghjkl123",        "asdfghjkl;",
    "asdfghjkl;'",     "azertyuiop",          "azertyuiop123",
    "changeme123",     "changemenow",         "correcthorsebatterystaple",
    "iloveyou123",     "letmein123",          "letmeinnow",
    "motdepasse",      "motdepasse1",         "monmotdepasse",
    "p4ssw0rd123",     "pa$$word123",         "passw0rd123",
    "password123",     "passwordpassword",    "poiuytrewq",
    "q1w2e3r4t5",      "q1w2e3r4t5y6",        "qazwsxedc",
    "qazwsxedcrfv",    "qwer1234asdf",        "qwerty123456",
    "qwertyqwerty",    "qwertyuiop",          "qwertyuiop[]",
    "qwertyuiop123",   "qwertyuiopasdfghjkl", "soleil123",
    "thisisapassword", "welcome123",          "zaq12wsxcde3",
    "zaq1xsw2cde3",    "zxcvbnm123",          "zxcvbnmasdfghjkl",
});

/// With digits and signs behind them they are no better.
constexpr auto stems = std::to_array<std::string_view>({
    "abcdef",       "abcdefg",    "abcdefgh",  "admin",    "administrateur", "administrator", "admin@",
    "azerty",       "azertyuiop", "bienvenue", "bonjour",  "changeme",       "default",       "dragon",
    "doudou",       "football",   "hexago",    "iloveyou", "ipv6",           "letmein",       "login",
    "loulou",       "marseille",  "master",    "monkey",   "motdepasse",     "mypassword",    "newpassword",
    "p@ssw0rd",     "p@ssword",   "passw0rd",  "password", "princess",       "qwerty",        "qwertyuiop",
    "renater",      "root",       "secret",    "soleil",   "sunshine",       "superman",      "system",
    "temppassword", "test",       "testtest",  "toor",     "trustno",        "tunnel",        "tunnelbroker",
    "viaduct",      "viaductd",   "welcome",
});

template <typename List>
bool contains(const List& list, std::string_view word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

std::string_view withoutTail(std::string_view word) {
    const std::size_t last = word.find_last_of("abcdefghijklmnopqrstuvwxyz");
    return last == std::string_view::npos ? std::string_view{} : word.substr(0, last + 1);
}
} // namespace

bool isCommonPassword(std::string_view lowerCase) {
    return contains(whole, lowerCase) || contains(stems, lowerCase)
        || contains(stems, withoutTail(lowerCase));
}

} // namespace viaduct::credentials
