// SPDX-License-Identifier: GPL-3.0-or-later
// What all pages have in common: frame, language switch, headers; and the parts that forms are made of. Pure.
#pragma once

#include "server/http/Response.h"
#include "server/web/Language.h"
#include "server/web/Markup.h"

#include <functional>

namespace viaduct::web {

/// For whom and in whose name a page is made.
struct Reader {
    Language language = Language::English;
    std::string organisation; ///< empty: none is configured
    std::string contact; ///< mail address; empty: none is configured
    bool hasCharter = false;
    /// The CSRF token for a form that is posted to this path.
    std::function<std::string(std::string_view path)> csrf;

    std::string say(const Sentence& sentence, std::initializer_list<std::string_view> values = {}) const {
        return sentence.in(language, values);
    }
};

struct Frame {
    std::string title;
    std::string path; ///< that the language switch leads to; empty: there is no second look at this page
    bool isMistaken = false; ///< there is a summary of mistakes: the title says so
    bool hasScript = false;
};

/// A whole page with the headers that go with it: nothing is loaded but our own files, nothing is kept.
http::Response page(const Reader& reader, int status, const Frame& frame, const Markup& content);
/// HTML that is a whole document already, with the same headers.
http::Response document(int status, std::shared_ptr<const std::string> html);

/// One thing that has to be corrected; `field` is the id of what it is about, or empty.
struct Mistake {
    std::string field;
    std::string sentence;
};
using Mistakes = std::vector<Mistake>;

/// A box at the top that names all of them, with links to the fields; nothing when there are none.
Markup summary(const Reader& reader, const Mistakes& mistakes);
/// Empty when the field has none.
std::string mistakeAt(const Mistakes& mistakes, std::string_view field);

/// A label, a hint and a mistake around an input or textarea.
struct Field {
    std::string id; ///< and name
    std::string label;
    std::string hint;
    std::string type = "text"; ///< or "textarea"
    std::string value;
    Attributes more;
    bool isNeeded = true;
};
Markup field(const Reader& reader, const Field& field, const Mistakes& mistakes);

/// A form that is posted to `path`, with its token.
Markup
postForm(const Reader& reader, const std::string& path, const Markup& content, const Attributes& more = {});
Markup button(std::string_view text, std::string_view style = {});
Markup heading(int level, std::string_view text);
Markup paragraph(std::string_view text);
/// `kind`: "", "good" or "bad".
Markup box(std::string_view kind, const Markup& content);
/// Names and values of a definition list; those without a value are left out.
Markup facts(const std::vector<std::pair<std::string, std::string>>& pairs);

} // namespace viaduct::web
