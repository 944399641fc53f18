// SPDX-License-Identifier: GPL-3.0-or-later
// Any text to the readers of DIGEST-MD5 and of the lines around it; what is read must be written and read
// back equal, and nobody gets in who does not know the password.
#include "shared/tsp/Base64.h"
#include "shared/tsp/DigestMd5.h"
#include "shared/tsp/Framing.h"

#include <cstdlib>

using namespace viaduct::tsp;

namespace {
void hold(bool condition) {
    if (!condition)
        std::abort();
}

void checkResponse(std::string_view text) {
    auto login = parseDigestResponse(text);
    if (!login)
        return;
    // The token that is written without quotes has to be one.
    if (login->qop != "auth")
        return;
    hold(parseDigestResponse(digestResponse(*login)) == login);
    const DigestKey key = digestKey(login->user, login->realm, "secret");
    login->truncatedHash = true;
    const bool knows = login->response == expectedResponse(*login, key);
    hold(verifyDigest(*login, key, false).has_value() == knows);
    login->response = expectedResponse(*login, key);
    hold(verifyDigest(*login, key, true) == expectedResponseAuth(*login, key));
}

void checkChallenge(std::string_view text) {
    const auto challenge = parseDigestChallenge(text);
    if (!challenge)
        return;
    const auto again = parseDigestChallenge(digestChallenge(challenge->realm, challenge->nonce));
    hold(again && again->realm == challenge->realm && again->nonce == challenge->nonce);
}

void checkLines(std::string_view text) {
    const std::string_view line = stripped(text);
    readStatusLine(line);
    readAuthenticateLine(line);
    if (const auto version = readVersionLine(line))
        hold(readVersionLine(stripped(versionLine(*version))) == version);
    if (const auto capabilities = readCapabilityLine(line))
        readCapabilityLine(stripped(capabilityLine(*capabilities)));
    const auto frame = takeFramed(text);
    hold(!frame || !*frame || (*frame)->used <= text.size());
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    hold(fromBase64(toBase64(text)) == text);
    fromBase64(text);
    checkResponse(text);
    checkChallenge(text);
    checkLines(text);
    return 0;
}
