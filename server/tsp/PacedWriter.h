// SPDX-License-Identifier: GPL-3.0-or-later
// What a dialogue sends over TCP, in its order: while one message waits for its gap
// (tsp::action::SendAfterGap) all that come after it wait too, and so does the end of the connection.
#pragma once

#include <QTcpSocket>

#include <deque>
#include <string>

namespace viaduct::face {

/// Lives as long as the socket.
class PacedWriter : public QObject {
    Q_OBJECT
public:
    explicit PacedWriter(QTcpSocket* socket);

    /// Each is one write. What a peer does not read is dropped beyond 64 kB.
    void send(const std::string& bytes);
    void sendAfterGap(const std::string& bytes);
    /// When everything is sent. Nothing may be sent after it.
    void close();

private:
    struct Piece {
        QByteArray bytes;
        bool afterGap = false;
    };

    void add(Piece piece);
    void drain();
    void waitForAcknowledgement();
    void finish();

    QTcpSocket* m_socket;
    std::deque<Piece> m_pieces; ///< those that wait
    qsizetype m_waiting = 0; ///< bytes in m_pieces
    bool m_gap = false; ///< a gap is under way
    bool m_closing = false;
};

} // namespace viaduct::face
