// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/Head.h"

#include "server/http/Target.h"
#include "server/http/Text.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace viaduct::http {

namespace {

constexpr std::size_t longestMethod = 32; ///< the longest registered one has 17 letters

tl::unexpected<Refusal> refused(int status, std::string sentence) {
    return tl::unexpected<Refusal>(Refusal{status, std::move(sentence)});
}

/// Fields whose grammar is no list: two of them are two opinions (RFC 9110, 5.3).
bool standsOnce(std::string_view name) {
    constexpr std::array<std::string_view, 18> once{
        "authorization",
        "content-length",
        "content-location",
        "content-range",
        "content-type",
        "date",
        "from",
        "host",
        "idempotency-key",
        "if-modified-since",
        "if-range",
        "if-unmodified-since",
        "last-event-id",
        "max-forwards",
        "origin",
        "referer",
        "transfer-encoding",
        "user-agent"};
    return std::ranges::find(once, name) != once.end();
}

/// Line ends are gone; a tab is white space within a value.
bool isFieldValue(std::string_view value) {
    return std::ranges::none_of(value, [](char c) { return c != '\t' && isControl(c); });
}

tl::expected<Pairs, Refusal> joined(const Pairs& raw) {
    Pairs fields;
    for (const auto& [writtenName, writtenValue] : raw) {
        const std::string name = lowerCase(writtenName);
        const std::string_view value = trimmed(writtenValue);
        if (!isToken(name) || !isFieldValue(value))
            return refused(400, "a header has characters that no header may have");
        const auto before = std::ranges::find(fields, name, &Pairs::value_type::first);
        if (before == fields.end())
            fields.emplace_back(name, value);
        else if (standsOnce(name))
            return refused(400, "the header " + name + " stands twice");
        else // RFC 9113, 8.2.3 joins cookies in its own way
            before->second.append(name == "cookie" ? "; " : ", ").append(value);
    }
    return fields;
}

std::optional<std::uint64_t> number(std::string_view digits) {
    std::uint64_t value = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

std::optional<Refusal> framingFault(const Request& head, std::string_view version) {
    const auto coding = head.header("transfer-encoding");
    const auto length = head.header("content-length");
    if (coding && (length || version == "HTTP/1.0"))
        return Refusal{400, "the body has more than one length"};
    if (coding && lowerCase(*coding) != "chunked")
        return Refusal{501, "the only transfer coding that this server knows is chunked"};
    if (length && !number(*length))
        return Refusal{400, "Content-Length is no number"};
    return std::nullopt;
}

std::optional<Refusal> lineFault(const RawHead& raw) {
    if (raw.method.size() > longestMethod || !isToken(raw.method))
        return Refusal{400, "the request does not begin with a method"};
    if (raw.version != "HTTP/1.1" && raw.version != "HTTP/1.0")
        return Refusal{505, "this server speaks HTTP/1.1"};
    return std::nullopt;
}

void setHost(Request& head, const std::string& authority) {
    const auto host = std::ranges::find(head.headers, "host", &Pairs::value_type::first);
    if (host != head.headers.end())
        host->second = authority;
    else
        head.headers.emplace_back("host", authority);
}

} // namespace

tl::expected<Request, Refusal> readHead(RawHead raw) {
    if (const auto fault = lineFault(raw))
        return tl::unexpected(*fault);
    auto target = parseTarget(raw.target);
    if (!target)
        return refused(400, target.error().message);
    auto fields = joined(raw.fields);
    if (!fields)
        return tl::unexpected(fields.error());
    Request head;
    head.method = std::move(raw.method);
    head.path = std::move(target->path);
    head.segments = std::move(target->segments);
    head.query = std::move(target->query);
    head.headers = std::move(*fields);
    if (raw.version == "HTTP/1.1" && !head.header("host"))
        return refused(400, "the header Host is missing");
    if (!target->authority.empty())
        setHost(head, target->authority);
    if (const auto fault = framingFault(head, raw.version))
        return tl::unexpected(*fault);
    return head;
}

std::optional<std::uint64_t> bodyLength(const Request& head) {
    const auto length = head.header("content-length");
    return length ? number(*length) : std::nullopt;
}

} // namespace viaduct::http
