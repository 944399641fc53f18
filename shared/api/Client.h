// SPDX-License-Identifier: GPL-3.0-or-later
// The admin API as C++ calls: `client.call(operation::showAccount, {{"jdupont"}}, {}, this, [](auto answer)
// {})`. Answers come by callback into the caller's thread and context, as those of the store do: a widget
// that is gone is not called, and nothing throws across rooms, as a future would.
#pragma once

#include "shared/api/Question.h"
#include "shared/api/Trust.h"

#include <QJsonDocument>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QPointer>

#include <functional>

namespace viaduct::api {

/// Why a call has no answer.
struct Trouble {
    Error error; ///< for people
    std::optional<ProblemKind>
        kind; ///< the broker's own refusal; absent: it was not reached, or not understood
    std::vector<FieldError> fields; ///< to be shown beside the fields of a form
    Certificate certificate
        = Certificate::Trusted; ///< otherwise the call failed for it, and nothing was sent
    QString fingerprint; ///< of that certificate: setPin() with it once a person has said yes
};

template <typename T>
using Answered = tl::expected<T, Trouble>;
template <typename T>
using Callback = std::function<void(Answered<T>)>;

/// A call under way. May be dropped: the call goes on.
class Call {
public:
    Call() = default;
    explicit Call(QNetworkReply* reply) : m_reply(reply) { }
    bool isRunning() const { return m_reply && m_reply->isRunning(); }
    /// Its callback is not called any more. What the broker has begun it may still do.
    void cancel();

private:
    QPointer<QNetworkReply> m_reply;
};

class Client : public QObject {
    Q_OBJECT
public:
    explicit Client(QObject* parent = nullptr);

    /// Another broker: the token and the pin are forgotten. Answers of calls under way still come.
    void setBroker(const QUrl& broker);
    const QUrl& broker() const { return m_broker; }
    /// The one certificate to believe (normalFingerprint() reads what people type); empty: ask the
    /// authorities.
    void setPin(const QString& fingerprint);
    /// Of a session or an API token; sent to this broker alone.
    void setToken(const QString& token) { m_token = token; }
    bool hasToken() const { return !m_token.isEmpty(); }
    /// Without a byte in either direction for so long a call has failed.
    void setTimeout(std::chrono::milliseconds timeout) { m_timeout = timeout; }

    /// Calls with a body. The callback comes later, never from within, while `context` lives.
    template <typename Body, typename Answer>
    Call call(
        const Operation<Body, Answer>& operation, const Question& question,
        const std::type_identity_t<Body>& body, QObject* context,
        std::type_identity_t<Callback<Answer>> answered) {
        const QByteArray bytes = std::is_same_v<Body, Nothing>
            ? QByteArray()
            : QJsonDocument(toJson(body)).toJson(QJsonDocument::Compact);
        return send(
            operation, question, {bytes, "application/json", "application/json"}, context,
            [answered = std::move(answered)](const Answered<QByteArray>& answer) {
                answered(answer ? parse<Answer>(*answer) : tl::unexpected(answer.error()));
            });
    }

    /// CSV to a broker: importAccounts.
    template <typename Answer>
    Call upload(
        const Operation<Nothing, Answer>& operation, const Question& question, const QByteArray& csv,
        QObject* context, std::type_identity_t<Callback<Answer>> answered) {
        return send(
            operation, question, {csv, "text/csv", "application/json"}, context,
            [answered = std::move(answered)](const Answered<QByteArray>& answer) {
                answered(answer ? parse<Answer>(*answer) : tl::unexpected(answer.error()));
            });
    }

    /// CSV from a broker: exports and reports.
    Call download(
        const OperationInfo& operation, const Question& question, QObject* context,
        Callback<QByteArray> answered) {
        return send(operation, question, {{}, {}, "text/csv"}, context, std::move(answered));
    }

    /// All pages of a list, one after the other. `page` says whether it wants more.
    template <typename T>
    void everyPage(
        const Operation<Nothing, Page<T>>& operation, const Question& question, QObject* context,
        std::type_identity_t<std::function<bool(std::vector<T>)>> page, Callback<Nothing> done) {
        call(
            operation, question, Nothing{}, context,
            [self = QPointer<Client>(this), operation, question, context, page = std::move(page),
             done = std::move(done)](Answered<Page<T>> answer) {
                if (!answer) {
                    done(tl::unexpected(answer.error()));
                    return;
                }
                Question next = question;
                std::erase_if(
                    next.query, [](const auto& item) { return item.first == QLatin1String("cursor"); });
                next.query.emplace_back(QStringLiteral("cursor"), answer->next);
                const bool circle = !answer->next.isEmpty() && next.query == question.query;
                if (circle)
                    done(tl::unexpected(notUnderstood("It gives the same page again and again.")));
                else if (!page(std::move(answer->items)) || answer->next.isEmpty())
                    done(Nothing{});
                else if (self) // `page` may have ended the client
                    self->everyPage(operation, next, context, page, done);
            });
    }

    /// For the event stream: a reply that is read as it comes. Certificate and token as for every call.
    Result<QNetworkReply*>
    open(const OperationInfo& operation, const Question& question, const QByteArray& lastId);
    /// Why a reply that has finished did not succeed.
    Trouble troubleOf(QNetworkReply& reply, const QByteArray& body) const;

private:
    struct Content {
        QByteArray body;
        QByteArray type;
        QByteArray accept;
    };

    Call send(
        const OperationInfo& operation, const Question& question, const Content& content, QObject* context,
        Callback<QByteArray> answered);
    QNetworkRequest requestFor(const QUrl& url, const Question& question, const QByteArray& accept) const;
    QNetworkReply* dispatch(const OperationInfo& operation, QNetworkRequest request, const Content& content);
    void checkCertificate(QNetworkReply* reply, bool proved);
    void finish(QNetworkReply* reply, const Callback<QByteArray>& answered) const;

    template <typename Answer>
    static Answered<Answer> parse(const QByteArray& body) {
        if constexpr (std::is_same_v<Answer, Nothing>) {
            return Nothing{};
        } else {
            const QJsonDocument document = QJsonDocument::fromJson(body);
            if (!document.isObject())
                return tl::unexpected(notUnderstood("It is no JSON object."));
            return fromJson<Answer>(document.object()).map_error([](const Error& error) {
                return notUnderstood(error.message);
            });
        }
    }
    static Trouble notUnderstood(const std::string& why);

    QNetworkAccessManager m_network;
    QUrl m_broker;
    QString m_pin;
    QString m_token;
    std::chrono::milliseconds m_timeout{30'000};
};

} // namespace viaduct::api
