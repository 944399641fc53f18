// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/api/Question.h"

namespace viaduct::api {

Result<QUrl> urlOf(const QUrl& broker, const OperationInfo& operation, const Question& question) {
    if (broker.scheme() != QLatin1String("https") || broker.host().isEmpty())
        return failure(
            Error::Code::Invalid, "No broker is named: give its address, like https://broker.example.net.");
    QStringList segments = QString::fromUtf8(operation.path).split(u'/');
    qsizetype used = 0;
    for (QString& segment : segments) {
        if (!segment.startsWith(u'{'))
            continue;
        const QString value = question.path.value(used++);
        if (value.isEmpty() || value == QLatin1String(".") || value == QLatin1String(".."))
            return failure(
                Error::Code::Invalid,
                "\"" + value.toStdString() + "\" cannot be the "
                    + segment.mid(1, segment.size() - 2).toStdString() + " of anything: write its name.");
        segment = QString::fromLatin1(QUrl::toPercentEncoding(value));
    }
    if (used != question.path.size())
        return failure(
            Error::Code::Invalid, std::string("Too many names are given for ") + operation.id + '.');
    QUrlQuery query;
    for (const auto& [name, value] : question.query)
        if (!value.isEmpty())
            query.addQueryItem(name, QString::fromLatin1(QUrl::toPercentEncoding(value)));
    QUrl url(broker);
    url.setPath(QLatin1String(basePath) + segments.join(u'/'), QUrl::StrictMode);
    if (!query.isEmpty())
        url.setQuery(query.query(QUrl::FullyEncoded), QUrl::StrictMode);
    return url;
}

Result<QUrl> brokerFromText(const QString& text) {
    QString typed = text.trimmed();
    if (!typed.contains(QLatin1String("://")))
        typed.prepend(QLatin1String("https://"));
    const QUrl url(typed, QUrl::StrictMode);
    if (!url.isValid() || url.host().isEmpty())
        return failure(
            Error::Code::Invalid,
            "\"" + text.toStdString()
                + "\" is no address of a broker: write it like broker.example.net:8443.");
    if (url.scheme() != QLatin1String("https"))
        return failure(
            Error::Code::Invalid, "A broker is spoken to by HTTPS alone: write https:// in front of it.");
    QUrl broker;
    broker.setScheme(QStringLiteral("https"));
    broker.setHost(url.host());
    broker.setPort(url.port());
    return broker;
}

} // namespace viaduct::api
