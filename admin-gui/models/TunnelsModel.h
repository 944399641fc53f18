// SPDX-License-Identifier: GPL-3.0-or-later
// All tunnels that are up, live: fed by the event stream alone. A hundred thousand of them and two thousand
// changes a second must not be felt, so rows stay where they are in memory, what is shown is an order of
// them, and that order is made anew at most once a second.
#pragma once

#include "admin-gui/link/BrokerLink.h"

#include <QAbstractTableModel>
#include <QTimer>

#include <array>
#include <unordered_map>

namespace viaduct::admin {

class TunnelsModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column {
        State,
        Login,
        Organisation,
        Mode,
        Outer,
        Inner,
        PrefixColumn,
        Since,
        LastSeen,
        RateIn,
        RateOut,
        Spark,
        Dropped,
        Count
    };
    static constexpr int samples = 60; ///< of the sparkline, one a second
    /// For Spark: a QVector<qint64> of bits a second, in and out together, the oldest first.
    static constexpr int SamplesRole = Qt::UserRole + 1;
    static constexpr int IdRole = Qt::UserRole + 2;

    explicit TunnelsModel(QObject* parent = nullptr);

    void take(const api::Event& event);
    /// Of a stream that is away: what is shown may be old, and no rates are known.
    void setStale(bool stale);

    /// All words must be in what identifies a tunnel: login, organisation, addresses, prefix, mode.
    void setFilter(const QString& words);
    const api::Tunnel* tunnel(qint64 id) const;
    const api::Tunnel* at(const QModelIndex& index) const;
    QModelIndex indexOf(qint64 id) const;
    std::size_t all() const { return m_byId.size(); }
    qint64 bitsIn() const { return m_bitsIn; }
    qint64 bitsOut() const { return m_bitsOut; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    void sort(int column, Qt::SortOrder order) override;

Q_SIGNALS:
    void changed(qint64 id);
    void gone(qint64 id);
    void totalsChanged();

private:
    using Slot = std::uint32_t;
    struct Row {
        api::Tunnel tunnel;
        QString words; ///< for the filter, folded
        std::array<qint64, samples> history{};
        int next = 0; ///< in history
        bool used = false;
    };
    struct Key {
        std::uint64_t number = 0; ///< decides, but for equal ones
        std::uint64_t second = 0; ///< then this
        Slot slot = 0;
    };

    void put(const api::Tunnel& tunnel);
    void drop(qint64 id);
    void clear();
    void count(const api::event::Counters& counters);
    bool isWanted(const Row& row) const;
    Key keyOf(Slot slot) const;
    bool isBefore(const Key& a, const Key& b) const;
    void orderSoon();
    void orderAnew();
    static QString wordsOf(const api::Tunnel& tunnel);
    QVariant text(const Row& row, int column) const;

    std::vector<Row> m_rows;
    std::vector<Slot> m_unused;
    std::unordered_map<qint64, Slot> m_byId;
    std::vector<Slot> m_shown;
    QStringList m_filter;
    int m_column = Since;
    Qt::SortOrder m_order = Qt::DescendingOrder;
    bool m_isStale = false;
    bool m_loading = false; ///< a snapshot is on its way
    QTimer m_soon;
    qint64 m_bitsIn = 0;
    qint64 m_bitsOut = 0;
};

} // namespace viaduct::admin
