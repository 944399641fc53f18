// SPDX-License-Identifier: GPL-3.0-or-later
// A line with the name of a type, then JSON. Whatever it is: it is refused with places that are in it, or it
// is taken, and then comes back the same from what is written of it.
#include "tests/unit/api/EveryType.h"

#include <QJsonDocument>

#include <cstdlib>
#include <iostream>
#include <map>

using namespace viaduct::api;

namespace {

void require(bool holds, const char* what) {
    if (holds)
        return;
    std::cerr << "broken: " << what << '\n';
    std::abort();
}

template <typename T>
void check(const QJsonObject& object) {
    const auto value = read<T>(object);
    if (!value) {
        require(!value.error().empty() && value.error().size() <= 50, "a refusal has reasons, not too many");
        for (const FieldError& error : value.error())
            require(error.pointer.startsWith(u'/') && !error.detail.isEmpty(), "a reason has its place");
        return;
    }
    const QJsonObject written = toJson(*value);
    const auto again = fromJson<T>(written);
    require(again.has_value(), "what is written can be read");
    require(*again == *value && toJson(*again) == written, "and is the same");
}

using Check = void (*)(const QJsonObject&);

const std::map<QByteArray, Check>& checks() {
    static const std::map<QByteArray, Check> all = [] {
        std::map<QByteArray, Check> table;
        test::forEachType([&]<typename T>() { table[typeNameOf<T>().toUtf8()] = &check<T>; });
        return table;
    }();
    return all;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const QByteArray text(reinterpret_cast<const char*>(data), static_cast<qsizetype>(size));
    const qsizetype end = text.indexOf('\n');
    const auto found = checks().find(text.left(end));
    if (end < 0)
        return 0;
    const QJsonDocument document = QJsonDocument::fromJson(text.mid(end + 1));
    if (!document.isObject())
        return 0;
    if (found != checks().end())
        found->second(document.object());
    eventFromJson(QString::fromUtf8(text.left(end)), document.object());
    return 0;
}
