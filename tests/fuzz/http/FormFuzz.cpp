// SPDX-License-Identifier: GPL-3.0-or-later
// A stranger's form: what is accepted is text, and is the same when it is written and read again.
#include "server/http/Target.h"
#include "server/http/Text.h"

#include <cstdlib>

using namespace viaduct::http;

namespace {

std::string encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += digits[byte >> 4U];
        out += digits[byte & 15U];
    }
    return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const auto pairs = parseForm({reinterpret_cast<const char*>(data), size});
    if (!pairs)
        return 0;
    std::string again;
    for (const auto& [name, value] : *pairs) {
        if (!isUtf8(name) || !isUtf8(value))
            std::abort();
        again += (again.empty() ? "" : "&") + encoded(name) + "=" + encoded(value);
    }
    if (parseForm(again) != *pairs)
        std::abort();
    return 0;
}
