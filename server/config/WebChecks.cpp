// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Checks.h"

namespace viaduct::config {

void checkWebServers(Draft& draft) {
    for (std::size_t i = 0; i < draft.webServers.size(); ++i) {
        const WebServer& server = draft.configuration.webServers[i];
        const Outline& outline = draft.webServers[i];
        if (!outline.has("address"))
            complainLacking(
                draft, outline, "web server",
                "Add a line 'ip address ADDRESS' with the address at which browsers reach it.");
        if (!server.servesRegistration && !server.servesApi)
            complainLacking(
                draft, outline, "web server",
                "Add a line 'serve registration' for the pages where people ask for an account, or 'serve "
                "api' for the administration.");
        if (server.servesRegistration && !draft.configuration.registration)
            draft.diagnostics.add(
                outline.lines.at("serve registration"), "There is no registration to serve.",
                "Begin a section 'registration', or take this line out.");
    }
}

} // namespace viaduct::config
