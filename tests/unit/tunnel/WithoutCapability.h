// SPDX-License-Identifier: GPL-3.0-or-later
// Calls something with one capability taken away, as a service that was not given it.
#pragma once

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace viaduct::tunnel {

/// Only the calling thread is without it, and only for the duration of `function`.
template <typename Function>
void withoutCapability(unsigned capability, Function&& function) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct before[_LINUX_CAPABILITY_U32S_3] = {};
    ASSERT_EQ(::syscall(SYS_capget, &header, before), 0);
    __user_cap_data_struct less[_LINUX_CAPABILITY_U32S_3] = {before[0], before[1]};
    less[0].effective &= ~(1U << capability);
    ASSERT_EQ(::syscall(SYS_capset, &header, less), 0);
    function();
    ASSERT_EQ(::syscall(SYS_capset, &header, before), 0);
}

} // namespace viaduct::tunnel
