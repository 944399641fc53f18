// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/views/View.h"

#include "admin-gui/models/PageModel.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QPushButton>
#include <QSettings>

namespace viaduct::admin {

View::View(const Desk& desk, QWidget* parent) : QWidget(parent), m_desk(desk) { }

QTableView* View::table(QAbstractItemModel& model, const QString& settings) {
    auto* table = new QTableView(this);
    table->setModel(&model);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setShowGrid(false);
    table->setAlternatingRowColors(true);
    table->setWordWrap(false);
    table->horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder); // as the list comes
    table->setSortingEnabled(true);
    table->setTabKeyNavigation(false); // Tab leaves it
    table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    QHeaderView* rows = table->verticalHeader();
    rows->hide();
    rows->setSectionResizeMode(QHeaderView::Fixed);
    rows->setDefaultSectionSize(table->fontMetrics().height() + 6);
    QHeaderView* columns = table->horizontalHeader();
    columns->setSectionsMovable(true);
    columns->setStretchLastSection(true);
    columns->setHighlightSections(false);
    const QString key = QStringLiteral("columns/") + settings;
    columns->restoreState(QSettings().value(key).toByteArray());
    const auto keep = [columns, key] { QSettings().setValue(key, columns->saveState()); };
    connect(columns, &QHeaderView::sectionResized, this, keep);
    connect(columns, &QHeaderView::sectionMoved, this, keep);
    connect(columns, &QHeaderView::sortIndicatorChanged, this, keep);
    return table;
}

QLabel* View::notice() {
    auto* label = new QLabel(this);
    label->setWordWrap(true);
    label->setTextFormat(Qt::PlainText);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    label->hide();
    return label;
}

void View::tell(QLabel* notice, const api::Trouble& trouble) {
    QStringList lines{QString::fromStdString(trouble.error.message)};
    for (const api::FieldError& field : trouble.fields)
        lines.append(field.pointer + QStringLiteral(": ") + field.detail);
    tell(notice, lines.join(u'\n'));
}

void View::tell(QLabel* notice, const QString& sentence) {
    notice->setText(sentence);
    notice->setVisible(!sentence.isEmpty());
}

void View::watch(PageModel& model, QLabel* notice) {
    connect(&model, &PageModel::failed, notice, [&model, notice](const QString& sentence) {
        if (!sentence.isEmpty())
            return tell(notice, sentence);
        const int rows = model.rowCount();
        tell(
            notice,
            model.isWhole() ? tr("%n row(s)", nullptr, rows)
                            : tr("%n row(s); scroll for more", nullptr, rows));
    });
}

Question::Question(QWidget* parent)
    : QWidget(parent), m_sentence(new QLabel(this)), m_yes(new QPushButton(this)) {
    auto* no = new QPushButton(tr("Cancel"), this);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    m_sentence->setWordWrap(true);
    layout->addWidget(m_sentence, 1);
    layout->addWidget(m_yes);
    layout->addWidget(no);
    connect(no, &QPushButton::clicked, this, &QWidget::hide);
    connect(m_yes, &QPushButton::clicked, this, [this] {
        hide();
        if (const auto agreed = std::exchange(m_agreed, {}))
            agreed();
    });
    hide();
}

void Question::ask(const QString& sentence, const QString& yes, std::function<void()> agreed) {
    m_sentence->setText(sentence);
    m_yes->setText(yes);
    m_agreed = std::move(agreed);
    show();
    m_yes->setFocus();
}

} // namespace viaduct::admin
