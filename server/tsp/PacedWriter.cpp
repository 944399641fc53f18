// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/tsp/PacedWriter.h"

#include <QTimer>

#include <chrono>
#include <linux/sockios.h>
#include <sys/ioctl.h>

namespace viaduct::face {

namespace {
using std::chrono::milliseconds;

constexpr qint64 mostUnsent = 65536; ///< bytes to a peer that does not read
constexpr milliseconds longestGoodbye{10'000};
/// The clients need 150 ms between rspauth's acknowledgement and the 200; this is the value that was proven.
constexpr milliseconds gap{200};
constexpr milliseconds acknowledgementPoll{10};

bool everythingIsAcknowledged(const QTcpSocket& socket) {
    int unacknowledged = 0;
    return socket.bytesToWrite() == 0
        && ioctl(static_cast<int>(socket.socketDescriptor()), SIOCOUTQ, &unacknowledged) == 0
        && unacknowledged == 0;
}
} // namespace

PacedWriter::PacedWriter(QTcpSocket* socket) : QObject(socket), m_socket(socket) { }

void PacedWriter::send(const std::string& bytes) {
    add({QByteArray::fromStdString(bytes), false});
}

void PacedWriter::sendAfterGap(const std::string& bytes) {
    add({QByteArray::fromStdString(bytes), true});
}

void PacedWriter::close() {
    m_closing = true;
    drain();
}

void PacedWriter::add(Piece piece) {
    if (m_socket->bytesToWrite() + m_waiting >= mostUnsent)
        return;
    m_waiting += piece.bytes.size();
    m_pieces.push_back(std::move(piece));
    drain();
}

void PacedWriter::drain() {
    if (m_gap || m_socket->state() != QAbstractSocket::ConnectedState)
        return;
    while (!m_pieces.empty()) {
        if (m_pieces.front().afterGap) {
            m_gap = true;
            return waitForAcknowledgement();
        }
        m_waiting -= m_pieces.front().bytes.size();
        m_socket->write(m_pieces.front().bytes);
        m_pieces.pop_front();
    }
    if (m_closing)
        finish();
}

void PacedWriter::waitForAcknowledgement() {
    if (!everythingIsAcknowledged(*m_socket)) {
        QTimer::singleShot(acknowledgementPoll, this, [this] { waitForAcknowledgement(); });
        return;
    }
    QTimer::singleShot(gap, this, [this] {
        m_gap = false;
        m_pieces.front().afterGap = false;
        drain();
    });
}

void PacedWriter::finish() {
    m_socket->disconnectFromHost(); // sends what is left first
    if (m_socket->state() != QAbstractSocket::UnconnectedState)
        QTimer::singleShot(longestGoodbye, m_socket, [socket = m_socket] { socket->abort(); });
}

} // namespace viaduct::face
