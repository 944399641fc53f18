// SPDX-License-Identifier: GPL-3.0-or-later
// Any text in the place of certificate and key: it is usable, or there is a sentence. A form feed stands
// between the two.
#include "server/http/Identity.h"

#include <cstdlib>

using namespace viaduct::http;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const std::size_t middle = text.find('\f');
    const Certificate certificate{
        text.substr(0, middle), middle == std::string::npos ? text : text.substr(middle + 1)};
    const auto usable = checkPair(certificate);
    if (!usable && usable.error().message.empty())
        std::abort();
    (void)fingerprint(certificate);
    (void)checkCertificate(certificate, WallTime());
    if (const auto identity = Identity::load(certificate); identity && !usable)
        std::abort();
    return 0;
}
