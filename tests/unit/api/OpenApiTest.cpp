// SPDX-License-Identifier: GPL-3.0-or-later
// The document that people read is the one that the operations and the types give. After a change to them,
// write it anew: VIADUCT_WRITE_OPENAPI=1 build/bin/api-test
#include "shared/api/Question.h"
#include "tests/unit/source/SourceTree.h"

#include <gtest/gtest.h>

#include <QFile>
#include <QJsonDocument>
#include <QRegularExpression>

using namespace viaduct;
using namespace viaduct::api;

namespace {

QString q(const char* text) {
    return QString::fromUtf8(text);
}

QByteArray contentOf(const char* path) {
    QFile file(sourcePath(path));
    EXPECT_TRUE(file.open(QFile::ReadOnly)) << path;
    return file.readAll();
}

const QUrl broker(q("https://broker.example.net:8443"));

std::string url(const OperationInfo& operation, const Question& question) {
    const auto made = urlOf(broker, operation, question);
    return made ? made->toEncoded().toStdString() : made.error().message;
}

} // namespace

TEST(OpenApi, theFileIsWhatTheTypesSay) {
    const QByteArray document = QJsonDocument(openApi()).toJson();
    if (qEnvironmentVariableIsSet("VIADUCT_WRITE_OPENAPI")) {
        QFile file(sourcePath("shared/api/openapi.json"));
        ASSERT_TRUE(file.open(QFile::WriteOnly));
        ASSERT_EQ(file.write(document), document.size());
        return;
    }
    EXPECT_TRUE(contentOf("shared/api/openapi.json") == document)
        << "shared/api/openapi.json is not up to date: VIADUCT_WRITE_OPENAPI=1 build/bin/api-test";
}

TEST(OpenApi, noOperationIsForgotten) {
    const QString header = QString::fromUtf8(contentOf("shared/api/Operations.h"));
    qsizetype declared = 0;
    for (auto found = QRegularExpression(q("inline constexpr Operation<")).globalMatch(header);
         found.hasNext(); found.next())
        ++declared;
    EXPECT_EQ(declared, static_cast<qsizetype>(operations().size()));
    std::set<std::string> ids;
    std::set<std::pair<Method, std::string>> places;
    for (const OperationInfo& operation : operations()) {
        EXPECT_TRUE(ids.insert(operation.id).second) << operation.id;
        EXPECT_TRUE(places.insert({operation.method, operation.path}).second) << operation.id;
    }
}

TEST(OpenApi, whoMayWhat) {
    using namespace operation;
    EXPECT_TRUE(may(logIn, std::nullopt));
    EXPECT_FALSE(may(showStatistics, std::nullopt));
    EXPECT_FALSE(may(showStatistics, Role::Requester));
    EXPECT_TRUE(may(showStatistics, Role::Viewer));
    EXPECT_FALSE(may(approveRequest, Role::Viewer));
    EXPECT_TRUE(may(approveRequest, Role::Operator));
    EXPECT_FALSE(may(applyConfiguration, Role::Operator));
    EXPECT_TRUE(may(applyConfiguration, Role::Administrator));
    for (const OperationInfo& one : operations()) {
        EXPECT_TRUE(may(one, Role::Administrator)) << one.id;
        const bool ofTheSession = QByteArray(one.path).startsWith("/session");
        EXPECT_TRUE(one.method == Method::Get || ofTheSession || !may(one, Role::Viewer))
            << one.id << ": a viewer changes nothing but the own session";
    }
}

TEST(Question, namesBecomeSegmentsWhateverIsInThem) {
    EXPECT_EQ(url(operation::listPools, {}), "https://broker.example.net:8443/api/v1/pools");
    EXPECT_EQ(
        url(operation::showAccount, {{q("a/b?c=é %")}}),
        "https://broker.example.net:8443/api/v1/accounts/a%2Fb%3Fc%3D%C3%A9%20%25");
    EXPECT_EQ(
        url(operation::showRouterSnippet, {{q("Rennes"), q("linux")}}),
        "https://broker.example.net:8443/api/v1/static-tunnels/Rennes/snippets/linux");
    for (const char* wrong : {"", ".", ".."})
        EXPECT_NE(url(operation::showAccount, {{q(wrong)}}).find("cannot be the name"), std::string::npos)
            << wrong;
    EXPECT_EQ(url(operation::listPools, {{q("x")}}), "Too many names are given for listPools.");
}

TEST(Question, parametersAreEncoded) {
    EXPECT_EQ(
        url(operation::showHolders,
            {{}, {{q("address"), q("2001:db8::1")}, {q("at"), q("2026-11-24T10:30:00+01:00")}}}),
        "https://broker.example.net:8443/api/v1/history/"
        "holders?address=2001%3Adb8%3A%3A1&at=2026-11-24T10%3A30%3A00%2B01%3A00")
        << "a plus that is not encoded would be read as a space";
    EXPECT_EQ(
        url(operation::listAccounts, {{}, {{q("q"), q("a&b=c#d")}, {q("cursor"), {}}}}),
        "https://broker.example.net:8443/api/v1/accounts?q=a%26b%3Dc%23d");
}

TEST(Question, nothingIsSentWithoutTls) {
    EXPECT_FALSE(urlOf(QUrl(q("http://broker.example.net")), operation::listPools, {}));
    EXPECT_FALSE(urlOf(QUrl(), operation::listPools, {}));
    EXPECT_FALSE(brokerFromText(q("http://broker.example.net")));
    EXPECT_EQ(brokerFromText(q(" broker.example.net:8443/x?y ")).value(), broker);
    EXPECT_EQ(brokerFromText(q("https://user:secret@broker.example.net:8443")).value(), broker);
    EXPECT_EQ(brokerFromText(q("[2001:db8::1]:8443")).value(), QUrl(q("https://[2001:db8::1]:8443")));
    for (const char* wrong : {"", "https://", "a b", "ftp://x", "https://x:99999"})
        EXPECT_FALSE(brokerFromText(q(wrong))) << wrong;
}
