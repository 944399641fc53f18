// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tsp/XmlTree.h"

#include "shared/tsp/Framing.h"

#include <QXmlStreamReader>

#include <algorithm>

namespace viaduct::tsp {

namespace {
/// tunnel, client, router, dns_server, address, and room for elements that nobody knows yet.
constexpr int deepest = 8;

std::string utf8(QStringView text) {
    return text.toUtf8().toStdString();
}

/// The figures of RFC 5572 break lines inside addresses; no value of TSP has white space of its own.
void appendWithoutSpace(std::string& to, QStringView text) {
    for (const char c : utf8(text)) {
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
            to += c;
    }
}

XmlElement startElement(const QXmlStreamReader& reader) {
    XmlElement element;
    element.name = utf8(reader.qualifiedName());
    for (const QXmlStreamAttribute& attribute : reader.attributes())
        element.attributes.emplace_back(utf8(attribute.qualifiedName()), utf8(attribute.value()));
    return element;
}

/// Reads up to the end of `element`, whose start has been read.
bool readContent(QXmlStreamReader& reader, XmlElement& element, int depth) { // NOLINT(misc-no-recursion)
    if (depth > deepest)
        return false;
    for (;;) {
        switch (reader.readNext()) {
        case QXmlStreamReader::StartElement:
            element.children.push_back(startElement(reader));
            if (!readContent(reader, element.children.back(), depth + 1))
                return false;
            break;
        case QXmlStreamReader::EndElement:
            return true;
        case QXmlStreamReader::Characters:
            appendWithoutSpace(element.text, reader.text());
            break;
        case QXmlStreamReader::Comment:
            break;
        default:
            return false;
        }
    }
}

/// What stands before or after the root element: comments, or else the token that ends it.
QXmlStreamReader::TokenType skipComments(QXmlStreamReader& reader) {
    for (;;) {
        const auto token = reader.readNext();
        const bool declaration = token == QXmlStreamReader::StartDocument;
        const bool space = token == QXmlStreamReader::Characters && reader.isWhitespace();
        if (token != QXmlStreamReader::Comment && !declaration && !space)
            return token;
    }
}
} // namespace

std::string_view XmlElement::attribute(std::string_view attributeName) const {
    for (const auto& [key, value] : attributes) {
        if (key == attributeName)
            return value;
    }
    return {};
}

const XmlElement* XmlElement::child(std::string_view childName) const {
    const auto found = std::find_if(children.begin(), children.end(), [&](const XmlElement& element) {
        return element.name == childName;
    });
    return found == children.end() ? nullptr : &*found;
}

std::optional<XmlElement> parseXml(std::string_view bytes) {
    const std::string_view document = stripped(bytes);
    if (document.empty() || document.size() > longestMessage)
        return std::nullopt;
    QXmlStreamReader reader(
        QByteArray::fromRawData(document.data(), static_cast<qsizetype>(document.size())));
    reader.setNamespaceProcessing(false);
    if (skipComments(reader) != QXmlStreamReader::StartElement)
        return std::nullopt;
    XmlElement root = startElement(reader);
    if (!readContent(reader, root, 1) || skipComments(reader) != QXmlStreamReader::EndDocument)
        return std::nullopt;
    return root;
}

} // namespace viaduct::tsp
