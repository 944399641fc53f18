// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Checks.h"

#include "server/config/Keywords.h"
#include "server/config/MailDomain.h"

#include <algorithm>

namespace viaduct::config {

namespace {

class RegistrationChecker {
public:
    explicit RegistrationChecker(Draft& draft)
        : m_draft(draft), m_registration(*draft.configuration.registration), m_outline(draft.registration),
          m_places(draft.registrationPlaces) { }

    void check() {
        checkIsServed();
        checkIsComplete();
        checkOffers();
        checkVerification();
        for (std::size_t i = 0; i < m_registration.automaticDomains.size(); ++i)
            checkIsAllowed(m_registration.automaticDomains[i], m_places.automaticDomains[i]);
    }

private:
    void complain(const Place& place, std::string cause, std::string cure) {
        m_draft.diagnostics.add(place, std::move(cause), std::move(cure));
    }

    void checkIsServed() {
        const auto& servers = m_draft.configuration.webServers;
        const bool isServed = std::any_of(servers.begin(), servers.end(), [](const WebServer& server) {
            return server.servesRegistration;
        });
        if (!isServed)
            complain(
                m_outline.header, "No web server serves the registration.",
                "Add a line 'serve registration' to a section of 'web server'.");
    }

    void checkIsComplete() {
        if (!m_outline.has("organisation"))
            complainLacking(
                m_draft, m_outline, "registration",
                "Add a line 'organisation TEXT': people must know to whom they give what they write.");
        if (!m_outline.has("contact"))
            complainLacking(
                m_draft, m_outline, "registration",
                "Add a line 'contact MAIL' with the address to which people write with their questions.");
    }

    void checkOffers() {
        for (const auto& [kind, place] : m_places.offers) {
            if (m_draft.configuration.poolsFor(kind).empty())
                complain(
                    place, "No pool that a tunnel broker reaches serves the kind " + quote(text(kind)) + '.',
                    kindCure(kind));
        }
        if (!m_outline.has("offer") && m_draft.configuration.offeredKinds().empty())
            complain(
                m_outline.header, "The registration has nothing to offer: no tunnel broker reaches a pool.",
                "Give the tunnel server of a tunnel broker a line 'ipv6 pool endpoints NAME' or 'ipv6 pool "
                "prefix NAME'.");
    }

    static std::string kindCure(AccountKind kind) {
        const std::string server = "Give the tunnel server of a tunnel broker a line 'ipv6 pool ";
        if (kind == AccountKind::Host)
            return server + "endpoints NAME', or take this line out.";
        return server + "prefix NAME' with a pool of /" + (kind == AccountKind::Soho ? "64" : "48")
            + "s, or take this line out.";
    }

    void checkVerification() {
        if (m_registration.requireMailVerification && !m_draft.configuration.mailServer)
            complain(
                m_outline.lines.at("require mail verification"),
                "There is no mail server to send the verification.",
                "Begin one with a line 'mail server HOST[:PORT]', or take this line out.");
        if (!m_registration.requireMailVerification && !m_registration.automaticDomains.empty())
            complain(
                m_places.automaticDomains.front(),
                "Whoever writes an address of this domain would be approved, whether it is theirs or not.",
                "Add a line 'require mail verification' to this section.");
    }

    /// Approved automatically, but refused before: one of the two is not meant.
    void checkIsAllowed(const std::string& domain, const Place& place) {
        const auto& allowed = m_registration.mailDomains;
        // Without a good line, the bad ones are complained of already.
        const bool isAllowed = allowed.empty()
            || std::any_of(allowed.begin(), allowed.end(),
                           [&](const std::string& pattern) { return holdsDomain(pattern, domain); });
        if (!isAllowed)
            complain(
                place, "No 'mail domain' line lets all of " + quote(domain) + " ask for an account.",
                "Add a line 'mail domain " + domain + "', or take this line out.");
    }

    Draft& m_draft;
    const Registration& m_registration;
    const Outline& m_outline;
    const RegistrationPlaces& m_places;
};

} // namespace

void checkRegistration(Draft& draft) {
    if (draft.configuration.registration)
        RegistrationChecker(draft).check();
}

} // namespace viaduct::config
