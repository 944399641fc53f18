// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/Response.h"

#include <algorithm>
#include <gtest/gtest.h>

using namespace viaduct::http;

namespace {

std::string header(const Response& response, const char* name) {
    return std::string(valueOf(response.headers, name).value_or("(none)"));
}

} // namespace

TEST(Response, browsersAreProtectedUnlessItSaysOtherwise) {
    const Response plain = complete(Response::html(200, "<p>"));
    EXPECT_EQ(header(plain, "Strict-Transport-Security"), "max-age=31536000");
    EXPECT_EQ(header(plain, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(header(plain, "Referrer-Policy"), "no-referrer");
    EXPECT_EQ(header(plain, "Cache-Control"), "no-store");
    EXPECT_EQ(header(plain, "Content-Security-Policy"), "default-src 'none'; frame-ancestors 'none'");
    EXPECT_EQ(header(plain, "Content-Type"), "text/html; charset=utf-8");

    const Response own = complete(Response::html(200, "")
                                      .with("content-security-policy", "default-src 'self'")
                                      .with("CACHE-CONTROL", "max-age=60"));
    EXPECT_EQ(header(own, "content-security-policy"), "default-src 'self'");
    EXPECT_EQ(header(own, "Content-Security-Policy"), "(none)");
    EXPECT_EQ(header(own, "Cache-Control"), "(none)");
}

TEST(Response, aStrangersTextNeverBecomesAHeader) {
    for (const char* value : {"/a\r\nSet-Cookie: id=1", "a\nb", "a\rb", "a\x7f"}) {
        const Response sent = complete(Response::redirect(value));
        EXPECT_EQ(sent.status, 500);
        EXPECT_EQ(header(sent, "Location"), "(none)");
    }
    EXPECT_EQ(complete(Response::empty().with("a b", "c")).status, 500);
    EXPECT_EQ(complete(Response{42, {}, {}}).status, 500);
    EXPECT_EQ(complete(Response::redirect("/ok")).status, 303);
}

TEST(Response, theFramingIsTheServers) {
    const Response sent = complete(Response::text(200, "abc")
                                       .with("Content-Length", "1")
                                       .with("transfer-encoding", "chunked")
                                       .with("Connection", "close"));
    EXPECT_EQ(header(sent, "Content-Length"), "(none)");
    EXPECT_EQ(header(sent, "transfer-encoding"), "(none)");
    EXPECT_EQ(header(sent, "Connection"), "(none)");
    EXPECT_EQ(complete(Response{304, {}, "body"}).body, "");
    EXPECT_EQ(complete(Response{204, {}, "body"}).body, "");
    const auto shared = std::make_shared<const std::string>("{}");
    EXPECT_EQ(complete(Response::json(200, shared)).shared, shared) << "not copied";
    EXPECT_EQ(complete(Response{304, {}, {}, shared}).shared, nullptr);
}

TEST(Response, cookiesMayBeMany) {
    const Response sent = complete(Response::empty().with("Set-Cookie", "a=1").with("Set-Cookie", "b=2"));
    EXPECT_EQ(std::ranges::count(sent.headers, "Set-Cookie", &Pairs::value_type::first), 2);
}
