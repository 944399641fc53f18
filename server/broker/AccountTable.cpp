// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/broker/AccountTable.h"

#include "server/accounts/Csv.h"

#include <algorithm>
#include <set>

namespace viaduct::broker {

namespace {
constexpr std::size_t mostErrors = 100;

enum class Cell { Name, Password, Text, Flag, Number, Tags };
struct Column {
    const char* heading;
    Cell cell;
    bool isLimit = false; ///< stands within `limits`
};
constexpr std::array columns{
    Column{"name", Cell::Name},
    Column{"password", Cell::Password},
    Column{"kind", Cell::Text},
    Column{"person", Cell::Text},
    Column{"email", Cell::Text},
    Column{"organisation", Cell::Text},
    Column{"sponsor", Cell::Text},
    Column{"tags", Cell::Tags},
    Column{"validFrom", Cell::Text},
    Column{"validUntil", Cell::Text},
    Column{"rateIn", Cell::Number, true},
    Column{"rateOut", Cell::Number, true},
    Column{"quotaBytes", Cell::Number, true},
    Column{"mayProxy", Cell::Flag},
    Column{"oldClients", Cell::Flag},
    Column{"note", Cell::Text}};

QString text(const std::string& utf8) {
    return QString::fromStdString(utf8);
}

void complain(
    std::vector<api::ImportError>& errors, int line, const QString& column, const QString& cause,
    const QString& cure) {
    if (errors.size() < mostErrors)
        errors.push_back({line, column, cause, cure});
}

/// The columns that the heading names, in its order; nothing when it cannot be used.
std::vector<const Column*> readHeading(const accounts::CsvRow& row, std::vector<api::ImportError>& errors) {
    std::vector<const Column*> found;
    const int line = static_cast<int>(row.line);
    for (const std::string& field : row.fields) {
        const auto column = std::find_if(
            columns.begin(), columns.end(), [&](const Column& each) { return field == each.heading; });
        if (column == columns.end())
            complain(
                errors, line, text(field).left(api::limit::name), QStringLiteral("There is no such column."),
                QStringLiteral("Take the heading of an export."));
        else if (std::find(found.begin(), found.end(), &*column) != found.end())
            complain(
                errors, line, text(field), QStringLiteral("The column stands there twice."),
                QStringLiteral("Take one of them out."));
        else
            found.push_back(&*column);
    }
    const auto hasName = [](const Column* each) { return each->cell == Cell::Name; };
    if (std::none_of(found.begin(), found.end(), hasName))
        complain(
            errors, line, QStringLiteral("name"), QStringLiteral("The column \"name\" is missing."),
            QStringLiteral("Begin the file with a heading, as an export does."));
    return errors.empty() ? found : std::vector<const Column*>();
}

QJsonArray tagsOf(const QString& field) {
    QJsonArray tags;
    const QStringList parts = field.split(u';', Qt::SkipEmptyParts);
    for (const QString& tag : parts) {
        if (!tag.trimmed().isEmpty())
            tags.append(tag.trimmed());
    }
    return tags;
}

/// As the table of the settings wants it; what is wrong stays text, which that table then complains of.
QJsonValue valueOf(const Column& column, const QString& field) {
    switch (column.cell) {
    case Cell::Flag:
        if (field == QLatin1String("true") || field == QLatin1String("yes"))
            return true;
        if (field.isEmpty() || field == QLatin1String("false") || field == QLatin1String("no"))
            return false;
        return field;
    case Cell::Number: {
        bool isNumber = false;
        const qint64 number = field.toLongLong(&isNumber);
        return field.isEmpty() ? QJsonValue(0) : isNumber ? QJsonValue(number) : QJsonValue(field);
    }
    case Cell::Tags:
        return tagsOf(field);
    default:
        return field;
    }
}

/// An export writes one before what a spreadsheet would take for a formula.
QString withoutApostrophe(const QString& field) {
    const bool guarded
        = field.size() > 1 && field.startsWith(u'\'') && QStringLiteral("=+-@\t").contains(field[1]);
    return guarded ? field.mid(1) : field;
}

AccountRow readRow(const accounts::CsvRow& row, const std::vector<const Column*>& heading) {
    AccountRow made;
    made.line = static_cast<int>(row.line);
    QJsonObject limits;
    for (std::size_t i = 0; i < heading.size(); ++i) {
        const Column& column = *heading[i];
        const QString field = withoutApostrophe(text(row.fields[i]));
        const QString name = QLatin1String(column.heading);
        if (column.cell == Cell::Name)
            made.name = field;
        else if (column.cell == Cell::Password)
            made.password = field;
        else if (column.isLimit)
            limits.insert(name, valueOf(column, field));
        else if (name.startsWith(QLatin1String("valid")) && field.isEmpty())
            made.settings.insert(name, QJsonValue()); // no bound
        else if (name == QLatin1String("kind") && field.isEmpty())
            made.settings.insert(name, QStringLiteral("host"));
        else
            made.settings.insert(name, valueOf(column, field));
    }
    if (!limits.isEmpty())
        made.settings.insert(QStringLiteral("limits"), limits);
    return made;
}

std::string field(const QString& value) {
    return value.toStdString();
}

std::string flag(bool value) {
    return value ? "true" : "false";
}

std::vector<std::string> fieldsOf(const api::Account& account) {
    const api::AccountSettings& settings = account.settings;
    std::string tags;
    for (const QString& tag : settings.tags)
        tags += (tags.empty() ? "" : ";") + tag.toStdString();
    const auto time = [](const std::optional<api::Time>& value) {
        return value ? api::text(*value).toStdString() : std::string();
    };
    const api::Limits& limits = settings.limits;
    return {
        field(account.name),
        {},
        api::word(settings.kind),
        field(settings.person),
        field(settings.email),
        field(settings.organisation),
        field(settings.sponsor),
        tags,
        time(settings.validFrom),
        time(settings.validUntil),
        std::to_string(limits.rateIn),
        std::to_string(limits.rateOut),
        std::to_string(limits.quotaBytes),
        flag(settings.mayProxy),
        flag(settings.oldClients),
        field(settings.note)};
}
} // namespace

AccountTable readAccountTable(const QByteArray& csv) {
    AccountTable table;
    const auto rows
        = accounts::parseCsv(std::string_view(csv.constData(), static_cast<std::size_t>(csv.size())));
    if (!rows) { // "line N: ..."
        const QString message = text(rows.error().message);
        const int line = message.section(u' ', 1, 1).chopped(1).toInt();
        complain(table.errors, std::max(line, 1), {}, message.section(u' ', 2), {});
        return table;
    }
    if (rows->empty()) {
        complain(
            table.errors, 1, {}, QStringLiteral("The file is empty."),
            QStringLiteral("Begin it with a heading, as an export does."));
        return table;
    }
    const auto heading = readHeading(rows->front(), table.errors);
    std::set<QString> names;
    for (std::size_t i = 1; i < rows->size() && table.errors.size() < mostErrors; ++i) {
        const accounts::CsvRow& row = (*rows)[i];
        const int line = static_cast<int>(row.line);
        if (heading.empty())
            break;
        if (row.fields.size() != heading.size()) {
            complain(
                table.errors, line, {},
                QStringLiteral("The row has %1 fields, the heading %2.")
                    .arg(row.fields.size())
                    .arg(heading.size()),
                QStringLiteral("Put a field with a comma into quotes."));
            continue;
        }
        table.rows.push_back(readRow(row, heading));
        if (!names.insert(table.rows.back().name).second)
            complain(
                table.errors, line, QStringLiteral("name"), QStringLiteral("The name stands there twice."),
                QStringLiteral("Take one of the rows out."));
    }
    return table;
}

Result<api::AccountSettings>
settingsOf(const AccountRow& row, const api::AccountSettings& before, std::vector<api::ImportError>& errors) {
    QJsonObject merged = api::toJson(before);
    for (auto member = row.settings.begin(); member != row.settings.end(); ++member) {
        if (!member->isObject()) {
            merged.insert(member.key(), member.value());
            continue;
        }
        QJsonObject inner = merged.value(member.key()).toObject();
        const QJsonObject given = member->toObject();
        for (auto each = given.begin(); each != given.end(); ++each)
            inner.insert(each.key(), each.value());
        merged.insert(member.key(), inner);
    }
    auto settings = api::read<api::AccountSettings>(merged);
    if (settings)
        return std::move(*settings);
    for (const api::FieldError& error : settings.error())
        complain(
            errors, row.line,
            error.pointer.startsWith(QLatin1String("/tags")) ? QStringLiteral("tags")
                                                             : error.pointer.section(u'/', -1),
            error.detail, {});
    return failure(Error::Code::Invalid, "The row has mistakes.");
}

QByteArray accountTable(const std::vector<api::Account>& accounts) {
    std::vector<std::string> heading;
    heading.reserve(columns.size());
    for (const Column& column : columns)
        heading.emplace_back(column.heading);
    std::string table = accounts::csvLine(heading);
    for (const api::Account& account : accounts)
        table += accounts::csvLine(fieldsOf(account), false); // people wrote some of it themselves
    return QByteArray::fromStdString(table);
}

} // namespace viaduct::broker
