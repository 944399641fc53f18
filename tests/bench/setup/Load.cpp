// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/setup/Load.h"

#include "tests/bench/setup/Broker.h"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace viaduct::bench {

namespace {

using Clock = tsp::ClientSession::Clock;

sockaddr_in socketAddress(const Endpoint& endpoint) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint.port);
    address.sin_addr.s_addr = htonl(endpoint.address.v4Value());
    return address;
}

int openSocket(const IpAddress& source, const Endpoint& broker) {
    const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const sockaddr_in local = socketAddress({source, 0});
    const sockaddr_in remote = socketAddress(broker);
    if (bind(descriptor, reinterpret_cast<const sockaddr*>(&local), sizeof local) == 0
        && connect(descriptor, reinterpret_cast<const sockaddr*>(&remote), sizeof remote) == 0)
        return descriptor;
    close(descriptor);
    return -1;
}

tsp::ClientParameters parametersOf(std::size_t number, const Endpoint& broker) {
    tsp::ClientParameters parameters;
    parameters.version = {2, 0, 1};
    parameters.mechanisms = {tsp::Mechanism::DigestMd5};
    parameters.user = Broker::userName(number);
    parameters.password = Broker::password();
    parameters.serverText = broker.address.text();
    parameters.request.mode = TunnelMode::V6udpv4;
    parameters.request.clientOuter = IpAddress::v4(0x0A090102); // 10.9.1.2: behind a NAT
    parameters.request.keepaliveInterval = 30;
    parameters.request.router = tsp::RouterRequest{48, {}};
    return parameters;
}

} // namespace

Load::Load(Endpoint broker, std::vector<IpAddress> sources, std::size_t inFlight)
    : m_broker(broker), m_sources(std::move(sources)), m_poll(epoll_create1(EPOLL_CLOEXEC)),
      m_slots(inFlight) {
    for (std::size_t slot = 0; slot < inFlight; ++slot)
        m_free.push_back(slot);
}

Load::~Load() {
    close(m_poll);
}

LoadResult Load::run(std::size_t clients) {
    m_result = {};
    const auto start = Clock::now();
    std::size_t begun = 0;
    std::array<epoll_event, 256> events{};
    while (m_result.established + m_result.failed < clients) {
        while (begun < clients && !m_free.empty())
            begin(begun++);
        const int count = epoll_wait(m_poll, events.data(), static_cast<int>(events.size()), 500);
        for (int i = 0; i < count; ++i)
            readable(events[static_cast<std::size_t>(i)].data.u64);
        if (count == 0)
            tick();
    }
    m_result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return m_result;
}

void Load::begin(std::size_t number) {
    const std::size_t slot = m_free.back();
    m_free.pop_back();
    const int descriptor = openSocket(m_sources[number % m_sources.size()], m_broker);
    m_slots[slot] = std::make_unique<Client>(Client{
        descriptor,
        tsp::ClientSession(
            Transport::Udp, parametersOf(number, m_broker), "cnonce" + std::to_string(number))});
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = slot;
    epoll_ctl(m_poll, EPOLL_CTL_ADD, descriptor, &event);
    perform(slot, m_slots[slot]->session.start(Clock::now()));
}

void Load::readable(std::size_t slot) {
    if (!m_slots[slot])
        return;
    std::array<char, 4096> buffer{};
    const ssize_t length = recv(m_slots[slot]->socket, buffer.data(), buffer.size(), 0);
    if (length >= 0)
        perform(
            slot,
            m_slots[slot]->session.receive({buffer.data(), static_cast<std::size_t>(length)}, Clock::now()));
}

void Load::perform(std::size_t slot, const tsp::ClientActions& actions) {
    for (const tsp::ClientAction& action : actions) {
        if (const auto* transmit = std::get_if<tsp::action::Transmit>(&action)) {
            send(m_slots[slot]->socket, transmit->bytes.data(), transmit->bytes.size(), 0);
        } else if (const auto* established = std::get_if<tsp::action::Established>(&action)) {
            ++m_result.established;
            const bool fresh = m_given.insert(established->info.clientInner).second
                && m_given.insert(established->info.delegation->prefix.address()).second;
            m_result.repeatedAddresses += fresh ? 0 : 1;
            return finish(slot);
        } else if (!std::holds_alternative<tsp::action::Authenticating>(action)) {
            ++m_result.failed;
            return finish(slot);
        }
    }
}

void Load::finish(std::size_t slot) {
    close(m_slots[slot]->socket);
    m_slots[slot].reset();
    m_free.push_back(slot);
}

void Load::tick() {
    const auto now = Clock::now();
    for (std::size_t slot = 0; slot < m_slots.size(); ++slot) {
        if (m_slots[slot] && m_slots[slot]->session.deadline() <= now)
            perform(slot, m_slots[slot]->session.tick(now));
    }
}

} // namespace viaduct::bench
