// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/parts/Wording.h"

#include <QDateTime>
#include <QLocale>

#include <cmath>

namespace viaduct::admin::wording {

namespace {
QString say(const char* text, int count = -1) {
    return QCoreApplication::translate("Wording", text, nullptr, count);
}

QString scaled(double value, std::initializer_list<const char*> units) {
    std::size_t unit = 0;
    while (value >= 999.5 && unit + 1 < units.size()) {
        value /= 1000;
        ++unit;
    }
    const int digits = unit == 0 || value >= 99.5 ? 0 : 1;
    return QLocale().toString(value, 'f', digits) + QChar(QChar::Nbsp)
        + QLatin1String(*(units.begin() + unit));
}
} // namespace

QString time(api::Time time) {
    return QLocale().toString(
        QDateTime::fromMSecsSinceEpoch(time.time_since_epoch().count()), QLocale::ShortFormat);
}

QString day(api::Date date) {
    return QLocale().toString(
        QDate(
            static_cast<int>(date.year()), static_cast<int>(static_cast<unsigned>(date.month())),
            static_cast<int>(static_cast<unsigned>(date.day()))),
        QLocale::ShortFormat);
}

QString duration(std::chrono::seconds time) {
    const qint64 seconds = std::max<qint64>(time.count(), 0);
    if (seconds < 60)
        return say(QT_TRANSLATE_NOOP("Wording", "%1 s")).arg(seconds);
    if (seconds < 3600)
        return say(QT_TRANSLATE_NOOP("Wording", "%1 min")).arg(seconds / 60);
    if (seconds < 86'400)
        return say(QT_TRANSLATE_NOOP("Wording", "%1 h %2 min")).arg(seconds / 3600).arg(seconds / 60 % 60);
    return say(QT_TRANSLATE_NOOP("Wording", "%n day(s)"), static_cast<int>(seconds / 86'400));
}

QString ago(api::Time then) {
    const auto now = std::chrono::system_clock::now();
    const auto past = std::chrono::duration_cast<std::chrono::seconds>(now - then);
    if (past >= std::chrono::hours(24))
        return time(then);
    return say(QT_TRANSLATE_NOOP("Wording", "%1 ago")).arg(duration(past));
}

QString rate(qint64 bitsPerSecond) {
    return bitsPerSecond <= 0
        ? QStringLiteral("–")
        : scaled(static_cast<double>(bitsPerSecond), {"bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"});
}

QString bytes(qint64 bytes) {
    return scaled(static_cast<double>(bytes), {"B", "kB", "MB", "GB", "TB", "PB"});
}

QString number(Uint128 number) {
    if (number <= std::numeric_limits<qint32>::max())
        return QLocale().toString(static_cast<qlonglong>(number));
    const double power = std::log2(static_cast<double>(number));
    const double whole = std::round(power);
    if (std::abs(power - whole) < 0.01)
        return QStringLiteral("2^%1").arg(static_cast<int>(whole));
    return QLocale().toString(static_cast<double>(number), 'g', 3);
}

QString drops(const api::Drops& drops) {
    QStringList lines;
    const auto add = [&](std::int64_t count, const char* cause) {
        if (count > 0)
            lines.append(
                QLocale().toString(static_cast<qlonglong>(count)) + QStringLiteral("  ") + say(cause));
    };
    add(drops.source, QT_TRANSLATE_NOOP("Wording", "forged inner source"));
    add(drops.reflected, QT_TRANSLATE_NOOP("Wording", "sent back to where it came from"));
    add(drops.tooBig, QT_TRANSLATE_NOOP("Wording", "larger than the MTU"));
    add(drops.hopLimit, QT_TRANSLATE_NOOP("Wording", "hop limit reached"));
    add(drops.malformed, QT_TRANSLATE_NOOP("Wording", "malformed"));
    add(drops.rate, QT_TRANSLATE_NOOP("Wording", "over the rate limit"));
    add(drops.quota, QT_TRANSLATE_NOOP("Wording", "quota used up"));
    return lines.join(u'\n');
}

QString kind(api::AccountKind kind) {
    switch (kind) {
    case api::AccountKind::Host:
        return say(QT_TRANSLATE_NOOP("Wording", "Single host (/128)"));
    case api::AccountKind::Soho:
        return say(QT_TRANSLATE_NOOP("Wording", "SOHO (/64)"));
    case api::AccountKind::Site:
        return say(QT_TRANSLATE_NOOP("Wording", "Site (/48)"));
    }
    return {};
}

QString state(api::RequestState state) {
    switch (state) {
    case api::RequestState::Unverified:
        return say(QT_TRANSLATE_NOOP("Wording", "address not proved"));
    case api::RequestState::Pending:
        return say(QT_TRANSLATE_NOOP("Wording", "waiting"));
    case api::RequestState::Approved:
        return say(QT_TRANSLATE_NOOP("Wording", "approved"));
    case api::RequestState::Refused:
        return say(QT_TRANSLATE_NOOP("Wording", "refused"));
    case api::RequestState::Withdrawn:
        return say(QT_TRANSLATE_NOOP("Wording", "withdrawn"));
    }
    return {};
}

QString state(api::AccountState state) {
    switch (state) {
    case api::AccountState::Active:
        return say(QT_TRANSLATE_NOOP("Wording", "active"));
    case api::AccountState::Suspended:
        return say(QT_TRANSLATE_NOOP("Wording", "suspended"));
    case api::AccountState::Expired:
        return say(QT_TRANSLATE_NOOP("Wording", "expired"));
    }
    return {};
}

QString state(api::BlockState state) {
    switch (state) {
    case api::BlockState::Free:
        return say(QT_TRANSLATE_NOOP("Wording", "free"));
    case api::BlockState::Reserved:
        return say(QT_TRANSLATE_NOOP("Wording", "reserved"));
    case api::BlockState::Allocated:
        return say(QT_TRANSLATE_NOOP("Wording", "allocated"));
    case api::BlockState::Active:
        return say(QT_TRANSLATE_NOOP("Wording", "active"));
    case api::BlockState::Quarantined:
        return say(QT_TRANSLATE_NOOP("Wording", "quarantined"));
    case api::BlockState::Static:
        return say(QT_TRANSLATE_NOOP("Wording", "static"));
    }
    return {};
}

QString role(api::Role role) {
    switch (role) {
    case api::Role::Requester:
        return say(QT_TRANSLATE_NOOP("Wording", "requester"));
    case api::Role::Viewer:
        return say(QT_TRANSLATE_NOOP("Wording", "viewer"));
    case api::Role::Operator:
        return say(QT_TRANSLATE_NOOP("Wording", "operator"));
    case api::Role::Administrator:
        return say(QT_TRANSLATE_NOOP("Wording", "administrator"));
    }
    return {};
}

QString origin(api::AccountOrigin origin) {
    switch (origin) {
    case api::AccountOrigin::Configuration:
        return say(QT_TRANSLATE_NOOP("Wording", "configuration"));
    case api::AccountOrigin::Registration:
        return say(QT_TRANSLATE_NOOP("Wording", "web page"));
    case api::AccountOrigin::Operator:
        return say(QT_TRANSLATE_NOOP("Wording", "made by hand"));
    case api::AccountOrigin::Voucher:
        return say(QT_TRANSLATE_NOOP("Wording", "voucher"));
    case api::AccountOrigin::Import:
        return say(QT_TRANSLATE_NOOP("Wording", "import"));
    case api::AccountOrigin::Radius:
        return say(QT_TRANSLATE_NOOP("Wording", "RADIUS"));
    }
    return {};
}

} // namespace viaduct::admin::wording
