// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Checks.h"

namespace viaduct::config {

void complainLacking(Draft& draft, const Outline& outline, std::string_view what, std::string cure) {
    draft.diagnostics.add(outline.header, "This " + std::string(what) + " is not complete.", std::move(cure));
}

void applyImplied(Draft& draft) {
    Configuration& configuration = draft.configuration;
    if (!configuration.oldClients) {
        for (std::size_t i = 0; i < draft.tspServers.size(); ++i) {
            // Where the line stands, one of the two is a mistake, see checkAuthentication().
            if (!draft.tspServers[i].has("authentication digest-md5"))
                configuration.tspServers[i].digestMd5 = false;
        }
    }
    if (configuration.mailServer && configuration.mailServer->port == 0)
        configuration.mailServer->port = usualPort(configuration.mailServer->encryption);
}

} // namespace viaduct::config
