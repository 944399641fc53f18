// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/web/Page.h"

#include "server/web/Sentences.h"

namespace viaduct::web {

namespace {
constexpr const char* contentSecurityPolicy
    = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
      "base-uri 'none'; frame-ancestors 'none'";

std::string brandOf(const Reader& reader) {
    return reader.organisation.empty() ? reader.say(say::brandAlone)
                                       : reader.say(say::brand, {reader.organisation});
}

Markup head(const Reader& reader, const Frame& frame) {
    const std::string title = frame.isMistaken ? reader.say(say::mistakePrefix, {frame.title}) : frame.title;
    Markup all = voidElement("meta", {{"charset", "utf-8"}});
    all += voidElement("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
    all += voidElement("meta", {{"name", "robots"}, {"content", "noindex"}});
    all += element("title", {}, title + " - " + brandOf(reader));
    all += voidElement("link", {{"rel", "stylesheet"}, {"href", "/style.css"}});
    all += voidElement("link", {{"rel", "icon"}, {"type", "image/svg+xml"}, {"href", "/favicon.svg"}});
    if (frame.hasScript)
        all += element("script", {{"src", "/pow.js"}, {"defer", ""}}, "");
    return element("head", {}, all);
}

/// The languages under their own names: who looks for one may read no other.
Markup languageSwitch(const Reader& reader, const std::string& path) {
    const bool isFrench = reader.language == Language::French;
    const std::string other = isFrench ? "en" : "fr";
    return element(
        "li", {},
        element(
            "a", {{"href", path + "?lang=" + other}, {"lang", other}, {"hreflang", other}},
            isFrench ? "English" : "Français"));
}

Markup banner(const Reader& reader, const Frame& frame) {
    Markup items;
    if (!reader.organisation.empty()) // else nobody can
        items += element("li", {}, element("a", {{"href", "/"}}, reader.say(say::askHere)));
    if (reader.hasCharter)
        items += element("li", {}, element("a", {{"href", "/charter"}}, reader.say(say::charter)));
    if (!frame.path.empty())
        items += languageSwitch(reader, frame.path);
    const Markup content = element("span", {{"class", "brand"}}, brandOf(reader))
        + element("nav", {{"aria-label", reader.say(say::navigation)}}, element("ul", {}, items));
    return element("header", {}, element("div", {{"class", "width"}}, content));
}

Markup foot(const Reader& reader) {
    Markup content;
    if (!reader.contact.empty()) {
        // The sentence is text, the address in it a link.
        const std::string sentence = reader.say(say::questionsTo, {reader.contact});
        const std::size_t at = sentence.find(reader.contact);
        content += element(
            "p", {},
            plain(sentence.substr(0, at))
                + element("a", {{"href", "mailto:" + reader.contact}}, reader.contact)
                + plain(sentence.substr(at + reader.contact.size())));
    }
    content += paragraph(reader.say(say::whatViaductIs));
    return element("footer", {}, element("div", {{"class", "width"}}, content));
}

Markup described(const std::string& id, const char* what, const std::string& text) {
    if (text.empty())
        return {};
    return element("p", {{"class", what}, {"id", id + "-" + what}}, text);
}

http::Response withHeaders(http::Response response) {
    response.with("Content-Security-Policy", contentSecurityPolicy);
    response.with("Cache-Control", "no-store").with("Referrer-Policy", "no-referrer");
    response.with("Vary", "Accept-Language, Cookie");
    return response;
}
} // namespace

http::Response document(int status, std::shared_ptr<const std::string> html) {
    http::Response response = http::Response::html(status, {});
    response.shared = std::move(html);
    return withHeaders(std::move(response));
}

http::Response page(const Reader& reader, int status, const Frame& frame, const Markup& content) {
    const Markup main = element("main", {{"id", "main"}, {"class", "width"}, {"tabindex", "-1"}}, content);
    const Markup body = element("a", {{"class", "skip"}, {"href", "#main"}}, reader.say(say::skip))
        + banner(reader, frame) + main + foot(reader);
    const Markup html = element(
        "html", {{"lang", std::string(code(reader.language))}},
        head(reader, frame) + element("body", {}, body));
    return withHeaders(http::Response::html(status, "<!DOCTYPE html>\n" + html.html + "\n"))
        .with("Content-Language", std::string(code(reader.language)));
}

Markup summary(const Reader& reader, const Mistakes& mistakes) {
    if (mistakes.empty())
        return {};
    Markup items;
    for (const Mistake& mistake : mistakes)
        items += mistake.field.empty()
            ? element("li", {}, mistake.sentence)
            : element("li", {}, element("a", {{"href", "#" + mistake.field}}, mistake.sentence));
    const Markup content
        = element("h2", {{"id", "summary-title"}}, reader.say(say::summaryTitle)) + element("ul", {}, items);
    return element(
        "div",
        {{"class", "box bad"},
         {"role", "alert"},
         {"aria-labelledby", "summary-title"},
         {"tabindex", "-1"},
         {"autofocus", ""}},
        content);
}

std::string mistakeAt(const Mistakes& mistakes, std::string_view field) {
    for (const Mistake& mistake : mistakes) {
        if (mistake.field == field)
            return mistake.sentence;
    }
    return {};
}

Markup field(const Reader& reader, const Field& field, const Mistakes& mistakes) {
    const std::string mistake = mistakeAt(mistakes, field.id);
    std::string label = field.label;
    if (!field.isNeeded)
        label += " " + reader.say(say::optional);
    Attributes attributes{{"id", field.id}, {"name", field.id}};
    std::string describedBy = field.hint.empty() ? "" : field.id + "-hint";
    if (!mistake.empty()) {
        attributes.emplace_back("aria-invalid", "true");
        describedBy += (describedBy.empty() ? "" : " ") + field.id + "-mistake";
    }
    if (!describedBy.empty())
        attributes.emplace_back("aria-describedby", describedBy);
    if (field.isNeeded)
        attributes.emplace_back("required", "");
    attributes.insert(attributes.end(), field.more.begin(), field.more.end());
    Markup content = element("label", {{"for", field.id}}, label) + described(field.id, "hint", field.hint)
        + described(field.id, "mistake", mistake);
    if (field.type == "textarea") {
        // The first line end behind the tag is not part of the text, so one is given away.
        content += element("textarea", attributes, Markup{"\n"} + plain(field.value));
    } else {
        attributes.emplace_back("type", field.type);
        if (!field.value.empty())
            attributes.emplace_back("value", field.value);
        content += voidElement("input", attributes);
    }
    return element("div", {{"class", "field"}}, content);
}

Markup
postForm(const Reader& reader, const std::string& path, const Markup& content, const Attributes& more) {
    // Mistakes are found by us, all at once and in the reader's language.
    Attributes attributes{{"method", "post"}, {"action", path}, {"novalidate", ""}};
    attributes.insert(attributes.end(), more.begin(), more.end());
    const Markup token
        = voidElement("input", {{"type", "hidden"}, {"name", "csrf"}, {"value", reader.csrf(path)}});
    return element("form", attributes, token + content);
}

Markup button(std::string_view text, std::string_view style) {
    Attributes attributes{{"type", "submit"}};
    if (!style.empty())
        attributes.emplace_back("class", std::string(style));
    return element("p", {}, element("button", attributes, text));
}

Markup heading(int level, std::string_view text) {
    return element("h" + std::to_string(level), {}, text);
}

Markup paragraph(std::string_view text) {
    return element("p", {}, text);
}

Markup box(std::string_view kind, const Markup& content) {
    return element("div", {{"class", kind.empty() ? "box" : "box " + std::string(kind)}}, content);
}

Markup facts(const std::vector<std::pair<std::string, std::string>>& pairs) {
    Markup content;
    for (const auto& [name, value] : pairs) {
        if (!value.empty())
            content += element("dt", {}, name) + element("dd", {}, lines(value));
    }
    return element("dl", {{"class", "facts"}}, content);
}

} // namespace viaduct::web
