// SPDX-License-Identifier: GPL-3.0-or-later
// The few operations of libsodium on which this room stands, as values. All comparisons take constant time.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace viaduct::credentials {

/// SHA-256 and HMAC-SHA-256: 32 bytes.
using Hash = std::array<std::uint8_t, 32>;
/// A key of the server for HMAC-SHA-256: 256 random bits that never leave it.
using ServerKey = std::array<std::uint8_t, 32>;

/// Once before any other function of libsodium; later calls do nothing. Ends the program when the machine has
/// no source of randomness: there is nothing safe to do then.
void startSodium();

Hash sha256(std::string_view bytes);
/// Over the parts, each behind its length, so that no two lists of parts give the same bytes. The first part
/// says what the MAC is for: one key then serves several purposes.
Hash mac(const ServerKey& key, std::initializer_list<std::string_view> parts);

/// Tells nothing by its duration but that the sizes differ.
bool equal(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b);
bool equal(std::string_view a, std::string_view b);

/// RFC 4648, section 5, without padding.
std::string toBase64Url(std::span<const std::uint8_t> bytes);
/// Fills `bytes` to the last one. False when `text` is anything but the one spelling of that many bytes.
bool fromBase64Url(std::string_view text, std::span<std::uint8_t> bytes);

std::string_view view(std::span<const std::uint8_t> bytes);

} // namespace viaduct::credentials
