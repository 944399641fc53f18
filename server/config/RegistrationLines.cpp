// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Sections.h"

#include <algorithm>

namespace viaduct::config {

namespace {

constexpr std::size_t longestOrganisation = 200; // characters
/// Each request is compared with all of them.
constexpr std::size_t mostDomains = 1000;
constexpr Seconds oneHour{3600};
constexpr Seconds tenYears{3650 * 86400};
/// At a million hashes in a second 24 bits take a browser a quarter of a minute, and a telephone minutes.
constexpr std::uint64_t mostProofBits = 24;

Registration& registration(Draft& draft) {
    return *draft.configuration.registration;
}

void organisation(Line& line, Draft& draft) {
    const bool first = draft.once("organisation", line.place());
    const auto name = line.rest();
    if (name && (name->empty() || characters(*name) > longestOrganisation))
        line.complain(
            "This cannot be the name of an organisation.",
            "Write 1 to " + std::to_string(longestOrganisation) + " characters.");
    if (line.finish() && first)
        registration(draft).organisation = *name;
}

void contact(Line& line, Draft& draft) {
    readOnce(
        line, draft, "contact", [](Line& values) { return values.read(readMailAddress); },
        registration(draft).contact);
}

void charter(Line& line, Draft& draft) {
    readOnce(
        line, draft, "charter", [](Line& values) { return values.read(readFileName); },
        registration(draft).charterFile);
}

void offer(Line& line, Draft& draft) {
    std::vector<AccountKind>& offers = registration(draft).offers;
    draft.outline().lines.try_emplace("offer", line.place());
    const auto kind = readKind(line);
    const auto next
        = kind ? std::lower_bound(offers.begin(), offers.end(), *kind) : offers.end(); // their order
    if (next != offers.end() && *next == *kind)
        line.complain("This kind is already offered in this section.", "Take this line out.");
    if (!line.finish())
        return;
    offers.insert(next, *kind);
    draft.registrationPlaces.offers.emplace_back(*kind, line.lastPlace());
}

/// A domain more, unless it is bad, stands there already, or is one too many.
void addDomain(
    Line& line, Draft& draft, std::string_view what, std::vector<std::string>& domains,
    std::vector<Place>& places) {
    draft.outline().lines.try_emplace(what, line.place());
    const auto domain = line.read(readMailDomain);
    const auto same = domain ? std::find(domains.begin(), domains.end(), *domain) : domains.end();
    if (same != domains.end())
        line.complain(
            quote(*domain) + " stands already in line "
                + std::to_string(places[static_cast<std::size_t>(same - domains.begin())].line) + '.',
            "Keep one of the two lines.");
    else if (domains.size() == mostDomains)
        line.complain(
            "There are more than " + std::to_string(mostDomains) + " of these lines.",
            "Write *.DOMAIN for domains that have the end in common.");
    if (!line.finish())
        return;
    domains.push_back(*domain);
    places.push_back(line.lastPlace());
}

void mailDomain(Line& line, Draft& draft) {
    addDomain(
        line, draft, "mail domain", registration(draft).mailDomains, draft.registrationPlaces.mailDomains);
}

void approveAutomatically(Line& line, Draft& draft) {
    addDomain(
        line, draft, "approve automatically", registration(draft).automaticDomains,
        draft.registrationPlaces.automaticDomains);
}

void mailVerification(Line& line, Draft& draft) {
    setOnce(line, draft, "require mail verification", registration(draft).requireMailVerification, true);
}

void noMailVerification(Line& line, Draft& draft) {
    setOnce(line, draft, "require mail verification", registration(draft).requireMailVerification, false);
}

void poolUse(Line& line, Draft& draft) {
    const bool first = draft.once("limit pool-use", line.place());
    const auto percent = line.number(0, 100);
    if (line.finish() && first)
        registration(draft).poolUsePercent = static_cast<int>(*percent);
}

void requestsPerAddress(Line& line, Draft& draft) {
    readOnce(
        line, draft, "limit requests-per-address", [](Line& values) { return values.number(1, 65535); },
        registration(draft).requestsPerAddress);
}

void accountLifetime(Line& line, Draft& draft) {
    readOnce(
        line, draft, "account lifetime", [](Line& values) { return values.duration(oneHour, tenYears); },
        registration(draft).accountLifetime);
}

void noAccountLifetime(Line& line, Draft& draft) {
    const bool first = draft.once("account lifetime", line.place());
    if (line.finish() && first)
        registration(draft).accountLifetime.reset();
}

void proofOfWork(Line& line, Draft& draft) {
    const bool first = draft.once("proof-of-work", line.place());
    const auto bits = line.number(1, mostProofBits);
    if (line.finish() && first)
        registration(draft).proofOfWorkBits = static_cast<int>(*bits);
}

void noProofOfWork(Line& line, Draft& draft) {
    const bool first = draft.once("proof-of-work", line.place());
    if (line.finish() && first)
        registration(draft).proofOfWorkBits = 0;
}

constexpr Command lines[]
    = {{"organisation TEXT", organisation},
       {"contact MAIL", contact},
       {"charter FILE", charter},
       {"offer host|soho|site", offer},
       {"mail domain DOMAIN", mailDomain},
       {"require mail verification", mailVerification, noMailVerification},
       {"approve automatically DOMAIN", approveAutomatically},
       {"limit pool-use PERCENT", poolUse},
       {"limit requests-per-address NUMBER", requestsPerAddress},
       {"account lifetime TIME", accountLifetime, noAccountLifetime},
       {"proof-of-work BITS", proofOfWork, noProofOfWork}};

} // namespace

std::span<const Command> registrationLines() {
    return lines;
}

void beginRegistration(Line& line, Draft& draft) {
    const Place place = line.place();
    if (draft.once("registration", place))
        draft.registration.header = place;
    line.finish();
    if (!draft.configuration.registration)
        draft.configuration.registration.emplace();
    draft.section = Section::Registration;
}

} // namespace viaduct::config
