// SPDX-License-Identifier: GPL-3.0-or-later
// How failure travels between rooms: a value with a code for programs and a sentence for a person.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace viaduct {

struct Error {
    enum class Code {
        Invalid, ///< the input cannot be used, whoever sends it and whenever
        NotFound, ///< what was named does not exist
        Denied, ///< it exists, but not for this caller
        Conflict, ///< it does not fit the present state: it is there already, or was decided
        Exhausted, ///< a pool or a limit has nothing left
        Busy, ///< a passing state: the same request may succeed later
        Stale, ///< it was changed since the caller saw it: look again, then decide
        System ///< the operating system or the database refused
    };

    Code code = Code::System;
    std::string message; ///< English; names the cause and, where there is one, the cure

    friend bool operator==(const Error&, const Error&) = default;
};

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> failure(Error::Code code, std::string message) {
    return tl::unexpected<Error>(Error{code, std::move(message)});
}

} // namespace viaduct
