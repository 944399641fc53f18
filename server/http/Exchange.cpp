// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/Exchange.h"

#include "server/http/Hub.h"
#include "server/http/Listener.h"
#include "server/http/Responder.h"
#include "server/http/Text.h"

#include <utility>

namespace viaduct::http {

namespace {

/// Bytes of a refused body that are still read, so that the client has sent all and hears the refusal: an
/// answer amid its sending is lost with the reset that follows.
constexpr std::size_t mostDiscarded = 8UL * 1024 * 1024;
/// For the answer to get under way, however small it is.
constexpr std::chrono::seconds shortestSending{30};

/// Why a reader has this long: at the slowest speed that is put up with.
Gate::TimePoint sendingDeadline(const Limits& limits, std::size_t bytes) {
    return Gate::Clock::now() + shortestSending + std::chrono::seconds(bytes / limits.slowestReader);
}

int descriptorOf(MHD_Connection* connection) {
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

MHD_Result appendField(
    void* to, MHD_ValueKind /*kind*/, const char* name, std::size_t nameSize, const char* value,
    std::size_t valueSize) {
    static_cast<Pairs*>(to)->emplace_back(
        std::string(name, nameSize), value == nullptr ? std::string() : std::string(value, valueSize));
    return MHD_YES;
}

Pairs fieldsOf(MHD_Connection* connection) {
    Pairs fields;
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, &appendField, &fields);
    return fields;
}

Endpoint remoteOf(MHD_Connection* connection) {
    const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return endpointOf(*info->client_addr);
}

ssize_t readStream(void* exchange, std::uint64_t /*position*/, char* buffer, std::size_t most) {
    return (*static_cast<std::shared_ptr<Exchange>*>(exchange))->read(buffer, most);
}

void freeStream(void* exchange) {
    delete static_cast<std::shared_ptr<Exchange>*>(exchange);
}

void freeBody(void* body) {
    delete static_cast<std::shared_ptr<const std::string>*>(body);
}

MHD_Response* streamResponse(std::shared_ptr<Exchange> exchange) {
    constexpr std::size_t block = 16UL * 1024; // one TLS record
    auto held = std::make_unique<std::shared_ptr<Exchange>>(std::move(exchange));
    MHD_Response* const made
        = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, block, &readStream, held.get(), &freeStream);
    if (made != nullptr)
        (void)held.release(); // freeStream's now
    return made;
}

MHD_Response* wholeResponse(std::shared_ptr<const std::string> body) {
    auto held = std::make_unique<std::shared_ptr<const std::string>>(std::move(body));
    MHD_Response* const made = MHD_create_response_from_buffer_with_free_callback_cls(
        (*held)->size(), const_cast<char*>((*held)->data()), &freeBody, held.get()); // it only reads
    if (made != nullptr)
        (void)held.release(); // freeBody's now
    return made;
}

} // namespace

Exchange::Exchange(std::shared_ptr<Hub> hub, MHD_Connection* connection, std::string target)
    : m_hub(std::move(hub)), m_connection(connection), m_descriptor(descriptorOf(connection)),
      m_target(std::move(target)), m_queue(m_hub->limits.queuedBytesPerStream) { }

Exchange::~Exchange() = default;

MHD_Result Exchange::step(const char* method, const char* version, const char* data, std::size_t& size) {
    const std::lock_guard lock(m_mutex);
    switch (m_state) {
    case State::Head:
        return takeHead(method, version);
    case State::Body:
        if (size == 0)
            return takeEnd();
        takeBody({data, std::exchange(size, 0)});
        return m_discarded > mostDiscarded ? MHD_NO : MHD_YES;
    case State::Answered:
        return sendAnswer();
    default: // resumed because the client or the server goes
        return MHD_NO;
    }
}

MHD_Result Exchange::takeHead(const char* method, const char* version) {
    auto head = readHead({method, m_target, version, fieldsOf(m_connection)});
    if (!head) {
        refuse(head.error());
        return sendAnswer();
    }
    m_request = std::move(*head);
    m_request.remote = remoteOf(m_connection);
    m_from = m_request.remote.address;
    m_bodyLimit = m_hub->bodyLimit ? m_hub->bodyLimit(m_request) : m_hub->limits.bodyBytes;
    if (const auto refusal = tooLargeFromTheStart()) {
        refuse(*refusal);
        return sendAnswer();
    }
    m_state = State::Body;
    return MHD_YES;
}

/// Who waits for 100 Continue hears it before the body; and what would not be read to its end is not begun.
std::optional<Refusal> Exchange::tooLargeFromTheStart() const {
    const auto length = bodyLength(m_request);
    if (!length || *length <= m_bodyLimit)
        return std::nullopt;
    const bool waits = lowerCase(m_request.header("expect").value_or("")) == "100-continue";
    if (!waits && *length <= mostDiscarded)
        return std::nullopt;
    return tooLarge();
}

Refusal Exchange::tooLarge() const {
    return {
        413,
        "the body is larger than " + std::to_string(m_bodyLimit) + " bytes, which is the most taken here"};
}

void Exchange::takeBody(std::string_view data) {
    const std::size_t size = m_request.body.size();
    const std::size_t more = m_hub->bodies.counted(size + data.size()) - m_hub->bodies.counted(size);
    if (!m_refusal && data.size() > m_bodyLimit - size)
        refuse(tooLarge());
    else if (!m_refusal && !m_hub->bodies.take(m_from, more))
        refuse({503, "too many large requests are being answered: try again in a moment"});
    if (m_refusal) {
        m_discarded += data.size();
        return;
    }
    m_kept += more;
    m_request.body.append(data);
}

void Exchange::refuse(Refusal refusal) {
    m_response = m_hub->refusalPage ? m_hub->refusalPage(refusal, m_target)
                                    : Response::text(refusal.status, refusal.sentence + "\n");
    m_refusal = std::move(refusal);
    dropBody();
}

void Exchange::dropBody() {
    m_hub->bodies.giveBack(m_from, std::exchange(m_kept, 0));
    m_request.body = {};
}

MHD_Result Exchange::takeEnd() {
    if (m_refusal)
        return sendAnswer();
    m_hub->gate.setBusy(m_descriptor, std::nullopt);
    if (!m_hub->parking.park(m_connection, m_descriptor, false, weak_from_this()))
        return MHD_NO;
    m_state = State::Waiting;
    m_hub->post([self = shared_from_this(), request = std::make_shared<Request>(std::move(m_request))] {
        if (self->m_hub->handler)
            self->m_hub->handler(*request, Responder(self));
    });
    return MHD_YES;
}

MHD_Result Exchange::sendAnswer() {
    m_state = State::Sending;
    Response response = complete(std::move(m_response));
    if (!response.shared)
        response.shared = std::make_shared<const std::string>(std::move(response.body));
    if (!m_isStream && !m_refusal) // a refusal does not prolong the time of its request
        m_hub->gate.setBusy(m_descriptor, sendingDeadline(m_hub->limits, response.shared->size()));
    MHD_Response* const made
        = m_isStream ? streamResponse(shared_from_this()) : wholeResponse(std::move(response.shared));
    if (made == nullptr)
        return MHD_NO;
    MHD_Result result = MHD_YES;
    for (const auto& [name, value] : response.headers)
        if (MHD_add_response_header(made, name.c_str(), value.c_str()) != MHD_YES)
            result = MHD_NO;
    if (result == MHD_YES)
        result = MHD_queue_response(m_connection, static_cast<unsigned>(response.status), made);
    MHD_destroy_response(made); // the queue has its own hold on it
    return result;
}

ssize_t Exchange::read(char* buffer, std::size_t most) {
    const std::lock_guard lock(m_mutex);
    if (m_cut)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (const std::size_t count = m_queue.take(buffer, most); count > 0)
        return static_cast<ssize_t>(count);
    if (m_ending)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (!m_hub->parking.park(m_connection, m_descriptor, true, weak_from_this()))
        return MHD_CONTENT_READER_END_WITH_ERROR;
    m_parked = true;
    return 0;
}

void Exchange::over() {
    const std::lock_guard lock(m_mutex);
    m_state = State::Over;
    m_queue.clear();
    dropBody();
    m_hub->gate.setIdle(m_descriptor, Gate::Clock::now());
    if (m_isStream)
        m_hub->post([self = shared_from_this()] { self->reportClosed(); });
}

void Exchange::respond(Response response) {
    const std::lock_guard lock(m_mutex);
    answer(std::move(response));
}

void Exchange::startStream(Response head) {
    const std::lock_guard lock(m_mutex);
    if (m_state != State::Waiting)
        return;
    m_isStream = true;
    m_cut = !m_queue.push(std::make_shared<const std::string>(std::move(head.body)));
    head.body.clear();
    answer(std::move(head));
}

void Exchange::answer(Response response) {
    if (m_state != State::Waiting)
        return;
    m_response = std::move(response);
    m_state = State::Answered;
    m_hub->parking.release(m_connection);
}

bool Exchange::awaitsAnswer() const {
    const std::lock_guard lock(m_mutex);
    return m_state == State::Waiting;
}

bool Exchange::streams() const {
    return m_isStream && !m_ending && !m_cut && (m_state == State::Answered || m_state == State::Sending);
}

bool Exchange::send(std::shared_ptr<const std::string> bytes) {
    const std::lock_guard lock(m_mutex);
    if (!streams())
        return false;
    if (!m_queue.push(std::move(bytes))) {
        m_cut = true;
        m_queue.clear();
        m_hub->gate.cut(m_descriptor); // the daemon waits for its socket, not for us
    }
    if (std::exchange(m_parked, false))
        m_hub->parking.release(m_connection);
    return !m_cut;
}

void Exchange::endStream() {
    const std::lock_guard lock(m_mutex);
    m_ending = true;
    if (std::exchange(m_parked, false))
        m_hub->parking.release(m_connection);
}

bool Exchange::isStreaming() const {
    const std::lock_guard lock(m_mutex);
    return streams();
}

std::size_t Exchange::waiting() const {
    const std::lock_guard lock(m_mutex);
    return m_queue.size();
}

void Exchange::setOnClosed(std::function<void()> call) {
    m_onClosed = std::move(call);
    const std::lock_guard lock(m_mutex);
    if (m_onClosed && (m_state == State::Over || !m_isStream))
        m_hub->post([self = shared_from_this()] { self->reportClosed(); });
}

void Exchange::reportClosed() {
    if (const auto call = std::exchange(m_onClosed, {}))
        call();
}

void Exchange::abandon() {
    const std::lock_guard lock(m_mutex);
    if (m_state == State::Waiting) {
        m_state = State::Abandoned;
        m_hub->parking.release(m_connection);
    } else if (std::exchange(m_parked, false)) {
        m_cut = true;
        m_hub->parking.release(m_connection);
    }
}

} // namespace viaduct::http
