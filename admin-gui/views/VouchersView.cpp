// SPDX-License-Identifier: GPL-3.0-or-later
// The list of the vouchers.
#include "admin-gui/views/VouchersView.h"

#include "admin-gui/parts/Wording.h"
#include "admin-gui/views/EventWizard.h"

#include "admin-gui/parts/Sheet.h"
#include <QSplitter>
#include <QVBoxLayout>

namespace viaduct::admin {

namespace {
constexpr std::chrono::milliseconds typing{300};
using api::Voucher;

QString wordOf(api::VoucherState state) {
    switch (state) {
    case api::VoucherState::Planned:
        return VouchersView::tr("planned");
    case api::VoucherState::Open:
        return VouchersView::tr("open");
    case api::VoucherState::Over:
        return VouchersView::tr("over");
    case api::VoucherState::Withdrawn:
        return VouchersView::tr("withdrawn");
    }
    return {};
}

std::vector<ListModel<Voucher>::Column> columns() {
    const auto tr = [](const char* text) { return VouchersView::tr(text); };
    return {
        {{tr("Made"), QStringLiteral("created")},
         [](const Voucher& voucher) { return wording::time(voucher.created); },
         {}},
        {{tr("Event"), QStringLiteral("event")},
         [](const Voucher& voucher) { return voucher.draft.event; },
         {}},
        {{tr("State"), {}}, [](const Voucher& voucher) { return wordOf(voucher.state); }, {}},
        {{tr("Used"), {}, true},
         [tr](const Voucher& voucher) {
             return tr("%1 of %2").arg(voucher.used).arg(voucher.draft.accounts);
         },
         {}},
        {{tr("From"), QStringLiteral("validFrom")},
         [](const Voucher& voucher) { return wording::time(voucher.draft.validFrom); },
         {}},
        {{tr("Until"), {}},
         [](const Voucher& voucher) { return wording::time(voucher.draft.validUntil); },
         {}},
        {{tr("Kind"), {}}, [](const Voucher& voucher) { return wording::kind(voucher.draft.kind); }, {}},
        {{tr("Pool"), {}}, [](const Voucher& voucher) { return voucher.draft.pool; }, {}},
        {{tr("Logins"), {}},
         [](const Voucher& voucher) { return voucher.draft.loginPrefix + QStringLiteral("-…"); },
         {}},
        {{tr("Made by"), {}}, [](const Voucher& voucher) { return voucher.createdBy; }, {}}};
}
} // namespace

VouchersView::VouchersView(const Desk& desk, QWidget* parent)
    : View(desk, parent),
      m_model(new ListModel<Voucher>(desk.link, api::operation::listVouchers, columns(), this)),
      m_search(new QLineEdit(this)), m_state(new QComboBox(this)), m_table(table(*m_model, name())),
      m_count(notice()), m_notice(notice()) {
    m_table->setAccessibleName(tr("Vouchers"));
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    auto* splitter = new QSplitter(Qt::Vertical, this);
    auto* top = topPart();
    splitter->addWidget(m_table);
    splitter->addWidget(detail());
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 1);
    connect(
        m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &VouchersView::showChosen);
    connect(m_model, &QAbstractItemModel::modelAboutToBeReset, this, [this] { m_isFilling = true; });
    connect(m_model, &QAbstractItemModel::modelReset, this, &VouchersView::chooseAgain);
    watch(*m_model, m_count);
    auto* layout = new QVBoxLayout(this);
    layout->addLayout(top);
    layout->addWidget(splitter, 1);
    layout->addWidget(m_count);
    connect(&desk.link, &BrokerLink::happened, this, &VouchersView::take);
    connect(&desk.link, &BrokerLink::stateChanged, this, &VouchersView::showButtons);
    showButtons();
    refilter();
}

QLayout* VouchersView::topPart() {
    m_search->setPlaceholderText(tr("Event, login or who made it"));
    m_search->setClearButtonEnabled(true);
    m_search->setAccessibleName(tr("Filter of the vouchers"));
    m_state->setAccessibleName(tr("State"));
    m_state->addItem(tr("Any state"), QString());
    for (std::size_t i = 0; i < api::Words<api::VoucherState>::list.size(); ++i)
        m_state->addItem(
            wordOf(static_cast<api::VoucherState>(i)), QLatin1String(api::Words<api::VoucherState>::list[i]));
    auto* pause = new QTimer(this);
    pause->setSingleShot(true);
    pause->setInterval(typing);
    connect(m_search, &QLineEdit::textChanged, pause, qOverload<>(&QTimer::start));
    connect(pause, &QTimer::timeout, this, &VouchersView::refilter);
    connect(m_state, &QComboBox::currentIndexChanged, this, &VouchersView::refilter);
    m_new = new QPushButton(tr("&New event…"), this);
    m_new->setShortcut(QKeySequence::New);
    connect(m_new, &QPushButton::clicked, this, &VouchersView::makeNew);
    auto* above = new QHBoxLayout;
    above->addWidget(m_search, 1);
    above->addWidget(m_state);
    above->addWidget(m_new);
    return above;
}

QWidget* VouchersView::detail() {
    auto* pane = new QWidget(this);
    m_facts = new QLabel(pane);
    m_facts->setWordWrap(true);
    m_facts->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_facts->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_accounts = new QPushButton(tr("Show the &accounts"), pane);
    m_sheet = new QPushButton(tr("&Open the printable sheet"), pane);
    m_withdraw = new QPushButton(tr("&Withdraw…"), pane);
    m_question = new Question(pane);
    connect(m_accounts, &QPushButton::clicked, this, [this] {
        if (m_chosen)
            m_desk.show(QStringLiteral("accounts?") + m_chosen->draft.loginPrefix + u'-');
    });
    connect(m_sheet, &QPushButton::clicked, this, [this] {
        if (const Voucher* voucher = m_chosen ? sheetOf(m_chosen->id) : nullptr)
            openSheet(voucher->sheetUrl);
        showButtons();
    });
    connect(m_withdraw, &QPushButton::clicked, this, &VouchersView::askWithdraw);
    auto* buttons = new QHBoxLayout;
    for (QPushButton* button : {m_accounts, m_sheet, m_withdraw})
        buttons->addWidget(button);
    buttons->addStretch();
    auto* layout = new QVBoxLayout(pane);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_facts, 1);
    layout->addLayout(buttons);
    layout->addWidget(m_question);
    layout->addWidget(m_notice);
    return pane;
}

void VouchersView::arrive(const QString& what) {
    if (!what.isEmpty()) {
        m_state->setCurrentIndex(0);
        m_search->setText(what);
        m_wanted = what;
        refilter();
    }
    // What its accounts have used is told by no event of its own.
    m_model->reloadSoon();
    m_table->setFocus();
}

void VouchersView::startSearch() {
    m_search->setFocus();
    m_search->selectAll();
}

void VouchersView::refilter() {
    m_model->setFilter(
        {{QStringLiteral("state"), m_state->currentData().toString()},
         {QStringLiteral("q"), m_search->text().trimmed()}});
}

void VouchersView::take(const api::Event& event) {
    const api::Account* account = nullptr;
    if (const auto* created = std::get_if<api::event::AccountCreated>(&event))
        account = &created->value;
    else if (const auto* changed = std::get_if<api::event::AccountChanged>(&event))
        account = &changed->value;
    if (account && !account->voucher.isEmpty())
        m_model->reloadSoon();
}

void VouchersView::chooseAgain() {
    const QString wanted = !m_wanted.isEmpty() ? m_wanted : m_chosen ? m_chosen->id : QString();
    m_isFilling = false;
    const auto& items = m_model->items();
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (items[i].id != wanted)
            continue;
        m_wanted.clear();
        m_table->selectRow(static_cast<int>(i));
        break;
    }
    showChosen();
}

void VouchersView::showChosen() {
    if (m_isFilling)
        return;
    const Voucher* voucher = m_model->at(m_table->currentIndex());
    if (!m_chosen || !voucher || m_chosen->id != voucher->id) {
        m_question->hide();
        tell(m_notice, QString());
    }
    m_chosen = voucher ? std::optional(*voucher) : std::nullopt;
    if (!voucher)
        m_facts->setText(tr("Choose a voucher to see more of it."));
    else {
        const api::VoucherDraft& draft = voucher->draft;
        const auto limit
            = [](qint64 value, const QString& text) { return value == 0 ? tr("no limit") : text; };
        m_facts->setText(
            QStringLiteral("<h3>%1</h3>").arg(draft.event.toHtmlEscaped())
            + tr("%n account(s)", nullptr, draft.accounts).toHtmlEscaped() + QStringLiteral("; ")
            + tr("%n of them used", nullptr, voucher->used).toHtmlEscaped() + QStringLiteral("<br>")
            + tr("Rate from the client: %1; to the client: %2; quota of a month: %3")
                  .arg(
                      limit(draft.limits.rateIn, wording::rate(draft.limits.rateIn)),
                      limit(draft.limits.rateOut, wording::rate(draft.limits.rateOut)),
                      limit(draft.limits.quotaBytes, wording::bytes(draft.limits.quotaBytes)))
                  .toHtmlEscaped());
    }
    showButtons();
}

/// Null: it was not made here, or its time is over.
const Voucher* VouchersView::sheetOf(const QString& id) {
    const auto now = std::chrono::system_clock::now();
    std::erase_if(
        m_sheets, [&](const Voucher& voucher) { return !voucher.sheetUntil || *voucher.sheetUntil <= now; });
    for (const Voucher& voucher : m_sheets) {
        if (voucher.id == id)
            return &voucher;
    }
    return nullptr;
}

void VouchersView::showButtons() {
    m_new->setVisible(m_desk.link.may(api::operation::createVoucher));
    m_withdraw->setVisible(m_desk.link.may(api::operation::withdrawVoucher));
    m_withdraw->setEnabled(
        m_chosen
        && (m_chosen->state == api::VoucherState::Planned || m_chosen->state == api::VoucherState::Open));
    m_accounts->setEnabled(m_chosen.has_value());
    const Voucher* sheet = m_chosen ? sheetOf(m_chosen->id) : nullptr;
    m_sheet->setVisible(sheet);
    if (sheet)
        m_sheet->setToolTip(tr("Until %1").arg(wording::time(*sheet->sheetUntil)));
}

void VouchersView::makeNew() {
    auto* wizard = new EventWizard(m_desk, this);
    connect(wizard, &EventWizard::created, this, [this](const Voucher& voucher) {
        if (!voucher.sheetUrl.isEmpty() && voucher.sheetUntil)
            m_sheets.push_back(voucher);
        m_wanted = voucher.id;
        m_model->reloadSoon();
    });
    wizard->open();
}

void VouchersView::askWithdraw() {
    if (!m_chosen)
        return;
    m_question->ask(
        tr("%1 is withdrawn: its %n account(s) end now, their tunnels go down, and this cannot be undone.",
           nullptr, m_chosen->draft.accounts)
            .arg(m_chosen->draft.event),
        tr("&Withdraw"), [this, id = m_chosen->id] { withdraw(id); });
}

void VouchersView::withdraw(const QString& id) {
    tell(m_notice, QString());
    m_desk.link.client().call(
        api::operation::withdrawVoucher, {{id}}, {}, this, [this](const api::Answered<api::Nothing>& answer) {
            if (answer)
                tell(m_notice, tr("The voucher is withdrawn."));
            else
                tell(m_notice, answer.error());
            m_model->reloadSoon();
        });
}

} // namespace viaduct::admin
