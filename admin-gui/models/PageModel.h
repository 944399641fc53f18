// SPDX-License-Identifier: GPL-3.0-or-later
// Lists of the API as tables: the broker filters and sorts, and pages come as one scrolls, so that a million
// rows cost what is looked at. ListModel<T> says of which; the views know PageModel alone.
#pragma once

#include "admin-gui/link/BrokerLink.h"

#include <QAbstractTableModel>
#include <QTimer>

namespace viaduct::admin {

class PageModel : public QAbstractTableModel {
    Q_OBJECT
public:
    using Query = std::vector<std::pair<QString, QString>>;
    struct Heading {
        QString title;
        /// The field by which the broker sorts; empty: not by this one.
        QString sort;
        bool isNumber = false; ///< stands right
    };

    PageModel(BrokerLink& link, std::vector<Heading> headings, QObject* parent);

    /// Begins again, if it is another one. What is shown stays until the answer is here.
    void setFilter(const Query& filter);
    const Query& filter() const { return m_filter; }
    /// The same again: something was changed. Many at once are one.
    void reloadSoon() {
        if (!m_soon.isActive())
            m_soon.start();
    }
    void reload();
    bool isLoading() const { return m_call.isRunning(); }
    /// Whether all are here.
    bool isWhole() const { return m_next.isEmpty(); }

    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    void sort(int column, Qt::SortOrder order) override;
    bool canFetchMore(const QModelIndex& parent) const override;
    void fetchMore(const QModelIndex& parent) override;

Q_SIGNALS:
    void loadingChanged(bool loading);
    /// Empty: it went well.
    void failed(const QString& sentence);

protected:
    virtual api::Call ask(const api::Question& question, bool more) = 0;
    virtual int loaded() const = 0;
    api::Question question(bool more) const;
    void answered(const QString& next, const QString& failure);

    BrokerLink& m_link;
    std::vector<Heading> m_headings;

private:
    void load(bool more);

    bool m_hasLoaded = false;
    Query m_filter;
    QString m_sort;
    QString m_next;
    QTimer m_soon;
    api::Call m_call;
};

template <typename T>
class ListModel : public PageModel {
public:
    struct Column {
        Heading heading;
        std::function<QVariant(const T&)> text; ///< for Qt::DisplayRole
        std::function<QVariant(const T&, int role)> more; ///< for other roles; none: nothing
    };

    ListModel(
        BrokerLink& link, const api::Operation<api::Nothing, api::Page<T>>& operation,
        std::vector<Column> columns, QObject* parent)
        : PageModel(link, headingsOf(columns), parent), m_operation(operation),
          m_columns(std::move(columns)) { }

    int rowCount(const QModelIndex& parent = {}) const override {
        return parent.isValid() ? 0 : static_cast<int>(m_items.size());
    }
    QVariant data(const QModelIndex& index, int role) const override {
        if (!index.isValid())
            return {};
        const Column& column = m_columns[static_cast<std::size_t>(index.column())];
        const T& item = m_items[static_cast<std::size_t>(index.row())];
        if (role == Qt::DisplayRole)
            return column.text(item);
        if (role == Qt::TextAlignmentRole && column.heading.isNumber)
            return QVariant::fromValue(Qt::Alignment(Qt::AlignRight | Qt::AlignVCenter));
        return column.more ? column.more(item, role) : QVariant();
    }
    const T* at(const QModelIndex& index) const {
        return index.isValid() ? &m_items[static_cast<std::size_t>(index.row())] : nullptr;
    }
    const std::vector<T>& items() const { return m_items; }

    /// The new state of one that may be among these; whether it was.
    template <typename Same>
    bool replace(const T& item, Same same) {
        for (std::size_t i = 0; i < m_items.size(); ++i) {
            if (!same(m_items[i], item))
                continue;
            m_items[i] = item;
            const int row = static_cast<int>(i);
            Q_EMIT dataChanged(index(row, 0), index(row, columnCount() - 1));
            return true;
        }
        return false;
    }

protected:
    api::Call ask(const api::Question& question, bool more) override {
        return m_link.client().call(
            m_operation, question, {}, this, [this, more](const api::Answered<api::Page<T>>& page) {
                if (page)
                    take(page->items, more);
                answered(
                    page ? page->next : QString(),
                    page ? QString() : QString::fromStdString(page.error().error.message));
            });
    }
    int loaded() const override { return static_cast<int>(m_items.size()); }

private:
    static std::vector<Heading> headingsOf(const std::vector<Column>& columns) {
        std::vector<Heading> headings;
        for (const Column& column : columns)
            headings.push_back(column.heading);
        return headings;
    }

    void take(const std::vector<T>& items, bool more) {
        if (!more) {
            beginResetModel();
            m_items = items;
            endResetModel();
        } else if (!items.empty()) {
            const int first = rowCount();
            beginInsertRows({}, first, first + static_cast<int>(items.size()) - 1);
            m_items.insert(m_items.end(), items.begin(), items.end());
            endInsertRows();
        }
    }

    api::Operation<api::Nothing, api::Page<T>> m_operation;
    std::vector<Column> m_columns;
    std::vector<T> m_items;
};

} // namespace viaduct::admin
