// SPDX-License-Identifier: GPL-3.0-or-later
// The admin API served by HTTPS on the loopback interface, with a real store, broker and registry behind it;
// and a client that sends what it is told.
#pragma once

#include "server/api/ApiFace.h"
#include "server/broker/Registry.h"
#include "server/broker/Reservations.h"
#include "server/http/Server.h"
#include "server/revisions/Keeper.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QNetworkAccessManager>
#include <QTemporaryDir>

#include <gtest/gtest.h>

namespace viaduct::face {

struct Table : dataplane::DataPlane {
    std::map<std::int64_t, dataplane::TunnelEntry> entries;
    void put(const dataplane::TunnelEntry& entry) override { entries[entry.id] = entry; }
    void remove(std::int64_t id) override { entries.erase(id); }
    std::string name() const override { return "table"; }
};

class ApiFixture : public testing::Test {
protected:
    struct Answer {
        int status = 0;
        QByteArray body;
        QByteArray etag;
        QByteArray type;
        QMap<QByteArray, QByteArray> headers; ///< names in lower case
        QJsonObject json() const;
        /// The last part of the type of a problem.
        QString problem() const;
    };
    struct Question {
        QByteArray method = "GET";
        QByteArray path; ///< behind /api/v1
        QByteArray body;
        QByteArray token;
        QMap<QByteArray, QByteArray> headers;
    };

    void SetUp() override { start(); }
    void TearDown() override { stop(); }
    void start();
    void stop();

    template <typename Condition>
    bool waitFor(Condition condition, int milliseconds = 20'000) {
        const QDeadlineTimer deadline(milliseconds);
        while (!condition() && !deadline.hasExpired())
            QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 5);
        return condition();
    }
    /// What an operation of a room answers, waited for.
    template <typename T, typename Call>
    Result<T> ask(Call call) {
        std::optional<Result<T>> result;
        call(broker::Answered<T>([&](Result<T> answer) { result = std::move(answer); }));
        EXPECT_TRUE(waitFor([&] { return result.has_value(); })) << "never answered";
        return result ? std::move(*result) : Result<T>(failure(Error::Code::System, "never answered"));
    }

    QNetworkReply* send(const Question& question);
    Answer ask(const Question& question);
    Answer get(const QByteArray& path) { return ask({"GET", path, {}, token(api::Role::Administrator), {}}); }
    Answer
    post(const QByteArray& path, const QByteArray& json, const QMap<QByteArray, QByteArray>& headers = {}) {
        return ask({"POST", path, json, token(api::Role::Administrator), headers});
    }
    Answer
    put(const QByteArray& path, const QByteArray& json, const QMap<QByteArray, QByteArray>& headers = {}) {
        return ask({"PUT", path, json, token(api::Role::Administrator), headers});
    }
    Answer remove(const QByteArray& path, const QMap<QByteArray, QByteArray>& headers = {}) {
        return ask({"DELETE", path, {}, token(api::Role::Administrator), headers});
    }

    /// An API token of that role; made when it is first asked for.
    QByteArray token(api::Role role);
    /// The one-time password of the first administrator.
    const QString& firstPassword() const { return m_firstPassword; }
    /// An account, or the end of the test.
    void makeAccount(const char* name, const char* organisation = "Example University");

    static const char* const sampleConfiguration;

    QTemporaryDir m_directory;
    QByteArray m_configuration = sampleConfiguration; ///< text of the file at the next start
    Table m_table;
    std::unique_ptr<store::Store> m_store;
    std::unique_ptr<revisions::Keeper> m_keeper;
    std::unique_ptr<broker::Broker> m_broker;
    std::unique_ptr<broker::Registry> m_registry;
    std::unique_ptr<broker::Reservations> m_reservations;
    std::unique_ptr<broker::Staff> m_staff;
    std::unique_ptr<ApiFace> m_face;
    std::unique_ptr<http::Server> m_server;
    QNetworkAccessManager m_network;

private:
    QString m_firstPassword;
    std::map<api::Role, QByteArray> m_tokens;
};

} // namespace viaduct::face
