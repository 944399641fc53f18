// SPDX-License-Identifier: GPL-3.0-or-later
#include "ViewsFixture.h"

#include <QJsonArray>

namespace viaduct::face {

namespace {
const broker::Actor theOperator{"ann", *IpAddress::fromText("192.0.2.250"), api::Role::Operator};
} // namespace

void ViewsFixture::makeSite(const char* name, const char* organisation) {
    api::AccountDraft draft;
    draft.name = QString::fromLatin1(name);
    draft.settings.kind = api::AccountKind::Site;
    draft.settings.person = QStringLiteral("Jean Dupont");
    draft.settings.email = QStringLiteral("jean@example.net");
    draft.settings.organisation = QString::fromLatin1(organisation);
    const auto made
        = ask<api::AccountCreated>([&](auto done) { m_registry->create(draft, theOperator, done); });
    ASSERT_TRUE(made) << made.error().message;
}

std::int64_t ViewsFixture::bringUp(const char* name, const char* remote, bool withPrefix) {
    const accounts::Account* account = m_broker->account(name);
    EXPECT_TRUE(account) << name;
    if (!account)
        return 0;
    const broker::Caller caller{
        "T",
        Transport::Udp,
        {*IpAddress::fromText("192.0.2.1"), 3653},
        {*IpAddress::fromText(remote), 4000},
        {2, 0, 1}};
    tsp::TunnelRequest request;
    request.mode = TunnelMode::V6anyv4;
    request.clientOuter = caller.remote.address;
    if (withPrefix)
        request.router = tsp::RouterRequest{48, {}};
    bool isUp = false;
    m_broker->requestTunnel(caller, {*account, true}, request, [&](const auto& answer) {
        isUp = answer && std::holds_alternative<tsp::TunnelInfo>(*answer);
    });
    EXPECT_TRUE(waitFor([&] { return isUp; })) << "no tunnel for " << name;
    const store::Tunnel* tunnel = m_broker->tunnelOf(std::string("account:") + name);
    return tunnel ? tunnel->id : 0;
}

QStringList ViewsFixture::texts(const Answer& page, const char* member) {
    QStringList list;
    for (const QJsonValue& item : page.json().value(QLatin1String("items")).toArray())
        list.append(item.toObject().value(QLatin1String(member)).toVariant().toString());
    return list;
}

} // namespace viaduct::face
