// SPDX-License-Identifier: GPL-3.0-or-later
// Prints random values of every type as this program writes them, one a line, each with the name of its
// schema; openapi-schemas.py holds them against the document with a validator that shares no code with it.
#include "tests/unit/api/EveryType.h"
#include "tests/unit/api/RandomValue.h"

#include <QJsonDocument>

#include <iostream>

using namespace viaduct::api;

int main() {
    constexpr int each = 25;
    test::Random random(7);
    test::forEachType([&]<typename T>() {
        for (int i = 0; i < each; ++i) {
            const QJsonObject line{
                {QStringLiteral("type"), typeNameOf<T>()},
                {QStringLiteral("value"), toJson(test::randomValue<T>(random))}};
            std::cout << QJsonDocument(line).toJson(QJsonDocument::Compact).constData() << '\n';
        }
    });
    return 0;
}
