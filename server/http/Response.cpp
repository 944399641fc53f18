// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/Response.h"

#include "server/http/Text.h"

#include <algorithm>
#include <array>

namespace viaduct::http {

namespace {

bool isNamed(const Pairs::value_type& header, std::string_view name) {
    return lowerCase(header.first) == name;
}

void addUnlessThere(Pairs& headers, const char* name, const char* value) {
    const auto named = [lower = lowerCase(name)](const auto& header) { return isNamed(header, lower); };
    if (std::ranges::none_of(headers, named))
        headers.emplace_back(name, value);
}

bool canBeSent(const Response& response) {
    return response.status >= 200 && response.status <= 599
        && std::ranges::all_of(response.headers, [](const auto& header) {
               return isToken(header.first) && std::ranges::none_of(header.second, isControl);
           });
}

} // namespace

Response Response::text(int status, std::string text) {
    return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(text)};
}

Response Response::html(int status, std::string page) {
    return {status, {{"Content-Type", "text/html; charset=utf-8"}}, std::move(page)};
}

Response Response::json(int status, std::string body) {
    return {status, {{"Content-Type", "application/json"}}, std::move(body)};
}

Response Response::json(int status, std::shared_ptr<const std::string> body) {
    return {status, {{"Content-Type", "application/json"}}, {}, std::move(body)};
}

Response Response::redirect(std::string location) {
    return {303, {{"Location", std::move(location)}}, {}};
}

Response Response::empty(int status) {
    return {status, {}, {}};
}

Response& Response::with(std::string name, std::string value) & {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
}

Response Response::with(std::string name, std::string value) && {
    headers.emplace_back(std::move(name), std::move(value));
    return std::move(*this);
}

Response complete(Response response) {
    if (!canBeSent(response))
        response = Response::text(500, "The answer to this request could not be sent.\n");
    std::erase_if(response.headers, [](const auto& header) {
        return isNamed(header, "content-length") || isNamed(header, "transfer-encoding")
            || isNamed(header, "connection");
    });
    constexpr std::array<std::array<const char*, 2>, 5> defaults{{
        {"Strict-Transport-Security", "max-age=31536000"}, // a year, as browsers' preload lists ask
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cache-Control", "no-store"},
        {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
    }};
    for (const auto& [name, value] : defaults)
        addUnlessThere(response.headers, name, value);
    if (response.status == 204 || response.status == 304) {
        response.body.clear();
        response.shared.reset();
    }
    return response;
}

} // namespace viaduct::http
