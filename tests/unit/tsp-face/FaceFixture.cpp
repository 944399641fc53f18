// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/tsp-face/FaceFixture.h"

#include "shared/tsp/Base64.h"
#include "shared/tsp/DigestMd5.h"
#include "shared/tsp/Framing.h"
#include "shared/tsp/XmlWriter.h"

namespace viaduct::face {

IpAddress address(const char* text) {
    return *IpAddress::fromText(text);
}

std::string nonceIn(const std::string& challenge) {
    const auto text = tsp::fromBase64(tsp::stripped(challenge));
    const auto read = text ? tsp::parseDigestChallenge(*text) : std::nullopt;
    return read ? read->nonce : "no challenge: " + challenge;
}

std::string digestLine(const std::string& challenge, const std::string& password, const char* user) {
    tsp::DigestLogin login;
    login.user = user;
    login.realm = "viaduct";
    login.nonce = nonceIn(challenge);
    login.cnonce = "1795461282";
    login.nonceCount = "00000001";
    login.digestUri = "tsp/192.0.2.1";
    login.qop = "auth";
    login.response = tsp::expectedResponse(login, tsp::digestKey(user, login.realm, password));
    return tsp::toBase64(tsp::digestResponse(login)) + "\r\n";
}

std::string createMessage(const IpAddress& client) {
    tsp::TunnelRequest request;
    request.clientOuter = client;
    return tsp::framed(tsp::writeRequest(request));
}

void FaceTest::SetUp() {
    m_configuration.pools = {{"ends", *Prefix::fromText("2001:db8:0:1::/64"), 128}};
    config::TspServer tspServer;
    tspServer.name = "T";
    tspServer.addresses = {address("192.0.2.1")};
    m_configuration.tspServers = {tspServer};
    config::TunnelServer tunnelServer;
    tunnelServer.name = "S";
    tunnelServer.addresses = {address("192.0.2.1"), address("127.0.0.1")};
    tunnelServer.endpointPool = "ends";
    m_configuration.tunnelServers = {tunnelServer};
    m_configuration.tunnelBrokers = {{"B", {"T"}, "S"}};
    m_configuration.users = {{"alice", config::User::Password{"secret"}, config::AccountKind::Host, {}}};
    auto opened = store::Store::open(m_directory.path().toStdString());
    ASSERT_TRUE(opened) << opened.error().message;
    m_store = std::move(*opened);
    m_broker = std::make_unique<broker::Broker>(*m_store, m_table);
    const auto snapshot = m_store->load();
    ASSERT_TRUE(snapshot);
    const auto restored = m_broker->restore(m_configuration, *snapshot);
    ASSERT_TRUE(restored) << restored.error().message;
}

Server FaceTest::server(std::size_t sessionsPerAddress) const {
    auto policy = std::make_shared<tsp::ServerPolicy>();
    policy->modes = {TunnelMode::V6v4, TunnelMode::V6udpv4};
    return {"T", std::move(policy), sessionsPerAddress};
}

void FaceTest::redirectTo(std::vector<std::string> brokers) {
    config::Redirect redirect;
    redirect.brokers = std::move(brokers);
    m_configuration.tspServers.front().redirect = std::move(redirect);
    const auto applied = m_broker->apply(m_configuration);
    ASSERT_TRUE(applied) << applied.error().message;
}

} // namespace viaduct::face
