// SPDX-License-Identifier: GPL-3.0-or-later
#include "ApiFixture.h"

#include <QJsonDocument>
#include <QNetworkProxy>
#include <QNetworkReply>
#include <QSaveFile>
#include <QSslConfiguration>

namespace viaduct::face {

using namespace std::chrono_literals;

namespace {
const broker::Actor theAdministrator{"admin", *IpAddress::fromText("192.0.2.250"), api::Role::Administrator};

http::Certificate certificate() {
    static const http::Certificate made
        = *http::makeCertificate({{}, {*IpAddress::fromText("127.0.0.1")}}, std::chrono::system_clock::now());
    return made;
}
} // namespace

QJsonObject ApiFixture::Answer::json() const {
    return QJsonDocument::fromJson(body).object();
}

QString ApiFixture::Answer::problem() const {
    return json().value(QLatin1String("type")).toString().section(u':', -1);
}

const char* const ApiFixture::sampleConfiguration = R"(ipv6 local pool ends 2001:db8:0:1::/64 128
ipv6 local pool sites 2001:db8:1000::/36 48
tsp T
 ip address 192.0.2.1
tunnel server S
 ip address 192.0.2.1
 ipv6 pool endpoints ends
 ipv6 pool prefix sites
tunnel broker B
 set tsp T
 set tunnel server S
username carol secret secret host
web server W
 ip address 192.0.2.1
 serve registration
 serve api
registration
 organisation Example
 contact noc@example.net
)";

void ApiFixture::start() {
    m_network.setProxy(QNetworkProxy::NoProxy); // whatever the machine has for the Internet
    auto opened = store::Store::open(m_directory.path().toStdString());
    ASSERT_TRUE(opened) << opened.error().message;
    m_store = std::move(*opened);
    m_table = Table();
    const QString file = m_directory.filePath(QStringLiteral("viaduct.conf"));
    QSaveFile text(file);
    ASSERT_TRUE(text.open(QIODevice::WriteOnly) && text.write(m_configuration) > 0 && text.commit());
    m_keeper = std::make_unique<revisions::Keeper>(file.toStdString(), m_directory.path().toStdString());
    const auto configuration = m_keeper->load();
    ASSERT_TRUE(configuration) << configuration.error().message;
    const auto snapshot = m_store->load();
    ASSERT_TRUE(snapshot) << snapshot.error().message;
    m_broker = std::make_unique<broker::Broker>(*m_store, m_table);
    m_registry = std::make_unique<broker::Registry>(*m_broker, *m_store);
    m_reservations = std::make_unique<broker::Reservations>(*m_broker, *m_store);
    m_staff = std::make_unique<broker::Staff>(*m_store);
    ASSERT_TRUE(m_registry->load(*snapshot));
    ASSERT_TRUE(m_reservations->load(*snapshot));
    ASSERT_TRUE(m_staff->load(*snapshot));
    ASSERT_TRUE(m_broker->restore(*configuration, *snapshot));
    m_keeper->begin(
        *m_store,
        {[this](const config::Configuration& wanted) { return m_broker->apply(wanted); },
         [this](const config::Configuration& wanted) {
             return m_broker->losses(wanted).map([](const auto& losses) {
                 return revisions::Losses{losses.tunnels, losses.blocks};
             });
         }});
    const auto welcome = ask<std::optional<api::Credentials>>([&](auto done) { m_staff->welcome(done); });
    ASSERT_TRUE(welcome);
    if (*welcome)
        m_firstPassword = (*welcome)->password;
    m_face = std::make_unique<ApiFace>(ApiFace::Rooms{
        *m_broker, *m_registry, *m_reservations, *m_staff, *m_store, *m_keeper,
        m_directory.filePath(QStringLiteral("viaduct.db")).toStdString()});
    http::Options options;
    options.endpoints = {{*IpAddress::fromText("127.0.0.1"), 0}};
    options.certificate = certificate();
    options.bodyLimit = &ApiFace::bodyLimit;
    auto server = http::Server::open(
        std::move(options), [this](const http::Request& request, const http::Responder& responder) {
            m_face->handle(request, responder);
        });
    ASSERT_TRUE(server) << server.error().message;
    m_server = std::move(*server);
}

void ApiFixture::stop() {
    m_server.reset();
    m_face.reset();
    m_staff.reset();
    m_reservations.reset();
    m_registry.reset();
    m_broker.reset();
    m_keeper.reset();
    m_store.reset();
}

QByteArray ApiFixture::token(api::Role role) {
    if (const auto known = m_tokens.find(role); known != m_tokens.end())
        return known->second;
    api::TokenDraft draft;
    draft.name = QLatin1String(api::word(role));
    draft.role = role;
    draft.expires = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()) + 24h;
    const auto made
        = ask<api::TokenCreated>([&](auto done) { m_staff->createToken(draft, theAdministrator, done); });
    EXPECT_TRUE(made) << made.error().message;
    return m_tokens[role] = made ? made->secret.toLatin1() : QByteArray();
}

QNetworkReply* ApiFixture::send(const Question& question) {
    QUrl url;
    url.setScheme(QStringLiteral("https"));
    url.setHost(QStringLiteral("127.0.0.1"));
    url.setPort(m_server->endpoints().front().port);
    QNetworkRequest request(
        QUrl(QString::fromLatin1(url.toEncoded() + api::basePath + question.path), QUrl::StrictMode));
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setPeerVerifyMode(QSslSocket::VerifyNone);
    request.setSslConfiguration(tls);
    request.setTransferTimeout(20'000);
    if (!question.token.isEmpty())
        request.setRawHeader("Authorization", "Bearer " + question.token);
    if (!question.body.isEmpty() && !question.headers.contains("Content-Type"))
        request.setRawHeader("Content-Type", "application/json");
    for (auto header = question.headers.begin(); header != question.headers.end(); ++header)
        request.setRawHeader(header.key(), header.value());
    if (question.method == "HEAD") // else it would wait for a body
        return m_network.head(request);
    return m_network.sendCustomRequest(request, question.method, question.body);
}

ApiFixture::Answer ApiFixture::ask(const Question& question) {
    const std::unique_ptr<QNetworkReply> reply(send(question));
    EXPECT_TRUE(waitFor([&] { return reply->isFinished(); })) << "never answered";
    Answer answer;
    if (!reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).isValid())
        ADD_FAILURE() << reply->url().toString().toStdString() << ": " << reply->errorString().toStdString();
    answer.status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    answer.body = reply->readAll();
    for (const auto& [name, value] : reply->rawHeaderPairs())
        answer.headers[name.toLower()] = value;
    answer.etag = answer.headers.value("etag");
    answer.type = answer.headers.value("content-type");
    return answer;
}

void ApiFixture::makeAccount(const char* name, const char* organisation) {
    api::AccountDraft draft;
    draft.name = QString::fromLatin1(name);
    draft.settings.organisation = QString::fromLatin1(organisation);
    const auto made
        = ask<api::AccountCreated>([&](auto done) { m_registry->create(draft, theAdministrator, done); });
    ASSERT_TRUE(made) << made.error().message;
}

} // namespace viaduct::face
