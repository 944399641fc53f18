// SPDX-License-Identifier: GPL-3.0-or-later
// Any text to the readers of this room, chosen by the first byte. What is read has one spelling: written back
// it is the same text. Nothing that this server did not make is accepted.
#include "server/credentials/AdministratorPassword.h"
#include "server/credentials/CsrfTokens.h"
#include "server/credentials/PasswordPolicy.h"
#include "server/credentials/ProofOfWork.h"
#include "server/credentials/SaslPrep.h"
#include "server/credentials/ScramKeys.h"
#include "server/credentials/SecretToken.h"
#include "server/credentials/Totp.h"

#include <cstdlib>

using namespace viaduct::credentials;

namespace {
void hold(bool condition) {
    if (!condition)
        std::abort();
}

constexpr ServerKey key{1, 2, 3};
constexpr std::chrono::system_clock::time_point noon{std::chrono::seconds(1'767'268'800)};

void checkScramKeys(std::string_view text) {
    const auto keys = parseScramKeys(text);
    if (!keys)
        return;
    hold(toText(*keys) == text);
    hold(keys->iterations >= fewestIterations && keys->iterations <= mostIterations);
}

void checkAdministratorPassword(std::string_view text) {
    const auto password = AdministratorPassword::parse(text);
    if (!password)
        return;
    hold(password->text() == text);
}

void checkTotp(std::string_view text) {
    const auto secret = TotpSecret::fromBase32(text);
    hold(!secret || secret->base32() == text);
    const auto step = TotpSecret{}.verify(text, noon);
    hold(!step || TotpSecret{}.verify(text, noon, step) != step);
}

void checkToken(std::string_view text) {
    int kinds = 0;
    for (const TokenKind kind : {TokenKind::Api, TokenKind::Session, TokenKind::Link, TokenKind::Visitor})
        kinds += tokenHash(kind, text) ? 1 : 0;
    hold(kinds <= 1);
}

void checkForms(std::string_view text) {
    hold(!CsrfTokens(key).check(text, "visitor", "form", noon));
    ProofOfWork work(key);
    hold(!work.redeem(text, "form", noon));
}

void checkPasswords(std::string_view text) {
    const auto prepared = saslPrep(text);
    if (!prepared)
        hold(!checkPassword(text, "alice", PasswordUse::Account));
    else
        hold(!prepared->empty() && text.size() <= longestPassword);
    // A file of a client cannot hold every space and comment sign, and the console can.
    const bool isAwkward = text.find_first_of(" #\t\n\v\f\r") != std::string_view::npos;
    if (!isAwkward && checkPassword(text, "alice", PasswordUse::Administrator))
        hold(checkPassword(text, "alice", PasswordUse::Account).has_value());
    (void)checkPassword("alice and bob", text, PasswordUse::Account);
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr void (*checks[])(std::string_view)
        = {checkScramKeys, checkAdministratorPassword, checkTotp, checkToken, checkForms, checkPasswords};
    if (size > 0)
        checks[data[0] % std::size(checks)]({reinterpret_cast<const char*>(data) + 1, size - 1});
    return 0;
}
