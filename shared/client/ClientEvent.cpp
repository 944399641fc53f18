// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/client/ClientEvent.h"

#include "shared/tsp/Framing.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace viaduct::client {

namespace {

std::string versionText(const tsp::Version& version) {
    return std::to_string(version.major) + "." + std::to_string(version.minor) + "."
        + std::to_string(version.patch);
}

/// Without the port where there is none.
std::string outerText(const Endpoint& endpoint) {
    return endpoint.port == 0 ? endpoint.address.text() : endpoint.text();
}

std::string joined(const std::vector<std::string>& words) {
    std::string list;
    for (const std::string& word : words)
        list += (list.empty() ? "" : ", ") + word;
    return list;
}

std::string secondsText(std::chrono::milliseconds delay) {
    const auto tenths = (delay.count() + 99) / 100;
    return std::to_string(tenths / 10) + (delay.count() < 10000 ? "." + std::to_string(tenths % 10) : "")
        + " s";
}

struct Sentence {
    std::string operator()(const event::Resolving& e) const { return "Looking up " + e.server + "."; }
    std::string operator()(const event::Connecting& e) const {
        const std::string endpoint = e.endpoint.text();
        const bool named = !e.server.address();
        return "Asking " + (named ? e.server.host + " (" + endpoint + ")" : endpoint) + " over "
            + (e.transport == Transport::Udp ? "UDP" : "TCP") + ", TSP version " + versionText(e.version)
            + ".";
    }
    std::string operator()(const event::Authenticating& e) const {
        return e.mechanism == tsp::Mechanism::Anonymous
            ? "The broker answers; asking for a tunnel without a login."
            : "The broker answers; logging in with " + std::string(tsp::text(e.mechanism)) + ".";
    }
    std::string operator()(const event::Redirected& e) const {
        return "The broker sends us to " + joined(e.brokers) + ".";
    }
    std::string operator()(const event::Established& e) const {
        std::string text = "Connected: " + std::string(viaduct::text(e.info.mode)) + " tunnel "
            + outerText(e.outerLocal) + " -> " + outerText(e.outerRemote);
        text += e.interfaceName.empty() ? ", for another box."
                                        : " on " + e.interfaceName + " (" + e.path + ").";
        text += "\n  address   " + e.info.clientInner.text();
        text += e.info.clientName.empty() ? "" : " (" + e.info.clientName + ")";
        text += "\n  broker    " + e.info.serverInner.text();
        if (e.info.delegation)
            text += "\n  prefix    " + e.info.delegation->prefix.text()
                + (e.prefixInterface.empty() ? "" : " on " + e.prefixInterface);
        for (const IpAddress& resolver : e.info.resolvers)
            text += "\n  resolver  " + resolver.text();
        return text;
    }
    std::string operator()(const event::Lost& e) const { return "Connection lost: " + e.reason; }
    std::string operator()(const event::Retrying& e) const {
        return e.reason + " Next try in " + secondsText(e.delay) + ".";
    }
    std::string operator()(const event::Notice& e) const { return e.text; }
    std::string operator()(const event::Failed& e) const { return e.reason; }
    std::string operator()(const event::Stopped&) const { return "Stopped."; }
};

QString qt(std::string_view text) {
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

QJsonArray texts(const std::vector<std::string>& words) {
    QJsonArray array;
    for (const std::string& word : words)
        array.append(qt(word));
    return array;
}

QJsonObject object(const char* name, std::initializer_list<std::pair<QString, QJsonValue>> fields) {
    QJsonObject result(fields);
    result.insert(QStringLiteral("event"), QString::fromLatin1(name));
    return result;
}

QJsonObject establishedObject(const event::Established& e) {
    QJsonObject result = object(
        "established",
        {{QStringLiteral("mode"), qt(text(e.info.mode))},
         {QStringLiteral("transport"), qt(text(e.transport))},
         {QStringLiteral("server"), qt(e.server.text())},
         {QStringLiteral("outer_local"), qt(outerText(e.outerLocal))},
         {QStringLiteral("outer_remote"), qt(outerText(e.outerRemote))},
         {QStringLiteral("inner_local"), qt(e.info.clientInner.text())},
         {QStringLiteral("inner_remote"), qt(e.info.serverInner.text())},
         {QStringLiteral("keepalive"), static_cast<qint64>(e.info.keepaliveInterval.count())},
         {QStringLiteral("lifetime"), static_cast<qint64>(e.info.lifetime.count())}});
    if (!e.interfaceName.empty()) {
        result.insert(QStringLiteral("interface"), qt(e.interfaceName));
        result.insert(QStringLiteral("path"), qt(e.path));
    }
    if (!e.info.clientName.empty())
        result.insert(QStringLiteral("name"), qt(e.info.clientName));
    if (e.info.delegation)
        result.insert(QStringLiteral("prefix"), qt(e.info.delegation->prefix.text()));
    if (!e.prefixInterface.empty())
        result.insert(QStringLiteral("prefix_interface"), qt(e.prefixInterface));
    std::vector<std::string> resolvers;
    for (const IpAddress& resolver : e.info.resolvers)
        resolvers.push_back(resolver.text());
    result.insert(QStringLiteral("resolvers"), texts(resolvers));
    return result;
}

struct Object {
    QJsonObject operator()(const event::Resolving& e) const {
        return object("resolving", {{QStringLiteral("server"), qt(e.server)}});
    }
    QJsonObject operator()(const event::Connecting& e) const {
        return object(
            "connecting",
            {{QStringLiteral("server"), qt(e.server.text())},
             {QStringLiteral("endpoint"), qt(e.endpoint.text())},
             {QStringLiteral("transport"), qt(text(e.transport))},
             {QStringLiteral("version"), qt(versionText(e.version))}});
    }
    QJsonObject operator()(const event::Authenticating& e) const {
        return object("authenticating", {{QStringLiteral("mechanism"), qt(tsp::text(e.mechanism))}});
    }
    QJsonObject operator()(const event::Redirected& e) const {
        return object("redirected", {{QStringLiteral("brokers"), texts(e.brokers)}});
    }
    QJsonObject operator()(const event::Established& e) const { return establishedObject(e); }
    QJsonObject operator()(const event::Lost& e) const {
        return object("lost", {{QStringLiteral("reason"), qt(e.reason)}});
    }
    QJsonObject operator()(const event::Retrying& e) const {
        return object(
            "retrying",
            {{QStringLiteral("milliseconds"), static_cast<qint64>(e.delay.count())},
             {QStringLiteral("reason"), qt(e.reason)}});
    }
    QJsonObject operator()(const event::Notice& e) const {
        return object("notice", {{QStringLiteral("text"), qt(e.text)}});
    }
    QJsonObject operator()(const event::Failed& e) const {
        return object(
            "failed",
            {{QStringLiteral("code"), static_cast<int>(e.code)}, {QStringLiteral("reason"), qt(e.reason)}});
    }
    QJsonObject operator()(const event::Stopped&) const { return object("stopped", {}); }
};

} // namespace

std::string sentence(const ClientEvent& event) {
    return std::visit(Sentence{}, event);
}

std::string json(const ClientEvent& event) {
    return QJsonDocument(std::visit(Object{}, event)).toJson(QJsonDocument::Compact).toStdString();
}

} // namespace viaduct::client
