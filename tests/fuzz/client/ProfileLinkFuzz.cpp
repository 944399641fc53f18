// SPDX-License-Identifier: GPL-3.0-or-later
// Whatever is read can be written, and reads back as the same profile; and it makes a configuration that a
// file can hold.
#include "shared/client/ProfileLink.h"

#include <cstdlib>

using namespace viaduct::client;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const auto profile = readProfileLink({reinterpret_cast<const char*>(data), size});
    if (!profile) {
        if (profile.error().message.empty())
            std::abort();
        return 0;
    }
    const auto link = writeProfileLink(*profile);
    if (!link)
        std::abort();
    const auto again = readProfileLink(*link);
    if (!again || *again != *profile)
        std::abort();
    if (!writeConfiguration(configurationOf(*profile)))
        std::abort();
    return 0;
}
