// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Sections.h"

namespace viaduct::config {

namespace {

MailServer& server(Draft& draft) {
    return *draft.configuration.mailServer;
}

void from(Line& line, Draft& draft) {
    readOnce(
        line, draft, "from", [](Line& values) { return values.read(readMailAddress); }, server(draft).from);
}

void login(Line& line, Draft& draft) {
    const bool first = draft.once("login", line.place());
    const auto user = line.word();
    line.hideWords();
    const auto word = line.choice({"password-file"});
    const auto file = word ? line.read(readFileName) : std::nullopt;
    if (line.finish() && first)
        server(draft).login = MailServer::Login{*user, *file};
}

void encryption(Line& line, Draft& draft) {
    using Encryption = MailServer::Encryption;
    const bool first = draft.once("encryption", line.place());
    const auto word = line.choice({"starttls", "tls", "none"});
    if (line.finish() && first)
        server(draft).encryption = *word == "tls" ? Encryption::Tls
            : *word == "none"                     ? Encryption::None
                                                  : Encryption::StartTls;
}

constexpr Command lines[]
    = {{"from MAIL", from},
       {"login USER password-file FILE", login},
       {"encryption starttls|tls|none", encryption}};

} // namespace

std::span<const Command> mailServerLines() {
    return lines;
}

void beginMailServer(Line& line, Draft& draft) {
    const bool first = draft.once("mail server", line.place());
    const auto word = line.word();
    const Place place = line.lastPlace();
    const auto address = word ? readServerAddress(*word) : Read<ServerAddress>();
    if (!address)
        line.complain(address.error().cause, address.error().cure);
    const bool isGood = line.finish();
    if (first) {
        draft.mailServer.header = place;
        draft.configuration.mailServer.emplace();
    }
    if (first && isGood) {
        server(draft).host = address->host;
        server(draft).port = address->port.value_or(0);
    }
    draft.section = Section::MailServer;
}

} // namespace viaduct::config
