// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/web/QrCode.h"

#include <memory>
#include <qrencode.h>

namespace viaduct::web {

namespace {
constexpr int quietZone = 4; ///< modules around it, as ISO/IEC 18004 wants

/// One path with a bar for each run of dark modules.
std::string pathOf(const QRcode& code) {
    std::string path;
    for (int y = 0; y < code.width; ++y) {
        const unsigned char* row = code.data + static_cast<std::ptrdiff_t>(y) * code.width;
        for (int x = 0; x < code.width;) {
            int end = x;
            while (end < code.width && (row[end] & 1U) != 0)
                ++end;
            if (end > x)
                path += "M" + std::to_string(x + quietZone) + " " + std::to_string(y + quietZone) + "h"
                    + std::to_string(end - x) + "v1h-" + std::to_string(end - x) + "z";
            x = end + 1;
        }
    }
    return path;
}
} // namespace

Result<Markup> qrCode(const std::string& text, std::string_view label) {
    // M: 15 % of it may be lost, for paper that was folded.
    const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
        QRcode_encodeData(
            static_cast<int>(text.size()),
            reinterpret_cast<const unsigned char*>(text.data()), // NOLINT(*-reinterpret-cast)
            0, QR_ECLEVEL_M),
        &QRcode_free);
    if (!code)
        return failure(Error::Code::Invalid, "The text is empty or too long for a QR code: shorten it.");
    const std::string side = std::to_string(code->width + 2 * quietZone);
    return element(
        "svg",
        {{"class", "qr"},
         {"xmlns", "http://www.w3.org/2000/svg"},
         {"viewBox", "0 0 " + side + " " + side},
         {"role", "img"},
         {"aria-label", std::string(label)},
         {"shape-rendering", "crispEdges"}},
        element("path", {{"fill", "#fff"}, {"d", "M0 0h" + side + "v" + side + "H0z"}}, "")
            + element("path", {{"fill", "#000"}, {"d", pathOf(*code)}}, ""));
}

} // namespace viaduct::web
