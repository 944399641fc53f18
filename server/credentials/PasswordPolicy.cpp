// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/credentials/PasswordPolicy.h"
#include "server/credentials/CommonPasswords.h"
#include "server/credentials/SaslPrep.h"

#include <algorithm>
#include <set>

namespace viaduct::credentials {

namespace {
/// Fewer different characters are a pattern, not a password: 1111111111, abcabcabcabc.
constexpr std::size_t fewestDifferent = 5;

std::string lowerCase(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return result;
}

/// Code points of text that saslPrep() found to be UTF-8.
std::size_t charactersOf(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

std::size_t shortest(PasswordUse use) {
    return use == PasswordUse::Administrator ? shortestAdministratorPassword : shortestAccountPassword;
}

/// The name, alone or repeated, and what people put behind it: digits and signs.
bool isMadeOf(std::string_view password, std::string_view login) {
    if (login.empty())
        return false;
    while (password.starts_with(login))
        password.remove_prefix(login.size());
    return std::none_of(password.begin(), password.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
    });
}

/// In a tspc.conf spaces at the ends do not count, and " #" begins a comment.
bool fitsClientFile(std::string_view password) {
    const auto isSpace = [](char c) { return c == ' ' || c == '\t'; };
    return password.empty()
        || (!isSpace(password.front()) && !isSpace(password.back())
            && password.find(" #") == std::string_view::npos && !password.starts_with('#'));
}
} // namespace

Result<void> checkPassword(std::string_view password, std::string_view login, PasswordUse use) {
    const auto prepared = saslPrep(password);
    if (!prepared)
        return tl::unexpected(prepared.error());
    if (use == PasswordUse::Account && !fitsClientFile(password))
        return failure(
            Error::Code::Invalid,
            "the password begins or ends with a space, or has a space before a #: the file of a client "
            "cannot hold "
            "it");
    const std::size_t length = charactersOf(*prepared);
    if (length < shortest(use))
        return failure(
            Error::Code::Invalid,
            "the password has " + std::to_string(length) + " characters: it must have "
                + std::to_string(shortest(use)) + " or more; a few words that you remember will do");
    const std::string lower = lowerCase(*prepared);
    const std::string name = lowerCase(login);
    if (isMadeOf(lower, name) && lower.starts_with(name))
        return failure(
            Error::Code::Invalid, "the password is the login name: choose one that nobody can guess");
    if (std::set<char>(lower.begin(), lower.end()).size() < fewestDifferent)
        return failure(
            Error::Code::Invalid,
            "the password repeats a few characters: it must have " + std::to_string(fewestDifferent)
                + " different ones or more");
    if (isCommonPassword(lower))
        return failure(
            Error::Code::Invalid, "the password is one of those that strangers try first: choose another");
    return {};
}

} // namespace viaduct::credentials
