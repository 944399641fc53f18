// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/http/ServerFixture.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QHostAddress>
#include <QNetworkProxy>
#include <QTimer>
#include <charconv>
#include <sstream>

namespace viaduct::http {

namespace {

const Certificate& testCertificate() {
    static const Certificate made
        = makeCertificate(
              {{"localhost"}, {*IpAddress::fromText("127.0.0.1")}}, std::chrono::system_clock::now())
              .value();
    return made;
}

Response echo(const Request& request) {
    std::ostringstream told;
    told << request.method << ' ' << request.path << '\n';
    for (const std::string& segment : request.segments)
        told << "segment " << segment << '\n';
    for (const auto& [name, value] : request.query)
        told << "query " << name << '=' << value << '\n';
    for (const auto& [name, value] : request.headers)
        told << "header " << name << ": " << value << '\n';
    told << "from " << request.remote.address.text() << '\n' << request.body;
    return Response::text(200, told.str());
}

std::string unchunked(std::string_view chunks) {
    std::string body;
    for (;;) {
        std::size_t size = 0;
        std::from_chars(chunks.data(), chunks.data() + chunks.size(), size, 16);
        chunks.remove_prefix(chunks.find("\r\n") + 2);
        if (size == 0)
            return body;
        body += chunks.substr(0, size);
        chunks.remove_prefix(size + 2);
    }
}

} // namespace

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds patience) {
    QElapsedTimer elapsed;
    elapsed.start();
    QTimer wake; // what happens in another thread makes no event here
    wake.start(5);
    while (!condition()) {
        if (elapsed.hasExpired(patience.count()))
            return false;
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
    }
    return true;
}

bool Answer::hasLine(std::string_view line) const {
    return head.find("\r\n" + std::string(line) + "\r\n") != std::string::npos;
}

Peer::Peer(const Endpoint& server, const char* from) {
    m_socket.setPeerVerifyMode(QSslSocket::VerifyNone);
    m_socket.setProxy(QNetworkProxy::NoProxy);
    QObject::connect(&m_socket, &QSslSocket::readyRead, &m_socket, [this] {
        m_heard += m_socket.readAll().toStdString();
    });
    if (server.address.isV4())
        m_socket.bind(QHostAddress(QString::fromLatin1(from)));
    m_socket.connectToHostEncrypted(QString::fromStdString(server.address.text()), server.port);
}

bool Peer::connected() {
    eventually([this] { return m_socket.isEncrypted() || isClosed(); });
    return m_socket.isEncrypted();
}

std::optional<Answer> Peer::takeAnswer(bool hasBody) {
    const std::size_t end = m_heard.find("\r\n\r\n");
    if (end == std::string::npos)
        return std::nullopt;
    Answer answer;
    answer.head = m_heard.substr(0, end + 2);
    std::from_chars(m_heard.data() + 9, m_heard.data() + 12, answer.status);
    std::size_t size = 0;
    if (const std::size_t at = answer.head.find("Content-Length: "); hasBody && at != std::string::npos)
        std::from_chars(answer.head.data() + at + 16, answer.head.data() + answer.head.size(), size);
    if (hasBody && answer.hasLine("Transfer-Encoding: chunked")) {
        const std::size_t last = m_heard.find("0\r\n\r\n", end);
        if (last == std::string::npos)
            return std::nullopt;
        size = last + 5 - (end + 4);
        answer.body = unchunked(std::string_view(m_heard).substr(end + 4, size));
    } else {
        answer.body = m_heard.substr(end + 4, size);
    }
    if (m_heard.size() < end + 4 + size)
        return std::nullopt;
    m_heard.erase(0, end + 4 + size);
    return answer;
}

Answer Peer::answer(bool hasBody) {
    std::optional<Answer> answer;
    eventually([&] {
        answer = takeAnswer(hasBody);
        return answer || isClosed();
    });
    return answer.value_or(Answer{});
}

bool Peer::hears(std::string_view text) {
    return eventually([&] { return m_heard.find(text) != std::string::npos || isClosed(); })
        && m_heard.find(text) != std::string::npos;
}

std::string request(const char* method, const char* path, const std::string& body, const std::string& more) {
    std::string text = std::string(method) + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + more;
    if (!body.empty())
        text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return text + "\r\n" + body;
}

std::string get(const char* path) {
    return request("GET", path);
}

Options ServerFixture::options() {
    return {{*Endpoint::fromText("127.0.0.1:1")}, testCertificate(), {}, {}, {}};
}

Limits ServerFixture::smallLimits() {
    Limits limits;
    limits.requestTime = std::chrono::milliseconds(600);
    limits.idleTime = std::chrono::seconds(1);
    return limits;
}

void ServerFixture::open(Options options) {
    for (Endpoint& endpoint : options.endpoints)
        endpoint.port = 0;
    auto server
        = Server::open(std::move(options), [this](const Request& request, const Responder& responder) {
              if (m_handler)
                  m_handler(request, responder);
              else
                  responder.respond(
                      request.path == "/echo" || request.path.starts_with("/echo/")
                          ? echo(request)
                          : Response::text(404, "nothing here\n"));
          });
    ASSERT_TRUE(server) << server.error().message;
    m_server = std::move(*server);
}

} // namespace viaduct::http
