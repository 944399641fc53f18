// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/Head.h"

#include <gtest/gtest.h>

using namespace viaduct::http;

namespace {

RawHead raw(Pairs fields, const char* target = "/", const char* method = "GET") {
    fields.insert(fields.begin(), {"Host", "broker.example.net"});
    return {method, target, "HTTP/1.1", std::move(fields)};
}

int statusOf(RawHead head) {
    const auto read = readHead(std::move(head));
    return read ? 200 : read.error().status;
}

std::string field(Pairs fields, const char* name) {
    const auto read = readHead(raw(std::move(fields)));
    return read ? std::string(read->header(name).value_or("(none)")) : read.error().sentence;
}

} // namespace

TEST(Head, namesAreLowerCaseAndValuesTrimmed) {
    EXPECT_EQ(field({{"X-Thing", " \t a b \t"}}, "x-thing"), "a b");
    EXPECT_EQ(field({}, "x-thing"), "(none)");
}

TEST(Head, listsAreJoinedAndSingleFieldsStandOnce) {
    EXPECT_EQ(field({{"Accept", "a"}, {"aCCept", "b"}}, "accept"), "a, b");
    EXPECT_EQ(field({{"Cookie", "a=1"}, {"Cookie", "b=2"}}, "cookie"), "a=1; b=2");
    for (const char* name :
         {"Host", "Authorization", "Content-Length", "Content-Type", "Transfer-Encoding", "Origin",
          "Last-Event-ID"})
        EXPECT_EQ(statusOf(raw({{name, "1"}, {name, "1"}})), 400) << name;
}

TEST(Head, aBodyHasOneLength) {
    EXPECT_EQ(statusOf(raw({{"Content-Length", "12"}})), 200);
    EXPECT_EQ(statusOf(raw({{"Transfer-Encoding", "Chunked"}})), 200);
    EXPECT_EQ(statusOf(raw({{"Transfer-Encoding", "chunked"}, {"Content-Length", "3"}})), 400);
    EXPECT_EQ(statusOf(raw({{"Transfer-Encoding", "gzip, chunked"}})), 501);
    EXPECT_EQ(statusOf(raw({{"Transfer-Encoding", "identity"}})), 501);
    for (const char* length : {"", "-1", "+1", "0x10", "1, 1", "1 1", "18446744073709551616"})
        EXPECT_EQ(statusOf(raw({{"Content-Length", length}})), 400) << length;
    EXPECT_EQ(statusOf({"POST", "/", "HTTP/1.0", {{"Transfer-Encoding", "chunked"}}}), 400);
    EXPECT_EQ(bodyLength(*readHead(raw({{"Content-Length", "12"}}))), 12U);
}

TEST(Head, theFirstLineIsSound) {
    EXPECT_EQ(statusOf(raw({}, "/", "BREW")), 200) << "what a method means is not the server's matter";
    EXPECT_EQ(statusOf(raw({}, "/", "")), 400);
    EXPECT_EQ(statusOf(raw({}, "/", "GE T")), 400);
    EXPECT_EQ(statusOf(raw({}, "/", "GETGETGETGETGETGETGETGETGETGETGET")), 400);
    EXPECT_EQ(statusOf(raw({}, "/a/../b")), 400);
    EXPECT_EQ(statusOf({"GET", "/", "HTTP/2.0", {{"Host", "a"}}}), 505);
    EXPECT_EQ(statusOf({"GET", "/", "HTTP/1.1", {}}), 400);
    EXPECT_EQ(statusOf({"GET", "/", "HTTP/1.0", {}}), 200);
}

TEST(Head, fieldsHaveNoControlCharacters) {
    EXPECT_EQ(statusOf(raw({{"X", "a\rb"}})), 400);
    EXPECT_EQ(statusOf(raw({{"X", "a\x7f"}})), 400);
    EXPECT_EQ(statusOf(raw({{"X", "a\tb"}})), 200);
    EXPECT_EQ(statusOf(raw({{"X y", "a"}})), 400);
    EXPECT_EQ(statusOf(raw({{"", "a"}})), 400);
}

TEST(Head, anAbsoluteTargetTakesThePlaceOfHost) {
    const auto read = readHead(raw({}, "https://other.example.net/x"));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->header("host"), "other.example.net");
    EXPECT_EQ(read->path, "/x");
}

TEST(Request, valuesAreLookedUp) {
    Request request;
    request.query = {{"a", "1"}, {"a", "2"}};
    request.headers = {{"cookie", "id=x; session = no;session=\"abc\"; session=later; lone; e=; q=\""}};
    EXPECT_EQ(request.queryValue("a"), "1");
    EXPECT_EQ(request.queryValue("b"), std::nullopt);
    EXPECT_EQ(request.cookie("session"), "abc");
    EXPECT_EQ(request.cookie("e"), "");
    EXPECT_EQ(request.cookie("q"), "\"");
    EXPECT_EQ(request.cookie("lone"), std::nullopt);
    EXPECT_EQ(Request().cookie("id"), std::nullopt);
}
