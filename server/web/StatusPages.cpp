// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/web/StatusPages.h"

#include "server/broker/RouterSnippets.h"
#include "server/credentials/PasswordPolicy.h"
#include "server/web/Profile.h"
#include "server/web/QrCode.h"
#include "server/web/RegistrationForm.h"
#include "server/web/Sentences.h"

#include <algorithm>

namespace viaduct::web {

namespace {
using api::RequestState;
using client::ProfileLink;

std::string kindText(const Reader& reader, api::AccountKind kind) {
    switch (kind) {
    case api::AccountKind::Soho:
        return reader.say(say::kindSoho) + " (/64)";
    case api::AccountKind::Site:
        return reader.say(say::kindSite) + " (/48)";
    case api::AccountKind::Host:
        break;
    }
    return reader.say(say::kindHost) + " (/128)";
}

std::string systemText(const Reader& reader, const std::string& word) {
    for (const auto& [value, label] : systemNames) {
        if (value == word)
            return label.empty() ? reader.say(say::systemOther) : label;
    }
    return word;
}

const api::AskedBack* openQuestion(const api::RegistrationRequest& request) {
    const auto open
        = std::find_if(request.questions.begin(), request.questions.end(), [](const api::AskedBack& asked) {
              return !asked.answered;
          });
    return open == request.questions.end() ? nullptr : &*open;
}

bool isUndecided(const api::RegistrationRequest& request) {
    return request.state == RequestState::Pending || request.state == RequestState::Unverified;
}

// --- the request

Markup asWritten(const Reader& reader, const api::RegistrationRequest& request) {
    const std::string end = request.endDate ? api::text(*request.endDate).toStdString() : "";
    const Markup list = facts(
        {{reader.say(say::received), timeText(request.received)},
         {reader.say(say::name), request.name.toStdString()},
         {reader.say(say::email), request.email.toStdString()},
         {reader.say(say::organisation), request.organisation.toStdString()},
         {reader.say(say::kindWord), kindText(reader, request.kind)},
         {reader.say(say::systemWord), systemText(reader, request.system.toStdString())},
         {reader.say(say::wishedEnd), end},
         {reader.say(say::purpose), request.purpose.toStdString()}});
    return element("details", {}, element("summary", {}, reader.say(say::asWritten)) + list);
}

Markup questionForm(const Reader& reader, const StatusView& view, const api::AskedBack& asked) {
    const Markup question = box(
        "",
        heading(2, reader.say(say::stateQuestion)) + element("p", {}, lines(asked.question.toStdString())));
    const Markup answer = field(
        reader,
        {statusField::answer,
         reader.say(say::yourAnswer),
         {},
         "textarea",
         view.answer,
         {{"rows", "5"}, {"maxlength", std::to_string(api::limit::text)}}},
        view.mistakes);
    return question + postForm(reader, view.path + "/answer", answer + button(reader.say(say::sendAnswer)));
}

Markup answeredQuestions(const api::RegistrationRequest& request, const Reader& reader) {
    Markup items;
    for (const api::AskedBack& asked : request.questions) {
        if (asked.answered)
            items += element("dt", {}, lines(asked.question.toStdString()))
                + element("dd", {}, lines(asked.answer.toStdString()));
    }
    return items.isEmpty() ? Markup()
                           : heading(2, reader.say(say::answeredBefore)) + element("dl", {}, items);
}

Markup stateBox(const Reader& reader, const api::RegistrationRequest& request) {
    switch (request.state) {
    case RequestState::Unverified:
        return box(
            "",
            heading(2, reader.say(say::stateUnverified))
                + paragraph(reader.say(say::unverifiedText, {request.email.toStdString()})));
    case RequestState::Pending:
        return openQuestion(request)
            ? Markup()
            : box("", heading(2, reader.say(say::statePending)) + paragraph(reader.say(say::pendingText)));
    case RequestState::Refused:
        return box(
            "bad",
            heading(2, reader.say(say::stateRefused))
                + element("p", {}, lines(reader.say(say::reasonIs, {request.reason.toStdString()}))));
    case RequestState::Withdrawn:
        return box(
            "", heading(2, reader.say(say::stateWithdrawn)) + paragraph(reader.say(say::withdrawnText)));
    case RequestState::Approved:
        break;
    }
    return box("", heading(2, reader.say(say::stateApproved)) + paragraph(reader.say(say::accountGone)));
}

Markup requestPart(const Reader& reader, const StatusView& view) {
    const api::RegistrationRequest& request = view.page.request;
    Markup content = stateBox(reader, request);
    const bool isOpen = isUndecided(request);
    if (const api::AskedBack* asked = openQuestion(request); asked && isOpen)
        content += questionForm(reader, view, *asked);
    content += answeredQuestions(request, reader) + asWritten(reader, request);
    if (isOpen)
        content += heading(2, reader.say(say::withdraw)) + paragraph(reader.say(say::withdrawHint))
            + postForm(reader, view.path + "/withdraw", button(reader.say(say::withdraw), "danger"));
    return content;
}

// --- how to connect

Markup routerPart(const Reader& reader, const StatusView& view) {
    const std::string contact = reader.contact.empty() ? reader.say(say::administrators) : reader.contact;
    Markup content = heading(3, reader.say(say::connectRouter));
    if (!view.tunnel || view.tunnel->tunnel.mode != TunnelMode::V6v4)
        return content + paragraph(reader.say(say::routerNeeds, {contact}));
    const store::Tunnel& tunnel = view.tunnel->tunnel;
    const broker::RouterTunnel router{
        view.page.account->name.toStdString(),
        tunnel.outerRemote.address,
        tunnel.outerLocal.address,
        tunnel.innerClient,
        tunnel.innerServer,
        tunnel.delegated,
        tunnel.mtu};
    content += paragraph(reader.say(say::routerNow, {router.routerOuter.text()}));
    for (const api::RouterSystem system :
         {api::RouterSystem::CiscoIos, api::RouterSystem::JuniperJunos, api::RouterSystem::MikroTik,
          api::RouterSystem::Linux, api::RouterSystem::FreeBsd}) {
        const auto snippet = broker::routerSnippet(system, router);
        if (snippet)
            content += element(
                "details", {},
                element("summary", {}, broker::routerSystemName(system))
                    + element("pre", {{"tabindex", "0"}}, *snippet));
    }
    return content;
}

std::string base64(const std::string& text) {
    return QByteArray::fromStdString(text).toBase64().toStdString();
}

/// The profiles, with the password or without, as they are.
Markup profiles(const Reader& reader, const StatusView& view, const ProfileLink& profile) {
    const bool hasPassword = !profile.password.empty();
    const auto link = client::writeProfileLink(profile);
    const std::string file = clientFile(profile, view.page.request.system.toStdString());
    Markup content = heading(3, reader.say(say::connectNew))
        + paragraph(reader.say(hasPassword ? say::connectNewHint : say::connectNewLaterHint));
    if (link) {
        content += element(
            "p", {}, element("a", {{"class", "button"}, {"href", *link}}, reader.say(say::openProfile)));
        content += element("pre", {{"class", "whole"}, {"tabindex", "0"}}, *link);
        const auto code = qrCode(*link, reader.say(say::qrOfProfile));
        if (hasPassword && code)
            content += *code;
    }
    content += heading(3, reader.say(say::connectOld))
        + paragraph(reader.say(hasPassword ? say::connectOldHint : say::connectOldLaterHint));
    if (profile.hostType == client::HostType::Router)
        content += paragraph(reader.say(say::prefixInterfaceHint));
    // With the password it is within this page: it must not be asked for again.
    const std::string where
        = hasPassword ? "data:text/plain;charset=utf-8;base64," + base64(file) : view.path + "/tspc.conf";
    content += element(
        "p", {},
        element(
            "a", {{"class", "button second"}, {"href", where}, {"download", "tspc.conf"}},
            reader.say(say::download, {"tspc.conf"})));
    if (hasPassword)
        content += element("pre", {{"class", "whole"}, {"tabindex", "0"}}, file);
    return content;
}

Markup connectPart(const Reader& reader, const StatusView& view) {
    Markup content = heading(2, reader.say(say::connect));
    content += view.profile ? profiles(reader, view, *view.profile) : paragraph(reader.say(say::noBroker));
    if (view.page.account->settings.kind != api::AccountKind::Host)
        content += routerPart(reader, view);
    return content;
}

// --- the account

std::string packetsText(const Reader& reader, std::uint64_t bytes, std::uint64_t packets) {
    return reader.say(
        say::amountAndPackets, {amountOfBytes(bytes, reader.language), std::to_string(packets)});
}

Markup tunnelPart(const Reader& reader, const StatusView& view) {
    Markup content = heading(2, reader.say(say::tunnelHeading));
    if (!view.tunnel)
        return content + paragraph(reader.say(say::tunnelDown));
    const store::Tunnel& tunnel = view.tunnel->tunnel;
    const broker::event::Traffic& traffic = view.tunnel->traffic;
    const bool hasPort = tunnel.outerRemote.port != 0;
    return content + paragraph(reader.say(view.tunnel->isSilent ? say::tunnelSilent : say::tunnelUp))
        + facts(
               {{reader.say(say::upSince),
                 timeText(std::chrono::floor<std::chrono::milliseconds>(tunnel.since))},
                {reader.say(say::mode), std::string(text(tunnel.mode))},
                {reader.say(say::yourOuter),
                 hasPort ? tunnel.outerRemote.text() : tunnel.outerRemote.address.text()},
                {reader.say(say::yourInner), tunnel.innerClient.text()},
                {reader.say(say::sent), packetsText(reader, traffic.bytesIn, traffic.packetsIn)},
                {reader.say(say::receivedByYou), packetsText(reader, traffic.bytesOut, traffic.packetsOut)},
                {reader.say(say::dropped),
                 traffic.dropped == 0 ? "" : reader.say(say::packets, {std::to_string(traffic.dropped)})}});
}

std::string usedText(const Reader& reader, const api::Account& account) {
    const auto amount = [&](std::int64_t bytes) {
        return amountOfBytes(static_cast<std::uint64_t>(std::max<std::int64_t>(bytes, 0)), reader.language);
    };
    const std::int64_t quota = account.settings.limits.quotaBytes;
    return quota > 0 ? reader.say(say::quota, {amount(account.usedBytes), amount(quota)})
                     : amount(account.usedBytes);
}

Markup accountFacts(const Reader& reader, const api::Account& account) {
    std::string blocks;
    for (const api::HeldBlock& held : account.blocks)
        blocks += (blocks.empty() ? "" : "\n") + held.block.text();
    const auto time = [](const std::optional<api::Time>& at) { return at ? timeText(*at) : std::string(); };
    const auto& until = account.settings.validUntil;
    return facts(
        {{reader.say(say::login), account.name.toStdString()},
         {reader.say(say::kindWord), kindText(reader, account.settings.kind)},
         {reader.say(say::held), blocks.empty() ? reader.say(say::heldNothing) : blocks},
         {reader.say(say::validFrom), time(account.settings.validFrom)},
         {reader.say(say::validity), until ? timeText(*until) : reader.say(say::withoutEnd)},
         {reader.say(say::lastLogin), time(account.lastLogin)},
         {reader.say(say::thisMonth), usedText(reader, account)}});
}

Markup accountState(const Reader& reader, const api::Account& account) {
    if (account.state == api::AccountState::Suspended) {
        Markup content = heading(2, reader.say(say::suspended)) + paragraph(reader.say(say::suspendedText));
        if (!account.reason.isEmpty())
            content += element("p", {}, lines(reader.say(say::reasonIs, {account.reason.toStdString()})));
        return box("bad", content);
    }
    if (account.state == api::AccountState::Expired)
        return box("bad", heading(2, reader.say(say::expired)) + paragraph(reader.say(say::expiredText)));
    return {};
}

Markup passwordForm(const Reader& reader, const StatusView& view) {
    const std::string least = std::to_string(credentials::shortestAccountPassword);
    const auto passwordField
        = [&](const char* id, const Sentence& label, const std::string& hint, const char* autocomplete) {
              return field(
                  reader, {id, reader.say(label), hint, "password", {}, {{"autocomplete", autocomplete}}},
                  view.mistakes);
          };
    const Markup form = passwordField(statusField::oldPassword, say::oldPassword, {}, "current-password")
        + passwordField(statusField::newPassword, say::newPassword, reader.say(say::newPasswordHint, {least}),
                        "new-password")
        + passwordField(statusField::newPasswordAgain, say::newPasswordAgain, {}, "new-password")
        + button(reader.say(say::changePassword));
    // Open from the start when something in it has to be corrected.
    const bool isOpen = !mistakeAt(view.mistakes, statusField::oldPassword).empty()
        || !mistakeAt(view.mistakes, statusField::newPassword).empty()
        || !mistakeAt(view.mistakes, statusField::newPasswordAgain).empty();
    Attributes attributes;
    if (isOpen)
        attributes.emplace_back("open", "");
    return element(
        "details", attributes,
        element("summary", {}, reader.say(say::changePassword))
            + postForm(reader, view.path + "/password", form));
}

Markup accountPart(const Reader& reader, const StatusView& view) {
    const api::Account& account = *view.page.account;
    Markup content = accountState(reader, account);
    if (view.page.credentialsWaiting)
        content += box(
            "good",
            heading(2, reader.say(say::credentialsWait)) + paragraph(reader.say(say::credentialsHint))
                + postForm(reader, view.path + "/credentials", button(reader.say(say::showCredentials))));
    content += accountFacts(reader, account) + asWritten(reader, view.page.request);
    const bool isOver
        = account.state == api::AccountState::Suspended || account.state == api::AccountState::Expired;
    if (!view.page.credentialsWaiting && !isOver)
        content += tunnelPart(reader, view) + connectPart(reader, view);
    if (!view.page.credentialsWaiting)
        content += heading(2, reader.say(say::password)) + passwordForm(reader, view);
    if (account.state != api::AccountState::Suspended)
        content += heading(2, reader.say(say::giveBack)) + paragraph(reader.say(say::giveBackHint))
            + element("p", {},
                      element(
                          "a", {{"class", "button second"}, {"href", view.path + "/give-back"}},
                          reader.say(say::giveBack)));
    return content;
}
} // namespace

std::string statusTitle(const Reader& reader, const StatusView& view) {
    return reader.say(view.page.account ? say::accountTitle : say::statusTitle);
}

Markup statusPage(const Reader& reader, const StatusView& view) {
    Markup content = heading(1, statusTitle(reader, view)) + summary(reader, view.mistakes);
    if (!view.done.empty())
        content += element("div", {{"class", "box good"}, {"role", "status"}}, paragraph(view.done));
    content += view.page.account ? accountPart(reader, view) : requestPart(reader, view);
    return content + element("p", {{"class", "hint"}}, reader.say(say::keepAddress));
}

Markup credentialsPage(const Reader& reader, const StatusView& view, const api::Credentials& credentials) {
    const auto shown = [&](const Sentence& name, const std::string& value) {
        return element("dt", {}, reader.say(name))
            + element("dd", {}, element("span", {{"class", "secret"}}, value));
    };
    Markup list = shown(say::login, credentials.login.toStdString())
        + shown(say::password, credentials.password.toStdString());
    if (view.profile)
        list += shown(say::broker, view.profile->broker.text());
    Markup content = heading(1, reader.say(say::credentialsTitle));
    content += box("good", paragraph(reader.say(say::onlyNow)) + element("dl", {{"class", "facts"}}, list));
    content += connectPart(reader, view);
    return content
        + element(
               "p", {},
               element("a", {{"class", "button second"}, {"href", view.path}}, reader.say(say::toStatus)));
}

Markup giveBackPage(const Reader& reader, const std::string& path, const std::string& login) {
    return heading(1, reader.say(say::giveBackTitle))
        + box("bad", paragraph(reader.say(say::giveBackWarning, {login})))
        + postForm(reader, path + "/give-back", button(reader.say(say::giveBackYes), "danger"))
        + element(
               "p", {},
               element("a", {{"class", "button second"}, {"href", path}}, reader.say(say::giveBackNo)));
}

} // namespace viaduct::web
