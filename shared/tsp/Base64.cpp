// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tsp/Base64.h"

#include <QByteArray>

namespace viaduct::tsp {

namespace {
QByteArray view(std::string_view bytes) {
    return QByteArray::fromRawData(bytes.data(), static_cast<qsizetype>(bytes.size()));
}
} // namespace

std::string toBase64(std::string_view bytes) {
    return view(bytes).toBase64().toStdString();
}

std::optional<std::string> fromBase64(std::string_view text) {
    const auto result = QByteArray::fromBase64Encoding(view(text), QByteArray::AbortOnBase64DecodingErrors);
    if (!result)
        return std::nullopt;
    return result.decoded.toStdString();
}

} // namespace viaduct::tsp
