// SPDX-License-Identifier: GPL-3.0-or-later
// Whatever is read can be written, and reads back as the same configuration without a complaint.
#include "shared/client/ClientConfiguration.h"

#include <cstdlib>

using namespace viaduct::client;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const ConfigurationReading reading = readConfiguration({reinterpret_cast<const char*>(data), size});
    for (const ConfigurationProblem& problem : reading.problems)
        if (problem.message.empty() || problem.line < 0)
            std::abort();
    if (!reading.usable())
        return 0;
    const auto text = writeConfiguration(reading.configuration);
    if (!text)
        std::abort();
    const ConfigurationReading again = readConfiguration(*text);
    if (!again.problems.empty() || again.configuration != reading.configuration)
        std::abort();
    return 0;
}
