// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/models/PageModel.h"

#include <algorithm>

namespace viaduct::admin {

namespace {
constexpr std::chrono::milliseconds together{400};
constexpr int page = 200;
} // namespace

PageModel::PageModel(BrokerLink& link, std::vector<Heading> headings, QObject* parent)
    : QAbstractTableModel(parent), m_link(link), m_headings(std::move(headings)) {
    m_soon.setSingleShot(true);
    m_soon.setInterval(together);
    connect(&m_soon, &QTimer::timeout, this, &PageModel::reload);
    // What was missed meanwhile is not told again.
    connect(&link, &BrokerLink::stateChanged, this, [this](LinkState state) {
        if (state == LinkState::Live)
            reloadSoon();
    });
}

void PageModel::setFilter(const Query& filter) {
    if (filter == m_filter && m_hasLoaded)
        return;
    m_filter = filter;
    if (m_link.client().hasToken()) // else when somebody is logged in
        reload();
}

void PageModel::reload() {
    m_soon.stop();
    load(false);
}

void PageModel::load(bool more) {
    m_hasLoaded = true;
    m_call.cancel();
    m_call = ask(question(more), more);
    Q_EMIT loadingChanged(true);
}

api::Question PageModel::question(bool more) const {
    api::Question question;
    question.query = m_filter;
    if (!m_sort.isEmpty())
        question.query.emplace_back(QStringLiteral("sort"), m_sort);
    // What was scrolled to stays scrolled to.
    const int wanted = more ? page : std::clamp(loaded(), page, api::limit::page);
    question.query.emplace_back(QStringLiteral("limit"), QString::number(wanted));
    if (more)
        question.query.emplace_back(QStringLiteral("cursor"), m_next);
    return question;
}

void PageModel::answered(const QString& next, const QString& failure) {
    if (failure.isEmpty())
        m_next = next;
    m_call = {};
    Q_EMIT loadingChanged(false);
    Q_EMIT failed(failure);
}

int PageModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_headings.size());
}

QVariant PageModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal)
        return {};
    const Heading& heading = m_headings[static_cast<std::size_t>(section)];
    if (role == Qt::DisplayRole)
        return heading.title;
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(
            Qt::Alignment(heading.isNumber ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    return {};
}

void PageModel::sort(int column, Qt::SortOrder order) {
    const bool isOne = column >= 0 && column < columnCount();
    const QString field = isOne ? m_headings[static_cast<std::size_t>(column)].sort : QString();
    if (isOne && field.isEmpty())
        return; // the broker has no such order: what is shown stays
    const QString wanted = field.isEmpty() || order == Qt::AscendingOrder ? field : u'-' + field;
    if (wanted == m_sort)
        return;
    m_sort = wanted;
    if (m_hasLoaded)
        reload();
}

bool PageModel::canFetchMore(const QModelIndex& parent) const {
    return !parent.isValid() && !m_next.isEmpty() && !m_call.isRunning();
}

void PageModel::fetchMore(const QModelIndex& parent) {
    if (canFetchMore(parent))
        load(true);
}

} // namespace viaduct::admin
