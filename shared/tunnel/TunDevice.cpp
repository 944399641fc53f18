// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/TunDevice.h"

#include "shared/tunnel/LinuxFile.h"
#include "shared/tunnel/LinuxNetwork.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace viaduct::tunnel {
namespace {

constexpr const char* clonePath = "/dev/net/tun"; // Documentation/networking/tuntap.rst

// IFF_TUN_EXCL is 0x8000 and would not fit a signed short without a cast.
constexpr auto plainFlags = static_cast<short>(IFF_TUN | IFF_NO_PI);
constexpr auto exclusiveFlags = static_cast<short>(IFF_TUN | IFF_NO_PI | IFF_TUN_EXCL);

Error openError(int number) {
    const std::string path = clonePath;
    if (number == ENOENT || number == ENODEV || number == ENXIO)
        return {
            Error::Code::System,
            "There is no " + path
                + ", which every tunnel in user space needs: load the kernel module with `modprobe tun`; "
                  "in a container, pass the device in."};
    if (number == EACCES || number == EPERM)
        return {
            Error::Code::Denied,
            path
                + " may not be opened: run the program as root, or let its user read and write that file "
                  "(in systemd, DeviceAllow=/dev/net/tun rw)."};
    return {Error::Code::System, "Cannot open " + path + ": " + std::strerror(number) + "."};
}

Error attachError(int number, const std::string& name) {
    const std::string start = "Cannot make the TUN device " + name + ": ";
    switch (number) {
    case EPERM:
        return {
            Error::Code::Denied,
            start
                + "this needs the capability CAP_NET_ADMIN. Run the program as root, or give its systemd "
                  "service AmbientCapabilities=CAP_NET_ADMIN."};
    case EBUSY:
        return {
            Error::Code::Busy,
            start
                + "another program holds it, or has an interface of that name. Stop that program, or choose "
                  "another name."};
    case EINVAL:
        return {
            Error::Code::Invalid,
            start + "the name is not allowed, or is that of an interface of another kind. Choose another."};
    default:
        return {Error::Code::System, start + std::strerror(number) + "."};
    }
}

// Opens the clone device and attaches it to `name`; the request comes back with the real name.
Result<LinuxFile> attach(const std::string& name, short flags, ifreq& request) {
    if (name.empty() || name.size() >= IFNAMSIZ)
        return failure(
            Error::Code::Invalid,
            "\"" + name + "\" is no name for a network interface: it must have 1 to 15 characters.");
    LinuxFile file(::open(clonePath, O_RDWR | O_NONBLOCK | O_CLOEXEC));
    if (file.descriptor() < 0)
        return tl::unexpected(openError(errno));
    request = {};
    request.ifr_flags = flags;
    std::memcpy(request.ifr_name, name.data(), name.size());
    if (::ioctl(file.descriptor(), TUNSETIFF, &request) < 0)
        return tl::unexpected(attachError(errno, name));
    return file;
}

Result<void> setPersistent(const LinuxFile& file, bool persistent, const std::string& name) {
    if (::ioctl(file.descriptor(), TUNSETPERSIST, persistent ? 1UL : 0UL) < 0)
        return tl::unexpected(attachError(errno, name));
    return {};
}

} // namespace

Result<TunDevice> TunDevice::open(const std::string& name, int mtu, Lifetime lifetime) {
    ifreq request{};
    // A device for this process alone must be new: a persistent one of that name has another owner.
    auto file = attach(name, lifetime == Lifetime::Persistent ? plainFlags : exclusiveFlags, request);
    if (!file)
        return tl::unexpected(file.error());
    const std::string realName = request.ifr_name;
    // Link-local addresses would send router solicitations and MLD reports through every tunnel. A kernel
    // without IPv6 cannot be told, and has no such addresses either: so its refusal does not matter.
    (void)disableAutomaticAddresses(realName);
    if (const auto up = setLinkUp(realName, mtu); !up)
        return tl::unexpected(up.error());
    // Last, so that a failure before leaves no device behind.
    if (lifetime == Lifetime::Persistent)
        if (const auto kept = setPersistent(*file, true, realName); !kept)
            return tl::unexpected(kept.error());
    return TunDevice(file->release(), realName, if_nametoindex(realName.c_str()));
}

Result<void> TunDevice::remove(const std::string& name) {
    if (if_nametoindex(name.c_str()) == 0)
        return {};
    ifreq request{};
    const auto file = attach(name, plainFlags, request);
    if (!file)
        return tl::unexpected(file.error());
    return setPersistent(*file, false, name);
}

TunDevice::TunDevice(int descriptor, std::string name, unsigned index)
    : m_descriptor(descriptor), m_name(std::move(name)), m_index(index) { }

TunDevice::TunDevice(TunDevice&& other) noexcept
    : m_descriptor(std::exchange(other.m_descriptor, -1)), m_name(std::move(other.m_name)),
      m_index(other.m_index) { }

TunDevice& TunDevice::operator=(TunDevice&& other) noexcept {
    std::swap(m_descriptor, other.m_descriptor);
    std::swap(m_name, other.m_name);
    std::swap(m_index, other.m_index);
    return *this;
}

TunDevice::~TunDevice() {
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

} // namespace viaduct::tunnel
