// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/web/VoucherSheet.h"

#include "server/broker/RegistrationPolicy.h"
#include "server/web/Profile.h"
#include "server/web/QrCode.h"
#include "server/web/Sentences.h"
#include "shared/api/Accounts.h"

namespace viaduct::web {

namespace {
Markup entry(const std::string& name, const std::string& value) {
    return element("dt", {}, name) + element("dd", {}, value);
}

Markup codeOf(const api::Credentials& credentials, config::AccountKind kind, const SheetFacts& facts) {
    if (!facts.broker)
        return {};
    const std::string login = credentials.login.toStdString();
    const auto link = client::writeProfileLink(
        profileFor(*facts.broker, kind, login, credentials.password.toStdString()));
    const auto code = link ? qrCode(*link, say::cardQr.in(facts.language, {login}))
                           : Result<Markup>(tl::unexpected(link.error()));
    return code ? *code : Markup();
}

Markup cardOf(const api::Credentials& credentials, const api::VoucherDraft& draft, const SheetFacts& facts) {
    const auto say = [&](const Sentence& sentence, std::initializer_list<std::string_view> values = {}) {
        return sentence.in(facts.language, values);
    };
    Markup list = entry(say(say::login), credentials.login.toStdString())
        + entry(say(say::password), credentials.password.toStdString());
    if (facts.broker)
        list += entry(say(say::broker), facts.broker->text());
    list += entry(
        say(say::cardValidity), say(say::fromTo, {timeText(draft.validFrom), timeText(draft.validUntil)}));
    Markup card = element("h2", {}, draft.event.toStdString()) + element("dl", {}, list)
        + codeOf(credentials, broker::fromApi(draft.kind), facts);
    if (facts.broker)
        card += element("p", {}, say(say::cardHow, {facts.broker->text()}));
    return element("li", {{"class", "card"}}, card);
}
} // namespace

std::string voucherSheet(const api::VoucherCreated& created, const SheetFacts& facts) {
    const api::VoucherDraft& draft = created.voucher.draft;
    std::string title = say::sheetTitle.in(facts.language, {draft.event.toStdString()});
    if (!facts.organisation.empty())
        title += " - " + facts.organisation;
    Markup cards;
    for (const api::Credentials& credentials : created.credentials)
        cards += cardOf(credentials, draft, facts);
    const Markup head = voidElement("meta", {{"charset", "utf-8"}})
        + voidElement("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}})
        + element("title", {}, title) + voidElement("link", {{"rel", "stylesheet"}, {"href", "/style.css"}});
    const Markup main = element("h1", {}, title) + element("p", {}, say::sheetHint.in(facts.language))
        + element("ul", {{"class", "cards"}}, cards);
    const Markup html = element(
        "html", {{"lang", std::string(code(facts.language))}},
        element("head", {}, head) + element("body", {}, element("main", {{"class", "sheet"}}, main)));
    return "<!DOCTYPE html>\n" + html.html + "\n";
}

} // namespace viaduct::web
