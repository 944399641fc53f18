// SPDX-License-Identifier: GPL-3.0-or-later
// Badges and CSV of credentials.
#include "admin-gui/parts/Badges.h"

#include "admin-gui/parts/Wording.h"

#include <QAbstractTextDocumentLayout>
#include <QPainter>
#include <QTextDocument>

namespace viaduct::admin {

namespace {
constexpr int columns = 2;
constexpr int rows = badgesPerPage / columns;
constexpr qreal margin = 0.06; // of a badge's height

QString say(const char* text) {
    return QCoreApplication::translate("Badges", text);
}

QString badge(const BadgeSheet& sheet, const api::Credentials& credentials) {
    const auto line = [](const QString& label, const QString& value, const char* style) {
        return value.isEmpty() ? QString()
                               : QStringLiteral("<p style='margin:2px'>%1<br><span style='%2'>%3</span></p>")
                                     .arg(label.toHtmlEscaped(), QLatin1String(style), value.toHtmlEscaped());
    };
    constexpr auto secret = "font-family:monospace; font-size:14pt; font-weight:bold";
    QString validity;
    if (sheet.validFrom && sheet.validUntil)
        validity = say(QT_TRANSLATE_NOOP("Badges", "%1 to %2"))
                       .arg(wording::time(*sheet.validFrom), wording::time(*sheet.validUntil));
    return QStringLiteral("<h3 style='margin:2px'>%1</h3>").arg(sheet.title.toHtmlEscaped())
        + line(say(QT_TRANSLATE_NOOP("Badges", "Login")), credentials.login, secret)
        + line(say(QT_TRANSLATE_NOOP("Badges", "Password")), credentials.password, secret)
        + line(say(QT_TRANSLATE_NOOP("Badges", "Broker")), sheet.broker, "")
        + line(say(QT_TRANSLATE_NOOP("Badges", "Valid")), validity, "");
}

void paintBadge(QPainter& painter, const QRectF& cell, const QString& html) {
    painter.save();
    painter.setPen(QPen(Qt::gray, 0, Qt::DashLine)); // where to cut
    painter.drawRect(cell);
    const qreal gap = cell.height() * margin;
    const QRectF inner = cell.adjusted(gap, gap, -gap, -gap);
    QTextDocument document;
    document.documentLayout()->setPaintDevice(painter.device());
    document.setDocumentMargin(0);
    document.setHtml(html);
    document.setTextWidth(inner.width());
    painter.translate(inner.topLeft());
    // A long title makes a badge smaller, never cut off.
    if (const qreal height = document.size().height(); height > inner.height()) {
        const qreal factor = inner.height() / height;
        painter.scale(factor, factor);
    }
    document.drawContents(&painter);
    painter.restore();
}

QString field(QString text, bool guarded) {
    // A spreadsheet would take it for a formula; the import takes it away again.
    if (guarded && !text.isEmpty() && QStringLiteral("=+-@\t").contains(text[0]))
        text.prepend(u'\'');
    if (text.contains(u',') || text.contains(u'"') || text.contains(u'\n') || text.contains(u'\r'))
        text = u'"' + text.replace(u'"', QStringLiteral("\"\"")) + u'"';
    return text;
}
} // namespace

bool paintBadges(QPagedPaintDevice& device, const BadgeSheet& sheet) {
    QPainter painter;
    if (!painter.begin(&device))
        return false;
    const QSizeF page(device.width(), device.height());
    const QSizeF size(page.width() / columns, page.height() / rows);
    for (std::size_t i = 0; i < sheet.credentials.size(); ++i) {
        const int place = static_cast<int>(i % badgesPerPage);
        if (i > 0 && place == 0 && !device.newPage())
            return false;
        const QPointF corner(size.width() * (place % columns), size.height() * (place / columns));
        paintBadge(painter, QRectF(corner, size), badge(sheet, sheet.credentials[i]));
    }
    return painter.end();
}

QByteArray credentialsCsv(const std::vector<api::Credentials>& credentials) {
    QString text = QStringLiteral("login,password\r\n");
    for (const api::Credentials& each : credentials)
        text += field(each.login, true) + u',' + field(each.password, false) + QStringLiteral("\r\n");
    return text.toUtf8();
}

} // namespace viaduct::admin
