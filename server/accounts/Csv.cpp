// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/accounts/Csv.h"

#include <QStringDecoder>

namespace viaduct::accounts {

namespace {
constexpr std::string_view byteOrderMark = "\xef\xbb\xbf";

bool isUtf8(std::string_view text) {
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    const QString decoded = decoder(QByteArrayView(text.data(), static_cast<qsizetype>(text.size())));
    return !decoder.hasError() && decoded.size() >= 0;
}

class Reader {
public:
    Reader(std::string_view text, const CsvBounds& bounds) : m_text(text), m_bounds(bounds) { }

    Result<std::vector<CsvRow>> read() {
        std::vector<CsvRow> rows;
        while (m_at < m_text.size()) {
            auto row = readRow();
            if (!row)
                return tl::unexpected(row.error());
            if (row->fields.size() == 1 && row->fields.front().empty())
                continue;
            if (rows.size() == m_bounds.rows)
                return refuse(
                    "there are more than " + std::to_string(m_bounds.rows) + " rows: split the file");
            rows.push_back(std::move(*row));
        }
        return rows;
    }

private:
    tl::unexpected<Error> refuse(const std::string& what) const {
        return failure(Error::Code::Invalid, "line " + std::to_string(m_line) + ": " + what);
    }
    bool isAt(std::string_view what) const { return m_text.substr(m_at).starts_with(what); }

    /// Passes the end of a line, if it stands here.
    bool endLine() {
        const std::size_t size = isAt("\r\n") ? 2 : isAt("\n") ? 1 : 0;
        m_at += size;
        m_line += size > 0 ? std::size_t{1} : std::size_t{0};
        return size > 0;
    }

    Result<CsvRow> readRow() {
        CsvRow row{m_line, {}};
        while (true) {
            if (row.fields.size() == m_bounds.fields)
                return refuse("there are more than " + std::to_string(m_bounds.fields) + " fields");
            auto field = isAt("\"") ? readQuoted() : readPlain();
            if (!field)
                return tl::unexpected(field.error());
            row.fields.push_back(std::move(*field));
            if (m_at == m_text.size() || endLine())
                return row;
            if (m_text[m_at] != ',')
                return refuse("text follows a closing quote: double a quote that belongs to a field");
            ++m_at;
        }
    }

    Result<std::string> readPlain() {
        std::string field;
        while (m_at < m_text.size() && m_text[m_at] != ',' && !isAt("\r\n") && !isAt("\n")) {
            if (m_text[m_at] == '"')
                return refuse("a quote within a field: put the whole field into quotes and double that one");
            if (auto taken = take(field); !taken)
                return tl::unexpected(taken.error());
        }
        return field;
    }

    Result<std::string> readQuoted() {
        const std::size_t opened = m_line;
        std::string field;
        for (++m_at; m_at < m_text.size();) {
            if (isAt("\"\"")) {
                ++m_at; // the second of the two is taken
            } else if (m_text[m_at] == '"') {
                ++m_at;
                return field;
            }
            m_line += m_text[m_at] == '\n' ? std::size_t{1} : std::size_t{0};
            if (auto taken = take(field); !taken)
                return tl::unexpected(taken.error());
        }
        m_line = opened;
        return refuse("a quote is opened and never closed");
    }

    Result<void> take(std::string& field) {
        if (field.size() == m_bounds.field)
            return refuse("a field has more than " + std::to_string(m_bounds.field) + " bytes");
        field += m_text[m_at++];
        return {};
    }

    std::string_view m_text;
    const CsvBounds& m_bounds;
    std::size_t m_at = 0;
    std::size_t m_line = 1;
};
} // namespace

Result<std::vector<CsvRow>> parseCsv(std::string_view text, const CsvBounds& bounds) {
    if (text.size() > bounds.bytes)
        return failure(
            Error::Code::Invalid,
            "line 1: the file has more than " + std::to_string(bounds.bytes) + " bytes: split it");
    if (text.starts_with(byteOrderMark))
        text.remove_prefix(byteOrderMark.size());
    if (text.find('\0') != std::string_view::npos || !isUtf8(text))
        return failure(Error::Code::Invalid, "line 1: the file is no UTF-8: save it as \"CSV UTF-8\"");
    return Reader(text, bounds).read();
}

std::string csvLine(const std::vector<std::string>& fields, bool exact) {
    std::string line;
    for (const std::string& given : fields) {
        const bool formula
            = !given.empty() && std::string_view("=+-@\t").find(given.front()) != std::string_view::npos;
        const std::string field = formula && !exact ? '\'' + given : given;
        line += &given == fields.data() ? "" : ",";
        // An only field that is empty would be an empty line, which is no row.
        const bool alone = fields.size() == 1 && field.empty();
        // In front of a file it would be taken for its mark of the byte order.
        const bool marked = field.starts_with("\xEF\xBB\xBF");
        if (!alone && !marked && field.find_first_of(",\"\r\n") == std::string::npos) {
            line += field;
            continue;
        }
        line += '"';
        for (const char c : field)
            line += c == '"' ? std::string("\"\"") : std::string(1, c);
        line += '"';
    }
    return line + "\r\n";
}

} // namespace viaduct::accounts
