// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/LinuxKernelTunnel.h"

#include "shared/tunnel/LinuxNetwork.h"
#include "shared/tunnel/LinuxSocketAddress.h"
#include "shared/tunnel/LinuxTunnelInterface.h"
#include "shared/tunnel/Packet.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netlink/errno.h>
#include <netlink/route/link/sit.h>
#include <new>
#include <poll.h>
#include <random>
#include <sys/eventfd.h>

namespace viaduct::tunnel {
namespace {

constexpr const char* kind = "sit";
constexpr std::uint8_t outerTtl = 64; // RFC 1700's default TTL, as every client's set-up script has it
constexpr std::size_t innerHeader = 40; // RFC 8200, 3

// Whose the device is: written into it, so that it is known again after a crash.
constexpr const char* alias = "made by viaduct";

using Cache = std::unique_ptr<nl_cache, NetlinkDelete<nl_cache_free>>;

std::uint32_t networkOrder(const IpAddress& address) {
    return htonl(address.v4Value());
}

// libnl gives a sit link what it shall be; the caller adds the name.
NetlinkLink sitLink(const TunnelParameters& parameters) {
    NetlinkLink link(rtnl_link_sit_alloc());
    if (!link)
        throw std::bad_alloc();
    rtnl_link_sit_set_local(link.get(), networkOrder(parameters.outerLocal.address));
    rtnl_link_sit_set_remote(link.get(), networkOrder(parameters.outerRemote.address));
    rtnl_link_sit_set_ttl(link.get(), outerTtl);
    rtnl_link_set_mtu(link.get(), static_cast<unsigned>(parameters.mtu));
    return link;
}

// Not together with the rest: the kernel ignores the alias of a link that it makes.
int markAsOurs(const LinuxNetlink& netlink, const std::string& name) {
    const auto link = netlink.link(name);
    const NetlinkLink change(rtnl_link_alloc());
    if (!change)
        throw std::bad_alloc();
    rtnl_link_set_ifalias(change.get(), alias);
    return link ? rtnl_link_change(netlink.socket(), link->get(), change.get(), 0) : -NLE_NODEV;
}

// The wished name with its %d filled in by the first number that is free. The kernel could do that too,
// but would not tell which it took.
std::string freeName(const std::string& pattern) {
    const std::size_t place = pattern.find("%d");
    if (place == std::string::npos)
        return pattern;
    for (unsigned number = 0;; ++number) {
        std::string name = std::string(pattern).replace(place, 2, std::to_string(number));
        if (if_nametoindex(name.c_str()) == 0)
            return name;
    }
}

bool isLeftOver(rtnl_link* link, const TunnelParameters& parameters) {
    const char* type = rtnl_link_get_type(link);
    const char* owner = rtnl_link_get_ifalias(link);
    return type != nullptr && std::strcmp(type, kind) == 0 && owner != nullptr
        && std::strcmp(owner, alias) == 0
        && rtnl_link_sit_get_local(link) == networkOrder(parameters.outerLocal.address)
        && rtnl_link_sit_get_remote(link) == networkOrder(parameters.outerRemote.address);
}

void removeLeftOver(const LinuxNetlink& netlink, const TunnelParameters& parameters) {
    nl_cache* links = nullptr;
    if (rtnl_link_alloc_cache(netlink.socket(), AF_UNSPEC, &links) < 0)
        return;
    const Cache cache(links);
    for (nl_object* object = nl_cache_get_first(links); object != nullptr;
         object = nl_cache_get_next(object)) {
        auto* link = reinterpret_cast<rtnl_link*>(object);
        if (isLeftOver(link, parameters))
            (void)rtnl_link_delete(netlink.socket(), link);
    }
}

void removeLink(const LinuxNetlink& netlink, const std::string& name) {
    if (const auto link = netlink.link(name))
        (void)rtnl_link_delete(netlink.socket(), link->get());
}

} // namespace

Result<std::unique_ptr<Tunnel>>
LinuxKernelTunnel::create(const TunnelParameters& parameters, Callbacks callbacks) {
    // The kernel would take any address, and then send nothing.
    if (const auto isHere = hasLocalAddress(parameters.outerLocal.address); !isHere.value_or(true))
        return failure(
            Error::Code::NotFound,
            "Cannot send from " + parameters.outerLocal.address.text()
                + ": this machine does not have that address. See `ip address`.");
    auto netlink = LinuxNetlink::open();
    if (!netlink)
        return tl::unexpected(netlink.error());
    removeLeftOver(*netlink, parameters);
    const std::string name = freeName(parameters.interfaceName);
    const NetlinkLink link = sitLink(parameters);
    rtnl_link_set_name(link.get(), name.c_str());
    const int code = rtnl_link_add(netlink->socket(), link.get(), NLM_F_CREATE | NLM_F_EXCL);
    if (code == -NLE_OPNOTSUPP)
        return std::unique_ptr<Tunnel>();
    if (code < 0)
        return tl::unexpected(LinuxNetlink::error(
            code,
            "make the tunnel interface " + name + " from " + parameters.outerLocal.address.text() + " to "
                + parameters.outerRemote.address.text()));
    // From here on the object removes the device, whatever fails.
    std::unique_ptr<LinuxKernelTunnel> tunnel(
        new LinuxKernelTunnel(parameters, std::move(*netlink), name, std::move(callbacks)));
    if (const int marked = markAsOurs(tunnel->m_netlink, name); marked < 0)
        return tl::unexpected(LinuxNetlink::error(marked, "mark the tunnel interface " + name));
    (void)disableAutomaticAddresses(name); // as for TUN: a refusal does not matter
    if (const auto up = setLinkUp(name, parameters.mtu); !up)
        return tl::unexpected(up.error());
    if (const auto configured = configureInterface(name, parameters); !configured)
        return tl::unexpected(configured.error());
    if (const auto opened = tunnel->openEcho(); !opened)
        return tl::unexpected(opened.error());
    tunnel->m_thread = std::thread([raw = tunnel.get()] { raw->run(); });
    return tunnel;
}

LinuxKernelTunnel::LinuxKernelTunnel(
    const TunnelParameters& parameters, LinuxNetlink netlink, std::string name, Callbacks callbacks)
    : m_parameters(parameters), m_callbacks(std::move(callbacks)),
      m_echoIdentifier(static_cast<std::uint16_t>(std::random_device{}())), m_netlink(std::move(netlink)),
      m_name(std::move(name)) { }

LinuxKernelTunnel::~LinuxKernelTunnel() {
    if (m_thread.joinable()) {
        (void)::eventfd_write(m_stop.descriptor(), 1);
        m_thread.join();
    }
    removeLink(m_netlink, m_name);
}

Result<void> LinuxKernelTunnel::openEcho() {
    m_stop = LinuxFile(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    m_echo = LinuxFile(::socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMPV6));
    icmp6_filter filter{};
    ICMP6_FILTER_SETBLOCKALL(&filter);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
    const LinuxSocketAddress from(Endpoint{m_parameters.innerLocal, 0});
    const LinuxSocketAddress to(Endpoint{m_parameters.innerRemote, 0});
    const int echo = m_echo.descriptor();
    if (m_stop.descriptor() >= 0 && echo >= 0
        && ::setsockopt(echo, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter) == 0
        && ::setsockopt(
               echo, SOL_SOCKET, SO_BINDTODEVICE, m_name.c_str(), static_cast<socklen_t>(m_name.size()))
            == 0
        && ::bind(echo, from.get(), from.size()) == 0 && ::connect(echo, to.get(), to.size()) == 0)
        return {};
    return failure(
        Error::Code::System,
        std::string("Cannot open a socket for the keepalive of the tunnel (") + std::strerror(errno)
            + "): it needs CAP_NET_RAW. Run the program as root, or give its systemd service "
              "AmbientCapabilities=CAP_NET_RAW.");
}

void LinuxKernelTunnel::run() {
    std::array<pollfd, 2> waiting{{{m_stop.descriptor(), POLLIN, 0}, {m_echo.descriptor(), POLLIN, 0}}};
    for (;;) {
        if (::poll(waiting.data(), waiting.size(), -1) < 0)
            continue;
        if (waiting[0].revents != 0)
            return;
        receiveEcho();
    }
}

void LinuxKernelTunnel::receiveEcho() {
    icmp6_hdr reply{}; // what follows the header is ours and says nothing
    const ssize_t size = ::recv(m_echo.descriptor(), &reply, sizeof reply, MSG_DONTWAIT);
    if (size == sizeof reply && ntohs(reply.icmp6_id) == m_echoIdentifier && m_callbacks.echoReply)
        m_callbacks.echoReply(ntohs(reply.icmp6_seq));
}

void LinuxKernelTunnel::sendEcho(std::uint16_t sequence) {
    const auto packet
        = echoRequest(m_parameters.innerLocal, m_parameters.innerRemote, m_echoIdentifier, sequence);
    const PacketView message = PacketView(packet).subspan(innerHeader); // the kernel adds its own
    // What is lost here is what the keepalive is there to notice.
    (void)::send(m_echo.descriptor(), message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

TunnelCounters LinuxKernelTunnel::counters() const {
    const auto link = m_netlink.link(m_name);
    if (!link)
        return {};
    return {
        rtnl_link_get_stat(link->get(), RTNL_LINK_RX_PACKETS),
        rtnl_link_get_stat(link->get(), RTNL_LINK_RX_BYTES),
        rtnl_link_get_stat(link->get(), RTNL_LINK_TX_PACKETS),
        rtnl_link_get_stat(link->get(), RTNL_LINK_TX_BYTES)};
}

} // namespace viaduct::tunnel
