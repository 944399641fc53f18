// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/credentials/SaslPrep.h"

#include <gsasl.h>

#include <memory>

namespace viaduct::credentials {

Result<std::string> saslPrep(std::string_view password) {
    if (password.empty())
        return failure(Error::Code::Invalid, "the password is empty: choose one");
    if (password.size() > longestPassword)
        return failure(
            Error::Code::Invalid,
            "the password takes more than " + std::to_string(longestPassword)
                + " bytes: choose a shorter one");
    if (password.find('\0') != std::string_view::npos)
        return failure(
            Error::Code::Invalid, "the password holds a control character: use letters, digits and signs");
    char* out = nullptr;
    const int result = gsasl_saslprep(std::string(password).c_str(), GSASL_ALLOW_UNASSIGNED, &out, nullptr);
    const std::unique_ptr<char, void (*)(void*)> prepared(out, gsasl_free);
    if (result != GSASL_OK || !prepared)
        return failure(
            Error::Code::Invalid,
            "the password holds a character that passwords cannot have (a control character, bytes that are "
            "no UTF-8, or writing from both directions mixed): use letters, digits and signs");
    if (*prepared == '\0')
        return failure(
            Error::Code::Invalid, "the password has nothing but invisible characters: choose another");
    return std::string(prepared.get());
}

} // namespace viaduct::credentials
