// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/api/SseParser.h"
#include "shared/api/Backoff.h"

#include <gtest/gtest.h>

using namespace viaduct::api;
using namespace std::chrono_literals;

namespace {

std::vector<SseMessage> messagesOf(SseParser& parser, QByteArrayView bytes) {
    const auto messages = parser.feed(bytes);
    EXPECT_TRUE(messages);
    return messages.value_or(std::vector<SseMessage>());
}

SseMessage message(const char* event, const char* data, const char* id) {
    return {QString::fromUtf8(event), data, QString::fromUtf8(id)};
}

} // namespace

TEST(SseParser, fieldsBecomeMessages) {
    SseParser parser;
    EXPECT_EQ(
        messagesOf(
            parser,
            "\xEF\xBB\xBF: hello\nretry: 2500\n\nid: 7\nevent: tunnel.up\ndata: {\"a\":1,\ndata: \"b\":2}\n\n"
            "data:no space\nunknown: x\n\nevent: lost\n\ndata\n\n"),
        (std::vector{
            message("tunnel.up", "{\"a\":1,\n\"b\":2}", "7"), message("message", "no space", "7"),
            message("message", "", "7")}))
        << "an event without data is none, and its name does not stay";
    EXPECT_EQ(parser.retry(), 2500ms);
    EXPECT_EQ(parser.lastId(), QStringLiteral("7"));
}

TEST(SseParser, itDoesNotMatterHowTheBytesAreCut) {
    const QByteArray stream(
        "id: 1\r\nevent: a\r\ndata: x\r\n\r\ndata: y\rdata: z\r\rid\ndata: \xC3\xA9\n\n:\n");
    SseParser whole;
    const auto wanted = messagesOf(whole, stream);
    ASSERT_EQ(wanted.size(), 3U);
    EXPECT_EQ(wanted[1], message("message", "y\nz", "1"));
    EXPECT_EQ(wanted[2], message("message", "\xC3\xA9", "")) << "an empty id forgets the last one";
    for (qsizetype size = 1; size < stream.size(); ++size) {
        SseParser parser;
        std::vector<SseMessage> got;
        for (qsizetype at = 0; at < stream.size(); at += size)
            for (SseMessage& one : messagesOf(parser, stream.mid(at, size)))
                got.push_back(std::move(one));
        EXPECT_EQ(got, wanted) << size;
    }
}

TEST(SseParser, aBrokenConnectionLeavesNoHalfMessageBehind) {
    SseParser parser;
    messagesOf(parser, "id: 1\ndata: a\n\nid: 2\nevent: x\ndata: half");
    parser.restart();
    EXPECT_EQ(parser.lastId(), QStringLiteral("1")) << "2 was never told whole";
    EXPECT_EQ(messagesOf(parser, "data: b\n\n"), (std::vector{message("message", "b", "1")}));
}

TEST(SseParser, whatIsNoFieldIsNotBelieved) {
    SseParser parser;
    messagesOf(parser, "id: ok\ndata: 1\n\n");
    messagesOf(
        parser,
        QByteArray("id: a\0b\ndata: 1\n\nid: ").append(201, 'x')
            + "\ndata: 1\n\nretry: 5x\nretry: 99999999\n\n");
    messagesOf(parser, "id: caf\xC3\xA9\ndata: 1\n\n");
    EXPECT_EQ(parser.lastId(), QStringLiteral("ok")) << "it goes into a header";
    EXPECT_FALSE(parser.retry());
}

TEST(SseParser, memoryIsBounded) {
    SseParser parser;
    const QByteArray chunk(1024 * 1024, 'x');
    ASSERT_TRUE(parser.feed("data: "));
    bool refused = false;
    for (int i = 0; i < 9 && !refused; ++i)
        refused = !parser.feed(chunk);
    EXPECT_TRUE(refused) << "a line without an end";
    parser.restart();
    refused = false;
    for (int i = 0; i < 9 && !refused; ++i)
        refused = !parser.feed("data: " + chunk + '\n');
    EXPECT_TRUE(refused) << "a message without an end";
}

TEST(Backoff, doublesUpToItsBoundWithJitter) {
    Backoff backoff;
    EXPECT_EQ(backoff.next(0), 500ms);
    EXPECT_EQ(backoff.next(0), 1000ms);
    EXPECT_EQ(backoff.next(0.5), 3000ms);
    for (int i = 0; i < 50; ++i)
        EXPECT_LE(backoff.next(0.999), 30s);
    EXPECT_GE(backoff.next(0), 15s);
    backoff.reset();
    EXPECT_EQ(backoff.next(0), 500ms);
    backoff.setFirst(0ms);
    backoff.reset();
    EXPECT_EQ(backoff.next(0), 50ms) << "never a storm";
    backoff.setFirst(24h);
    backoff.reset();
    EXPECT_EQ(backoff.next(0), 15s);
}
