// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/api/Client.h"

#include <QSslCertificate>
#include <QSslConfiguration>
#include <QTimer>
#include <QUuid>

namespace viaduct::api {

namespace {

constexpr qint64 mostBytes = 256LL * 1024 * 1024; // of an answer: a report of 100,000 rows is a tenth of it
constexpr const char* certificateProperty = "viaductCertificate";
constexpr const char* fingerprintProperty = "viaductFingerprint";
constexpr const char* tooLongProperty = "viaductTooLong";

Error networkError(QNetworkReply::NetworkError code, const QString& host, const QString& said) {
    const std::string name = host.toStdString();
    using Code = Error::Code;
    switch (code) {
    case QNetworkReply::HostNotFoundError:
        return {
            Code::NotFound, "There is no host " + name + ": look at the spelling, or at the name server."};
    case QNetworkReply::ConnectionRefusedError:
        return {
            Code::Busy,
            "Nothing answers at " + name
                + ": viaductd does not run there, or its API listens at another port."};
    case QNetworkReply::TimeoutError:
    case QNetworkReply::OperationCanceledError:
        return {
            Code::Busy,
            name + " does not answer in time: look at the network in between, or try again later."};
    case QNetworkReply::RemoteHostClosedError:
        return {Code::Busy, name + " has closed the connection in the middle: try again."};
    case QNetworkReply::SslHandshakeFailedError:
        return {
            Code::Denied,
            "No TLS connection with " + name + " comes about (" + said.toStdString()
                + "): is it the port of the API?"};
    default:
        return {
            Code::System,
            name + " cannot be reached (" + said.toStdString() + "): look at the network in between."};
    }
}

} // namespace

void Call::cancel() {
    if (!m_reply)
        return;
    m_reply->setProperty("viaductCancelled", true);
    m_reply->abort();
}

Client::Client(QObject* parent) : QObject(parent) {
    // A redirect would carry the token elsewhere.
    m_network.setRedirectPolicy(QNetworkRequest::ManualRedirectPolicy);
    m_network.setAutoDeleteReplies(true);
    connect(&m_network, &QNetworkAccessManager::sslErrors, this, [this](QNetworkReply* reply) {
        checkCertificate(reply, false);
        if (static_cast<Certificate>(reply->property(certificateProperty).toInt()) == Certificate::Trusted)
            reply->ignoreSslErrors();
    });
    // Also a certificate that an authority vouches for must be the pinned one, before anything is sent.
    connect(&m_network, &QNetworkAccessManager::encrypted, this, [this](QNetworkReply* reply) {
        checkCertificate(reply, true);
        if (static_cast<Certificate>(reply->property(certificateProperty).toInt()) != Certificate::Trusted)
            reply->abort();
    });
}

void Client::setBroker(const QUrl& broker) {
    m_broker = broker;
    m_token.clear();
    setPin({});
}

void Client::setPin(const QString& fingerprint) {
    m_pin = fingerprint;
    // Connections that an earlier pin has let through are not to be used again.
    m_network.clearConnectionCache();
}

void Client::checkCertificate(QNetworkReply* reply, bool proved) {
    const QString fingerprint = fingerprintOf(reply->sslConfiguration().peerCertificate().toDer());
    // What was judged unknown or trusted before the handshake ended stays so: errors were looked at then.
    const bool asked = reply->property(fingerprintProperty).isValid();
    const Certificate judgement = judge(m_pin, fingerprint, proved && !asked);
    reply->setProperty(certificateProperty, static_cast<int>(judgement));
    reply->setProperty(fingerprintProperty, fingerprint);
}

QNetworkRequest
Client::requestFor(const QUrl& url, const Question& question, const QByteArray& accept) const {
    QNetworkRequest request(url);
    request.setRawHeader("Accept", accept + ", application/problem+json");
    request.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(
        QNetworkRequest::Http2AllowedAttribute, false); // a connection is checked once, whole
    if (!m_token.isEmpty())
        request.setRawHeader("Authorization", "Bearer " + m_token.toUtf8());
    if (question.revision)
        request.setRawHeader("If-Match", '"' + QByteArray::number(qint64{*question.revision}) + '"');
    return request;
}

QNetworkReply*
Client::dispatch(const OperationInfo& operation, QNetworkRequest request, const Content& content) {
    switch (operation.method) {
    case Method::Get:
        return m_network.get(request);
    case Method::Delete:
        return m_network.deleteResource(request);
    case Method::Put:
    case Method::Post:
        break;
    }
    request.setHeader(QNetworkRequest::ContentTypeHeader, content.type);
    return operation.method == Method::Put ? m_network.put(request, content.body)
                                           : m_network.post(request, content.body);
}

Call Client::send(
    const OperationInfo& operation, const Question& question, const Content& content, QObject* context,
    Callback<QByteArray> answered) {
    const Result<QUrl> url = urlOf(m_broker, operation, question);
    if (!url) {
        QTimer::singleShot(0, context, [error = url.error(), answered = std::move(answered)] {
            Trouble trouble;
            trouble.error = error;
            answered(tl::unexpected(trouble));
        });
        return {};
    }
    QNetworkRequest request = requestFor(*url, question, content.accept);
    request.setTransferTimeout(static_cast<int>(m_timeout.count()));
    if (operation.method == Method::Post)
        request.setRawHeader(
            "Idempotency-Key",
            question.idempotencyKey.isEmpty() ? QUuid::createUuid().toByteArray(QUuid::WithoutBraces)
                                              : question.idempotencyKey.toUtf8());
    QNetworkReply* reply = dispatch(operation, request, content);
    connect(reply, &QNetworkReply::downloadProgress, reply, [reply](qint64 received) {
        if (received > mostBytes) {
            reply->setProperty(tooLongProperty, true);
            reply->abort();
        }
    });
    const auto answering
        = connect(reply, &QNetworkReply::finished, context, [this, reply, answered = std::move(answered)] {
              if (!reply->property("viaductCancelled").toBool())
                  finish(reply, answered);
          });
    if (context != this)
        // An object that is going still hears: not of the end of what it gives up here.
        connect(context, &QObject::destroyed, reply, [reply, answering] {
            disconnect(answering);
            reply->abort();
        });
    return Call(reply);
}

void Client::finish(QNetworkReply* reply, const Callback<QByteArray>& answered) const {
    const QByteArray body = reply->isOpen() ? reply->readAll() : QByteArray();
    const int status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    if (reply->error() == QNetworkReply::NoError && status >= 200 && status < 300)
        answered(body);
    else
        answered(tl::unexpected(troubleOf(*reply, body)));
}

Trouble Client::troubleOf(QNetworkReply& reply, const QByteArray& body) const {
    Trouble trouble;
    trouble.fingerprint = reply.property(fingerprintProperty).toString();
    trouble.certificate = static_cast<Certificate>(reply.property(certificateProperty).toInt());
    if (trouble.certificate != Certificate::Trusted) {
        trouble.error
            = {Error::Code::Denied, sentence(trouble.certificate, trouble.fingerprint).toStdString()};
        return trouble;
    }
    if (reply.property(tooLongProperty).toBool())
        return notUnderstood("It is longer than 256 MiB.");
    const int status = reply.attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    if (status == 0 || reply.error() == QNetworkReply::OperationCanceledError) {
        trouble.error = networkError(reply.error(), m_broker.authority(), reply.errorString());
        return trouble;
    }
    const QByteArray type = reply.header(QNetworkRequest::ContentTypeHeader).toByteArray();
    if (type.startsWith("application/problem+json")) {
        if (const auto problem = fromJson<Problem>(QJsonDocument::fromJson(body).object())) {
            trouble.error = errorOf(*problem);
            trouble.kind = kindOf(*problem);
            trouble.fields = problem->errors;
            return trouble;
        }
    }
    return notUnderstood("The HTTP status is " + std::to_string(status) + '.');
}

Result<QNetworkReply*>
Client::open(const OperationInfo& operation, const Question& question, const QByteArray& lastId) {
    const Result<QUrl> url = urlOf(m_broker, operation, question);
    if (!url)
        return tl::unexpected(url.error());
    QNetworkRequest request = requestFor(*url, question, "text/event-stream");
    request.setAttribute(QNetworkRequest::CacheLoadControlAttribute, QNetworkRequest::AlwaysNetwork);
    if (!lastId.isEmpty())
        request.setRawHeader("Last-Event-ID", lastId);
    QNetworkReply* reply = m_network.get(request);
    reply->setReadBufferSize(
        qint64{1024} * 1024); // a reader that is slow makes the broker wait, not the memory grow
    return reply;
}

Trouble Client::notUnderstood(const std::string& why) {
    Trouble trouble;
    trouble.error
        = {Error::Code::Invalid,
           "The answer is not one of a Viaduct broker of this version. " + why
               + " Look whether the address is right and no proxy answers in its place."};
    return trouble;
}

} // namespace viaduct::api
