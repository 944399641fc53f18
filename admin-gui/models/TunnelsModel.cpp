// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/models/TunnelsModel.h"

#include "admin-gui/parts/Wording.h"

#include <algorithm>

namespace viaduct::admin {

namespace {
constexpr std::chrono::milliseconds orderAgain{1000};

std::uint64_t numberOf(std::int64_t value) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0));
}

std::uint64_t numberOf(const std::optional<api::Time>& time) {
    return time ? numberOf(time->time_since_epoch().count()) : 0;
}

/// Four letters from `from` on, folded, in the order of their code.
std::uint64_t lettersOf(const QString& text, qsizetype from) {
    std::uint64_t number = 0;
    for (qsizetype i = from; i < from + 4; ++i)
        number = (number << 16) | (i < text.size() ? text[i].toCaseFolded().unicode() : 0U);
    return number;
}

std::uint64_t numberOf(const IpAddress& address) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 8; ++i)
        number = (number << 8) | address.bytes()[i];
    return number;
}

const QString& loginOf(const api::Tunnel& tunnel) {
    return tunnel.account.isEmpty() ? tunnel.holder : tunnel.account;
}

std::int64_t dropsOf(const api::Drops& drops) {
    return drops.source + drops.reflected + drops.tooBig + drops.hopLimit + drops.malformed + drops.rate
        + drops.quota;
}
} // namespace

TunnelsModel::TunnelsModel(QObject* parent) : QAbstractTableModel(parent) {
    m_soon.setSingleShot(true);
    m_soon.setInterval(orderAgain);
    connect(&m_soon, &QTimer::timeout, this, &TunnelsModel::orderAnew);
}

// --- what happens

void TunnelsModel::take(const api::Event& event) {
    if (const auto* begin = std::get_if<api::event::SnapshotBegin>(&event)) {
        const auto& topics = begin->topics;
        if (std::find(topics.begin(), topics.end(), api::Topic::Tunnels) == topics.end())
            return;
        clear();
        m_loading = true;
    } else if (const auto* snapshot = std::get_if<api::event::TunnelsSnapshot>(&event)) {
        for (const api::Tunnel& tunnel : snapshot->items)
            put(tunnel);
    } else if (std::holds_alternative<api::event::SnapshotEnd>(event)) {
        m_loading = false;
        orderAnew();
        Q_EMIT totalsChanged();
    } else if (const auto* up = std::get_if<api::event::TunnelUp>(&event)) {
        put(up->value);
    } else if (const auto* other = std::get_if<api::event::TunnelChanged>(&event)) {
        put(other->value);
    } else if (const auto* down = std::get_if<api::event::TunnelDown>(&event)) {
        drop(down->id);
    } else if (const auto* counters = std::get_if<api::event::Counters>(&event)) {
        count(*counters);
    }
}

void TunnelsModel::setStale(bool stale) {
    m_isStale = stale;
    if (!m_shown.empty())
        Q_EMIT dataChanged(index(0, State), index(rowCount() - 1, State));
}

void TunnelsModel::clear() {
    beginResetModel();
    m_rows.clear();
    m_unused.clear();
    m_byId.clear();
    m_shown.clear();
    endResetModel();
}

void TunnelsModel::put(const api::Tunnel& tunnel) {
    const auto [place, isNew] = m_byId.try_emplace(tunnel.id, Slot{0});
    if (isNew) {
        if (m_unused.empty()) {
            place->second = static_cast<Slot>(m_rows.size());
            m_rows.emplace_back();
        } else {
            place->second = m_unused.back();
            m_unused.pop_back();
            m_rows[place->second] = Row();
        }
    }
    Row& row = m_rows[place->second];
    row.used = true;
    row.tunnel = tunnel;
    row.words = wordsOf(tunnel);
    orderSoon();
    Q_EMIT changed(tunnel.id);
}

void TunnelsModel::drop(qint64 id) {
    const auto found = m_byId.find(id);
    if (found == m_byId.end())
        return;
    const Slot slot = found->second;
    m_byId.erase(found);
    m_rows[slot].used = false; // stays readable until the order is made anew
    orderSoon();
    Q_EMIT gone(id);
}

void TunnelsModel::count(const api::event::Counters& counters) {
    m_bitsIn = counters.rates.in;
    m_bitsOut = counters.rates.out;
    for (const api::TunnelCounters& each : counters.changed) {
        const auto found = m_byId.find(each.id);
        if (found == m_byId.end())
            continue;
        Row& row = m_rows[found->second];
        row.tunnel.traffic = each.traffic;
        row.tunnel.rates = each.rates;
        row.tunnel.drops = each.drops;
        row.tunnel.lastSeen = each.lastSeen;
        row.history[static_cast<std::size_t>(row.next)] = each.rates.in + each.rates.out;
        row.next = (row.next + 1) % samples;
        Q_EMIT changed(each.id);
    }
    if (!counters.changed.empty() && !m_shown.empty())
        Q_EMIT dataChanged(index(0, LastSeen), index(rowCount() - 1, Dropped));
    const bool byNumbers = m_column >= LastSeen;
    if (byNumbers && !counters.changed.empty())
        orderSoon();
    Q_EMIT totalsChanged();
}

// --- the order

bool TunnelsModel::isWanted(const Row& row) const {
    return row.used && std::all_of(m_filter.begin(), m_filter.end(), [&](const QString& word) {
               return row.words.contains(word);
           });
}

TunnelsModel::Key TunnelsModel::keyOf(Slot slot) const {
    const api::Tunnel& tunnel = m_rows[slot].tunnel;
    switch (m_column) {
    case Login:
        return {lettersOf(loginOf(tunnel), 0), lettersOf(loginOf(tunnel), 4), slot};
    case Organisation:
        return {lettersOf(tunnel.organisation, 0), lettersOf(tunnel.organisation, 4), slot};
    case Mode:
        return {static_cast<std::uint64_t>(tunnel.mode), 0, slot};
    case Outer:
        return {numberOf(tunnel.outerRemote.address), 0, slot};
    case Inner:
        return {tunnel.innerClient ? numberOf(*tunnel.innerClient) : 0, 0, slot};
    case PrefixColumn:
        return {tunnel.prefix ? numberOf(tunnel.prefix->address()) : 0, 0, slot};
    case LastSeen:
        return {numberOf(tunnel.lastSeen), 0, slot};
    case RateIn:
        return {numberOf(tunnel.rates.in), 0, slot};
    case RateOut:
        return {numberOf(tunnel.rates.out), 0, slot};
    case Spark:
        return {numberOf(tunnel.rates.in + tunnel.rates.out), 0, slot};
    case Dropped:
        return {numberOf(dropsOf(tunnel.drops)), 0, slot};
    default:
        return {numberOf(std::optional(tunnel.since)), 0, slot};
    }
}

bool TunnelsModel::isBefore(const Key& a, const Key& b) const {
    if (a.number != b.number)
        return (a.number < b.number) == (m_order == Qt::AscendingOrder);
    if (a.second != b.second)
        return (a.second < b.second) == (m_order == Qt::AscendingOrder);
    const api::Tunnel& one = m_rows[a.slot].tunnel;
    const api::Tunnel& other = m_rows[b.slot].tunnel;
    int whole = 0;
    if (m_column == Login)
        whole = loginOf(one).compare(loginOf(other), Qt::CaseInsensitive);
    else if (m_column == Organisation)
        whole = one.organisation.compare(other.organisation, Qt::CaseInsensitive);
    else if (m_column == Inner && one.innerClient && other.innerClient)
        whole = *one.innerClient < *other.innerClient ? -1 : *other.innerClient < *one.innerClient ? 1 : 0;
    if (whole != 0)
        return (whole < 0) == (m_order == Qt::AscendingOrder);
    return one.id < other.id;
}

void TunnelsModel::orderSoon() {
    if (!m_loading && !m_soon.isActive())
        m_soon.start();
}

void TunnelsModel::orderAnew() {
    m_soon.stop();
    std::vector<Key> keys;
    keys.reserve(m_rows.size());
    for (Slot slot = 0; slot < m_rows.size(); ++slot) {
        if (isWanted(m_rows[slot]))
            keys.push_back(keyOf(slot));
    }
    std::sort(keys.begin(), keys.end(), [this](const Key& a, const Key& b) { return isBefore(a, b); });
    Q_EMIT layoutAboutToBeChanged({}, QAbstractItemModel::VerticalSortHint);
    const QModelIndexList before = persistentIndexList();
    std::vector<qint64> ids;
    for (const QModelIndex& index : before)
        ids.push_back(m_rows[m_shown[static_cast<std::size_t>(index.row())]].tunnel.id);
    m_shown.clear();
    for (const Key& key : keys)
        m_shown.push_back(key.slot);
    QModelIndexList after;
    for (qsizetype i = 0; i < before.size(); ++i) {
        const QModelIndex now = indexOf(ids[static_cast<std::size_t>(i)]);
        after.push_back(now.isValid() ? index(now.row(), before[i].column()) : QModelIndex());
    }
    changePersistentIndexList(before, after);
    // Only now nobody looks at the rows that have gone.
    m_unused.clear();
    for (Slot slot = 0; slot < m_rows.size(); ++slot) {
        if (!m_rows[slot].used)
            m_unused.push_back(slot);
    }
    Q_EMIT layoutChanged({}, QAbstractItemModel::VerticalSortHint);
    Q_EMIT totalsChanged();
}

void TunnelsModel::sort(int column, Qt::SortOrder order) {
    m_column = column;
    m_order = order;
    orderAnew();
}

void TunnelsModel::setFilter(const QString& words) {
    const QStringList filter = words.toCaseFolded().split(u' ', Qt::SkipEmptyParts);
    if (filter == m_filter)
        return;
    m_filter = filter;
    orderAnew();
}

QString TunnelsModel::wordsOf(const api::Tunnel& tunnel) {
    QStringList words{
        tunnel.holder, tunnel.organisation, QLatin1String(api::word(tunnel.mode)),
        QString::fromStdString(tunnel.outerRemote.address.text()), tunnel.tunnelServer};
    if (tunnel.innerClient)
        words.append(QString::fromStdString(tunnel.innerClient->text()));
    if (tunnel.prefix)
        words.append(QString::fromStdString(tunnel.prefix->text()));
    return words.join(u' ').toCaseFolded();
}

// --- reading

const api::Tunnel* TunnelsModel::tunnel(qint64 id) const {
    const auto found = m_byId.find(id);
    return found == m_byId.end() ? nullptr : &m_rows[found->second].tunnel;
}

const api::Tunnel* TunnelsModel::at(const QModelIndex& index) const {
    return index.isValid() ? &m_rows[m_shown[static_cast<std::size_t>(index.row())]].tunnel : nullptr;
}

QModelIndex TunnelsModel::indexOf(qint64 id) const {
    const auto found = m_byId.find(id);
    if (found == m_byId.end())
        return {};
    const auto place = std::find(m_shown.begin(), m_shown.end(), found->second);
    return place == m_shown.end() ? QModelIndex() : index(static_cast<int>(place - m_shown.begin()), 0);
}

int TunnelsModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_shown.size());
}

int TunnelsModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : Count;
}

QVariant TunnelsModel::text(const Row& row, int column) const {
    const api::Tunnel& tunnel = row.tunnel;
    switch (column) {
    case State:
        if (!row.used)
            return tr("down");
        return m_isStale ? tr("unknown") : tr("up");
    case Login:
        return loginOf(tunnel);
    case Organisation:
        return tunnel.organisation;
    case Mode:
        return QLatin1String(api::word(tunnel.mode));
    case Outer:
        return api::text(tunnel.outerRemote);
    case Inner:
        return tunnel.innerClient ? QString::fromStdString(tunnel.innerClient->text()) : QString();
    case PrefixColumn:
        return tunnel.prefix ? QString::fromStdString(tunnel.prefix->text()) : QString();
    case Since:
        return wording::time(tunnel.since);
    case LastSeen:
        return tunnel.lastSeen ? wording::ago(*tunnel.lastSeen) : tr("never");
    case RateIn:
        return m_isStale ? QString() : wording::rate(tunnel.rates.in);
    case RateOut:
        return m_isStale ? QString() : wording::rate(tunnel.rates.out);
    case Dropped:
        return QLocale().toString(static_cast<qlonglong>(dropsOf(tunnel.drops)));
    default:
        return {};
    }
}

QVariant TunnelsModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid())
        return {};
    const Row& row = m_rows[m_shown[static_cast<std::size_t>(index.row())]];
    if (role == Qt::DisplayRole)
        return text(row, index.column());
    if (role == IdRole)
        return static_cast<qlonglong>(row.tunnel.id);
    if (role == SamplesRole) {
        QVector<qint64> values;
        values.reserve(samples);
        for (int i = 0; i < samples; ++i)
            values.push_back(row.history[static_cast<std::size_t>((row.next + i) % samples)]);
        return QVariant::fromValue(values);
    }
    if (role == Qt::ToolTipRole && index.column() == Dropped)
        return wording::drops(row.tunnel.drops);
    const bool isNumber = index.column() == RateIn || index.column() == RateOut || index.column() == Dropped;
    if (role == Qt::TextAlignmentRole && isNumber)
        return QVariant::fromValue(Qt::Alignment(Qt::AlignRight | Qt::AlignVCenter));
    return {};
}

QVariant TunnelsModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    static const std::array<const char*, Count> titles{
        QT_TR_NOOP("State"),  QT_TR_NOOP("Login"),         QT_TR_NOOP("Organisation"),
        QT_TR_NOOP("Mode"),   QT_TR_NOOP("Outer address"), QT_TR_NOOP("Inner address"),
        QT_TR_NOOP("Prefix"), QT_TR_NOOP("Since"),         QT_TR_NOOP("Last seen"),
        QT_TR_NOOP("In"),     QT_TR_NOOP("Out"),           QT_TR_NOOP("Last minute"),
        QT_TR_NOOP("Dropped")};
    return tr(titles[static_cast<std::size_t>(section)]);
}

} // namespace viaduct::admin
