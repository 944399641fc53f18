// SPDX-License-Identifier: GPL-3.0-or-later
// Any text to each reader of TSP's XML; what is read must be written and read back equal.
#include "shared/tsp/Framing.h"
#include "shared/tsp/XmlReader.h"
#include "shared/tsp/XmlWriter.h"

#include <algorithm>
#include <cstdlib>

using namespace viaduct;
using namespace viaduct::tsp;

namespace {
void hold(bool condition) {
    if (!condition)
        std::abort();
}

void checkMessage(std::string_view xml) {
    const auto message = readClientMessage(xml);
    if (!message || !std::holds_alternative<TunnelRequest>(*message))
        return;
    const std::string written = writeRequest(std::get<TunnelRequest>(*message));
    // Short spellings may grow beyond what is ever read.
    hold(written.size() > longestMessage || readClientMessage(written) == message);
}

void checkInfo(std::string_view xml) {
    auto info = readInfo(xml);
    if (!info)
        return;
    const bool v6Resolver
        = std::any_of(info->resolvers.begin(), info->resolvers.end(), [](const auto& a) { return a.isV6(); });
    const Version version = v6Resolver ? Version{2, 0, 2} : Version{2, 0, 1};
    if (!v6Resolver)
        info->resolvers.clear();
    const std::string written = writeInfo(*info, version);
    hold(written.size() > longestMessage || readInfo(written) == info);
}

void checkBrokers(std::string_view xml) {
    const auto brokers = readBrokerList(xml);
    if (!brokers)
        return;
    const std::string written = writeBrokerList(*brokers);
    hold(written.size() < longestMessage);
    const auto again = readBrokerList(written);
    hold(again && again->size() <= brokers->size());
    hold(std::equal(again->begin(), again->end(), brokers->begin()));
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view xml(reinterpret_cast<const char*>(data), size);
    checkMessage(xml);
    checkInfo(xml);
    checkBrokers(xml);
    return 0;
}
