// SPDX-License-Identifier: GPL-3.0-or-later
// A stranger's head: lines, the first of which has the method, the target and the version. What is accepted
// is as clean as Request promises.
#include "server/http/Head.h"
#include "server/http/Language.h"
#include "server/http/Text.h"

#include <algorithm>
#include <cstdlib>

using namespace viaduct::http;

namespace {

void require(bool condition) {
    if (!condition)
        std::abort();
}

RawHead rawHead(std::string_view text) {
    const auto lines = split(text, '\n');
    const auto words = split(lines[0], ' ');
    RawHead raw;
    raw.method = words[0];
    raw.target = words.size() > 1 ? words[1] : "";
    raw.version = words.size() > 2 ? words[2] : "";
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const std::size_t colon = lines[i].find(':');
        raw.fields.emplace_back(
            lines[i].substr(0, colon), colon == std::string_view::npos ? "" : lines[i].substr(colon + 1));
    }
    return raw;
}

void checkSegments(const Request& request) {
    require(request.path.starts_with('/'));
    for (std::size_t i = 0; i < request.segments.size(); ++i) {
        const std::string& segment = request.segments[i];
        require(isUtf8(segment) && std::ranges::none_of(segment, isControl));
        require(segment.find('/') == std::string::npos && segment != "." && segment != "..");
        require(!segment.empty() || i + 1 == request.segments.size());
    }
}

void checkFields(const Request& request) {
    for (const auto& [name, value] : request.headers) {
        require(isToken(name) && name == lowerCase(name));
        require(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
        require(std::ranges::count(request.headers, name, &Pairs::value_type::first) == 1);
    }
    for (const auto& [name, value] : request.query)
        require(isUtf8(name) && isUtf8(value) && value.find('\0') == std::string::npos);
    require(!(request.header("transfer-encoding") && request.header("content-length")));
    require(bodyLength(request).has_value() == request.header("content-length").has_value());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const auto read = readHead(rawHead({reinterpret_cast<const char*>(data), size}));
    if (!read) {
        require(read.error().status >= 400 && !read.error().sentence.empty());
        return 0;
    }
    checkSegments(*read);
    checkFields(*read);
    (void)read->cookie("session");
    const std::string language
        = bestLanguage(read->header("accept-language").value_or(""), {"en", "fr", "fr-ca"});
    require(language == "en" || language == "fr" || language == "fr-ca");
    return 0;
}
