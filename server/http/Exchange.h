// SPDX-License-Identifier: GPL-3.0-or-later
// One request and its answer. The daemon's thread gathers the request and suspends the connection; the main
// thread is given the request, and whenever it answers, the daemon's thread goes on.
#pragma once

#include "server/http/Head.h"
#include "server/http/Response.h"
#include "server/http/StreamQueue.h"

#include <functional>
#include <memory>
#include <microhttpd.h>
#include <mutex>

namespace viaduct::http {

struct Hub;

class Exchange : public std::enable_shared_from_this<Exchange> {
public:
    Exchange(std::shared_ptr<Hub> hub, MHD_Connection* connection, std::string target);
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    ~Exchange();

    // In the daemon's thread, by its callbacks.

    /// The access handler; `size` is that of `data`, and what is left of it.
    MHD_Result step(const char* method, const char* version, const char* data, std::size_t& size);
    /// The content reader of a stream.
    ssize_t read(char* buffer, std::size_t most);
    /// The connection knows nothing of this exchange any more.
    void over();

    // In the main thread.

    /// Only the first answer counts.
    void respond(Response response);
    /// `head.body` is what the stream begins with.
    void startStream(Response head);
    bool awaitsAnswer() const;

    bool send(std::shared_ptr<const std::string> bytes);
    void endStream();
    bool isStreaming() const;
    /// Bytes of the stream that wait for the connection.
    std::size_t waiting() const;
    /// Called once when the stream is over, in a later turn of the event loop; nothing calls nobody.
    void setOnClosed(std::function<void()> call);

    /// The client is gone.
    void abandon();

private:
    enum class State {
        Head, ///< nothing is known but the target
        Body, ///< the head is accepted
        Waiting, ///< parked until the main thread answers
        Answered, ///< the answer waits for the daemon's thread
        Sending, ///< the answer is the daemon's
        Abandoned,
        Over
    };

    MHD_Result takeHead(const char* method, const char* version);
    std::optional<Refusal> tooLargeFromTheStart() const;
    Refusal tooLarge() const;
    void takeBody(std::string_view data);
    void refuse(Refusal refusal);
    MHD_Result takeEnd();
    MHD_Result sendAnswer();
    void dropBody();
    bool streams() const;
    void answer(Response response);
    void reportClosed();

    const std::shared_ptr<Hub> m_hub;
    MHD_Connection* const m_connection; ///< to be used in the daemon's thread, or while it is parked
    const int m_descriptor;
    const std::string m_target;
    std::function<void()> m_onClosed; ///< main thread

    mutable std::mutex m_mutex; ///< guards what follows
    State m_state = State::Head;
    Request m_request;
    IpAddress m_from; ///< who sends it
    std::size_t m_bodyLimit = 0;
    std::size_t m_kept = 0; ///< bytes taken from Hub::bodies
    std::size_t m_discarded = 0; ///< bytes of the body after a refusal
    std::optional<Refusal> m_refusal; ///< to be said when the body is through
    Response m_response;
    bool m_isStream = false;
    bool m_parked = false; ///< as a stream
    bool m_ending = false; ///< nothing more will be sent
    bool m_cut = false;
    StreamQueue m_queue;
};

} // namespace viaduct::http
