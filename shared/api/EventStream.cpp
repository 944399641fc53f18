// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/api/EventStream.h"

#include <QRandomGenerator>

namespace viaduct::api {

namespace {
constexpr std::chrono::seconds threeHeartbeats{45};
constexpr qint64 chunk
    = qint64{64} * 1024; // so that the event loop turns while a snapshot of 100,000 tunnels comes
} // namespace

EventStream::EventStream(Client& client, QObject* parent) : QObject(parent), m_client(client) {
    m_silence.setInterval(threeHeartbeats);
    m_silence.setSingleShot(true);
    m_pause.setSingleShot(true);
    connect(&m_pause, &QTimer::timeout, this, &EventStream::connectNow);
    connect(&m_silence, &QTimer::timeout, this, [this] {
        comeBack({Error::Code::Busy, "The broker has fallen silent: the connection is tried anew."});
    });
}

void EventStream::start(const std::vector<Topic>& topics) {
    stop();
    QStringList words;
    for (const Topic topic : topics)
        words.append(QLatin1String(word(topic)));
    m_question = {};
    m_question.query.emplace_back(QStringLiteral("topics"), words.join(u','));
    m_parser = {}; // other topics: what was seen of the old ones is no place to go on from
    m_inSnapshot = false;
    m_backoff.reset();
    connectNow();
}

void EventStream::stop() {
    m_pause.stop();
    dropReply();
    setLive(false);
}

void EventStream::connectNow() {
    const auto opened = m_client.open(operation::streamEvents, m_question, m_parser.lastId().toLatin1());
    if (!opened) {
        Trouble trouble;
        trouble.error = opened.error();
        QTimer::singleShot(0, this, [this, trouble] { Q_EMIT ended(trouble); });
        return;
    }
    m_parser.restart();
    m_reply = *opened;
    connect(m_reply, &QNetworkReply::readyRead, this, &EventStream::readSome);
    connect(m_reply, &QNetworkReply::finished, this, &EventStream::closed);
    m_silence.start();
}

void EventStream::readSome() {
    QNetworkReply* const reply = m_reply;
    if (!reply || reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt() != 200)
        return; // closed() reads the problem
    m_silence.start();
    const auto messages = m_parser.feed(reply->read(chunk));
    if (!messages) {
        comeBack(messages.error());
        return;
    }
    if (m_parser.retry())
        m_backoff.setFirst(*m_parser.retry());
    for (const SseMessage& message : *messages) {
        if (m_reply != reply)
            return; // somebody stopped it
        tell(message);
    }
    if (m_reply != reply)
        return;
    // Also without an event: a stream that goes on where it broke off has nothing to say when nothing
    // happened.
    if (!m_inSnapshot && !m_parser.lastId().isEmpty())
        setLive(true);
    if (m_reply == reply && reply->bytesAvailable() > 0)
        QTimer::singleShot(0, this, &EventStream::readSome);
}

void EventStream::tell(const SseMessage& message) {
    const QJsonDocument document = QJsonDocument::fromJson(message.data);
    const auto read = eventFromJson(message.event, document.object());
    if (read) {
        if (std::holds_alternative<event::SnapshotBegin>(*read))
            m_inSnapshot = true;
        else if (std::holds_alternative<event::SnapshotEnd>(*read))
            m_inSnapshot = false;
        Q_EMIT happened(*read);
    } else if (read.error().code != Error::Code::NotFound) // a newer broker says more
        comeBack(
            {Error::Code::Invalid,
             "The broker sent an event that cannot be read: " + read.error().message
                 + " The stream is begun anew."});
}

void EventStream::closed() {
    if (!m_reply)
        return;
    const int status = m_reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    if (status == 200) {
        while (m_reply && m_reply->bytesAvailable() > 0)
            readSome();
        if (m_reply)
            comeBack({Error::Code::Busy, "The broker has closed the stream: it is begun anew."});
        return;
    }
    const Trouble trouble
        = m_client.troubleOf(*m_reply, m_reply->isOpen() ? m_reply->readAll() : QByteArray());
    const bool passing
        = trouble.certificate == Certificate::Trusted && (status == 0 || status == 429 || status >= 500);
    if (passing) {
        comeBack(trouble.error);
        return;
    }
    dropReply();
    setLive(false);
    Q_EMIT ended(trouble);
}

void EventStream::dropReply() {
    m_silence.stop();
    if (QNetworkReply* const reply = std::exchange(m_reply, nullptr)) {
        disconnect(reply, nullptr, this, nullptr);
        reply->abort(); // and deletes itself
    }
}

void EventStream::comeBack(const Error& error) {
    dropReply();
    // Going on would bring the same again, or leave a snapshot half told.
    if (error.code == Error::Code::Invalid || std::exchange(m_inSnapshot, false))
        m_parser = {};
    const auto delay = m_backoff.next(QRandomGenerator::global()->generateDouble());
    m_pause.start(delay);
    setLive(false);
    Q_EMIT lost(error, delay);
}

void EventStream::setLive(bool live) {
    if (live)
        m_backoff.reset();
    if (std::exchange(m_live, live) != live)
        Q_EMIT liveChanged(live);
}

} // namespace viaduct::api
