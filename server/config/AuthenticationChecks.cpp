// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Checks.h"
#include "server/config/Keywords.h"

namespace viaduct::config {

namespace {

void checkTspServer(Draft& draft, const TspServer& server, const Outline& outline) {
    const Configuration& configuration = draft.configuration;
    const auto digest = outline.lines.find("authentication digest-md5");
    if (!configuration.oldClients && server.digestMd5 && digest != outline.lines.end())
        draft.diagnostics.add(
            digest->second, "DIGEST-MD5 needs a hash that 'no authentication old-clients' does not keep.",
            "Take one of the two lines out.");
    if (!server.radius)
        return;
    const Place& place = outline.lines.at("authentication radius");
    if (draft.radiusServers.empty())
        draft.diagnostics.add(
            place, "There is no RADIUS server to ask.", "Begin one with a line 'radius server HOST[:PORT]'.");
    if (!server.plain)
        draft.diagnostics.add(
            place, "A RADIUS server is asked with the password, which only PLAIN tells the broker.",
            "Take 'no authentication plain' out of this section, or this line.");
}

/// Whoever can hear the broker's own host can read its memory too.
bool isThisMachine(const std::string& host) {
    const auto address = IpAddress::fromText(host);
    return address ? address->isLoopback() : sameWord(host, "localhost");
}

} // namespace

void checkAuthentication(Draft& draft) {
    for (std::size_t i = 0; i < draft.tspServers.size(); ++i)
        checkTspServer(draft, draft.configuration.tspServers[i], draft.tspServers[i]);
    for (const Outline& outline : draft.radiusServers) {
        if (!outline.has("secret-file"))
            complainLacking(
                draft, outline, "RADIUS server",
                "Add a line 'secret-file FILE' with the file that holds the secret shared with it.");
    }
}

void checkMailServer(Draft& draft) {
    if (!draft.configuration.mailServer)
        return;
    const MailServer& server = *draft.configuration.mailServer;
    const Outline& outline = draft.mailServer;
    if (!outline.has("from"))
        complainLacking(
            draft, outline, "mail server",
            "Add a line 'from MAIL' with the address from which the broker's mails come.");
    if (server.login && server.encryption == MailServer::Encryption::None && !isThisMachine(server.host))
        draft.diagnostics.add(
            outline.lines.at("login"), "The password would go to another machine in the clear.",
            "Write 'encryption starttls' or 'encryption tls', or take the login out.");
}

} // namespace viaduct::config
