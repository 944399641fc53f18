// SPDX-License-Identifier: GPL-3.0-or-later
// The messages do not depend on how the bytes are cut, and what goes into a header is fit for one. The first
// byte is the length of the pieces.
#include "shared/api/SseParser.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>

using namespace viaduct::api;

namespace {

void require(bool holds, const char* what) {
    if (holds)
        return;
    std::cerr << "broken: " << what << '\n';
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const qsizetype piece = std::max<qsizetype>(data[0], 1);
    const QByteArrayView bytes(data + 1, static_cast<qsizetype>(size - 1));
    SseParser whole;
    const auto wanted = whole.feed(bytes);
    require(wanted.has_value(), "a stream this short is never too long");
    SseParser cut;
    std::vector<SseMessage> got;
    for (qsizetype at = 0; at < bytes.size(); at += piece) {
        auto messages = cut.feed(bytes.sliced(at, std::min(piece, bytes.size() - at)));
        require(messages.has_value(), "nor are its pieces");
        std::move(messages->begin(), messages->end(), std::back_inserter(got));
    }
    require(got == *wanted, "the messages do not depend on the pieces");
    require(cut.lastId() == whole.lastId() && cut.retry() == whole.retry(), "nor does what stays");
    for (const QChar c : whole.lastId())
        require(c >= u' ' && c <= u'~', "the id is fit for a header");
    return 0;
}
