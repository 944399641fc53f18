// SPDX-License-Identifier: GPL-3.0-or-later
// Whatever a stranger sends: it is no answer. What has the right authenticator, whatever its attributes are,
// is read without harm, and is an answer only with a signature.
#include "server/radius/Exchange.h"
#include "tests/unit/radius/Answers.h"

#include <cstdlib>

using namespace viaduct::radius;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto exchange = Exchange::make({"bob", "hello"}, "testing123", "viaduct");
    if (!exchange)
        std::abort();
    const QByteArray input(reinterpret_cast<const char*>(data), static_cast<qsizetype>(size));
    QByteArray datagram = input;
    if (exchange->read(datagram))
        std::abort();
    if (datagram.size() > 1)
        datagram[1] = exchange->bytes().at(1);
    if (exchange->read(datagram))
        std::abort();
    if (size == 0 || size > 4000)
        return 0;
    test::Recipe recipe{input.at(0), input.mid(1), false, {}};
    if (exchange->read(test::answerTo(exchange->bytes(), recipe)))
        std::abort(); // nobody but the holder of the secret can sign
    recipe.isSigned = true;
    (void)exchange->read(test::answerTo(exchange->bytes(), recipe));
    return 0;
}
