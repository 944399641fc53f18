// SPDX-License-Identifier: GPL-3.0-or-later
// The list of the accounts, and what is done to many.
#include "admin-gui/views/AccountsView.h"

#include "admin-gui/parts/Wording.h"
#include "admin-gui/views/ImportDialog.h"
#include "admin-gui/views/NewAccountDialog.h"

#include <QFileDialog>
#include <QSaveFile>
#include <QSplitter>
#include <QVBoxLayout>

namespace viaduct::admin {

namespace {
constexpr std::chrono::milliseconds typing{300};
using api::Account;

std::vector<ListModel<Account>::Column> columns() {
    const auto tr = [](const char* text) { return AccountsView::tr(text); };
    const auto optional
        = [](const std::optional<api::Time>& time) { return time ? wording::time(*time) : QString(); };
    const auto reason = [](const Account& account, int role) -> QVariant {
        return role == Qt::ToolTipRole && !account.reason.isEmpty() ? QVariant(account.reason) : QVariant();
    };
    const auto blocks = [](const Account& account) {
        QStringList texts;
        for (const api::HeldBlock& block : account.blocks)
            texts.append(QString::fromStdString(block.block.text()));
        return texts.join(QStringLiteral(", "));
    };
    return {
        {{tr("Login"), QStringLiteral("name")}, [](const Account& account) { return account.name; }, {}},
        {{tr("State"), {}}, [](const Account& account) { return wording::state(account.state); }, reason},
        {{tr("Tunnel"), {}},
         [tr](const Account& account) { return account.tunnel ? tr("up") : QString(); },
         {}},
        {{tr("Kind"), {}}, [](const Account& account) { return wording::kind(account.settings.kind); }, {}},
        {{tr("Person"), {}}, [](const Account& account) { return account.settings.person; }, {}},
        {{tr("Organisation"), QStringLiteral("organisation")},
         [](const Account& account) { return account.settings.organisation; },
         {}},
        {{tr("E-mail"), {}}, [](const Account& account) { return account.settings.email; }, {}},
        {{tr("Valid until"), QStringLiteral("validUntil")},
         [optional](const Account& account) { return optional(account.settings.validUntil); },
         {}},
        {{tr("Last log-in"), QStringLiteral("lastLogin")},
         [optional](const Account& account) { return optional(account.lastLogin); },
         {}},
        {{tr("Holds"), {}}, blocks, {}},
        {{tr("Used this month"), {}, true},
         [](const Account& account) { return wording::bytes(account.usedBytes); },
         {}},
        {{tr("Origin"), {}}, [](const Account& account) { return wording::origin(account.origin); }, {}},
        {{tr("Tags"), {}},
         [](const Account& account) {
             const auto& tags = account.settings.tags;
             return QStringList(tags.begin(), tags.end()).join(QStringLiteral(", "));
         },
         {}},
        {{tr("Made"), QStringLiteral("created")},
         [optional](const Account& account) { return optional(account.created); },
         {}}};
}

template <typename Enum>
void addAll(QComboBox& box, QString (*say)(Enum)) {
    for (std::size_t i = 0; i < api::Words<Enum>::list.size(); ++i)
        box.addItem(say(static_cast<Enum>(i)), QLatin1String(api::Words<Enum>::list[i]));
}

bool same(const Account& a, const Account& b) {
    return a.name == b.name;
}
} // namespace

AccountsView::AccountsView(const Desk& desk, QWidget* parent)
    : View(desk, parent),
      m_model(new ListModel<Account>(desk.link, api::operation::listAccounts, columns(), this)),
      m_search(new QLineEdit(this)), m_state(new QComboBox(this)), m_kind(new QComboBox(this)),
      m_origin(new QComboBox(this)), m_table(table(*m_model, name())), m_pane(new AccountPane(desk, this)),
      m_count(notice()), m_notice(notice()) {
    m_table->setAccessibleName(tr("Accounts"));
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    makeFilters();
    connect(
        m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &AccountsView::showChosen);
    connect(m_model, &QAbstractItemModel::modelAboutToBeReset, this, [this] { m_isFilling = true; });
    connect(m_model, &QAbstractItemModel::modelReset, this, &AccountsView::chooseAgain);
    connect(m_pane, &AccountPane::changed, this, &AccountsView::put);
    watch(*m_model, m_count);
    auto* splitter = new QSplitter(Qt::Horizontal, this);
    splitter->addWidget(m_table);
    splitter->addWidget(m_pane);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 2);
    splitter->setChildrenCollapsible(false);
    auto* layout = new QVBoxLayout(this);
    layout->addLayout(topPart());
    layout->addWidget(splitter, 1);
    layout->addWidget(m_count);
    layout->addWidget(m_notice);
    connect(&desk.link, &BrokerLink::happened, this, &AccountsView::take);
    connect(&desk.link, &BrokerLink::stateChanged, this, &AccountsView::showButtons);
    showButtons();
    refilter();
}

void AccountsView::makeFilters() {
    m_search->setPlaceholderText(tr("Login, person, e-mail, organisation, tag or prefix"));
    m_search->setClearButtonEnabled(true);
    m_search->setAccessibleName(tr("Filter of the accounts"));
    m_state->setAccessibleName(tr("State"));
    m_kind->setAccessibleName(tr("Kind"));
    m_origin->setAccessibleName(tr("Origin"));
    m_state->addItem(tr("Any state"), QString());
    m_kind->addItem(tr("Any kind"), QString());
    m_origin->addItem(tr("Any origin"), QString());
    addAll<api::AccountState>(*m_state, &wording::state);
    addAll<api::AccountKind>(*m_kind, &wording::kind);
    addAll<api::AccountOrigin>(*m_origin, &wording::origin);
    auto* pause = new QTimer(this);
    pause->setSingleShot(true);
    pause->setInterval(typing);
    connect(m_search, &QLineEdit::textChanged, pause, qOverload<>(&QTimer::start));
    connect(pause, &QTimer::timeout, this, &AccountsView::refilter);
    for (QComboBox* box : {m_state, m_kind, m_origin})
        connect(box, &QComboBox::currentIndexChanged, this, &AccountsView::refilter);
}

QLayout* AccountsView::topPart() {
    m_new = new QPushButton(tr("&New…"), this);
    m_new->setShortcut(QKeySequence::New);
    m_import = new QPushButton(tr("&Import CSV…"), this);
    m_export = new QPushButton(tr("E&xport CSV…"), this);
    m_export->setToolTip(
        tr("All accounts that the boxes for state, kind and origin let through; the search does not count."));
    m_stop = new QPushButton(tr("Sto&p the export"), this);
    m_stop->hide();
    connect(m_new, &QPushButton::clicked, this, &AccountsView::makeNew);
    connect(m_import, &QPushButton::clicked, this, &AccountsView::importCsv);
    connect(m_export, &QPushButton::clicked, this, &AccountsView::exportCsv);
    connect(m_stop, &QPushButton::clicked, this, [this] {
        m_exporting.cancel();
        tell(m_notice, tr("The export was stopped; no file was written."));
        m_stop->hide();
        m_export->setEnabled(true);
    });
    auto* above = new QHBoxLayout;
    above->addWidget(m_search, 1);
    for (QWidget* widget :
         std::initializer_list<QWidget*>{m_state, m_kind, m_origin, m_new, m_import, m_export, m_stop})
        above->addWidget(widget);
    return above;
}

// --- the list

void AccountsView::arrive(const QString& what) {
    if (!what.isEmpty()) {
        for (QComboBox* box : {m_state, m_kind, m_origin})
            box->setCurrentIndex(0);
        m_search->setText(what);
        m_wanted = what;
        refilter();
        if (!m_model->isLoading())
            chooseAgain(); // it is here already, under the same filter
    }
    m_table->setFocus();
}

void AccountsView::startSearch() {
    m_search->setFocus();
    m_search->selectAll();
}

void AccountsView::refilter() {
    m_model->setFilter(
        {{QStringLiteral("state"), m_state->currentData().toString()},
         {QStringLiteral("kind"), m_kind->currentData().toString()},
         {QStringLiteral("origin"), m_origin->currentData().toString()},
         {QStringLiteral("q"), m_search->text().trimmed()}});
}

void AccountsView::take(const api::Event& event) {
    if (const auto* erased = std::get_if<api::event::AccountErased>(&event)) {
        m_pane->erased(erased->name);
        return m_model->reloadSoon();
    }
    if (const auto* created = std::get_if<api::event::AccountCreated>(&event))
        put(created->value);
    else if (const auto* changed = std::get_if<api::event::AccountChanged>(&event))
        put(changed->value);
}

void AccountsView::put(const Account& account) {
    m_pane->take(account);
    // One that is not shown may have to be, by its new state; one that is may have to go.
    m_model->replace(account, &same);
    m_model->reloadSoon();
}

void AccountsView::showChosen() {
    if (m_isFilling)
        return;
    m_wanted.clear();
    m_pane->choose(m_model->at(m_table->currentIndex()));
}

/// The list has come anew: what was chosen stays so, and what is typed is not touched.
void AccountsView::chooseAgain() {
    const auto& items = m_model->items();
    const auto find = [&](const QString& login) {
        const auto found = std::find_if(
            items.begin(), items.end(), [&](const Account& account) { return account.name == login; });
        return found == items.end() ? -1 : static_cast<int>(found - items.begin());
    };
    int row = m_wanted.isEmpty() ? -1 : find(m_wanted);
    if (row >= 0)
        m_wanted.clear();
    else
        row = find(m_pane->login());
    m_isFilling = false;
    if (row >= 0 && m_table->currentIndex().row() != row)
        m_table->selectRow(row);
    else if (row >= 0)
        showChosen();
    else if (items.size() == 1 && !m_wanted.isEmpty()) { // found by something else than its login
        m_wanted.clear();
        m_table->selectRow(0);
    }
}

void AccountsView::showButtons() {
    m_new->setVisible(m_desk.link.may(api::operation::createAccount));
    m_import->setVisible(m_desk.link.may(api::operation::importAccounts));
    m_export->setVisible(m_desk.link.may(api::operation::exportAccounts));
}

// --- many, and new ones

void AccountsView::makeNew() {
    auto* dialog = new NewAccountDialog(m_desk, this);
    connect(dialog, &NewAccountDialog::created, this, [this](const Account& account) {
        m_wanted = account.name;
        m_model->reloadSoon();
    });
    dialog->open();
}

void AccountsView::importCsv() {
    auto* dialog = new ImportDialog(m_desk, this);
    connect(dialog, &ImportDialog::imported, m_model, &PageModel::reloadSoon);
    dialog->open();
}

void AccountsView::exportCsv() {
    auto* dialog = new QFileDialog(this, tr("Export the accounts"), {}, tr("CSV (*.csv)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("csv"));
    dialog->selectFile(QStringLiteral("accounts.csv"));
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        api::Question question;
        question.query
            = {{QStringLiteral("state"), m_state->currentData().toString()},
               {QStringLiteral("kind"), m_kind->currentData().toString()},
               {QStringLiteral("origin"), m_origin->currentData().toString()}};
        tell(m_notice, tr("The accounts are on their way…"));
        m_export->setEnabled(false);
        m_stop->show();
        m_exporting = m_desk.link.client().download(
            api::operation::exportAccounts, question, this,
            [this, path](const api::Answered<QByteArray>& csv) {
                m_exporting = {};
                m_stop->hide();
                m_export->setEnabled(true);
                if (csv)
                    saveExport(path, *csv);
                else
                    tell(m_notice, csv.error());
            });
    });
    dialog->open();
}

void AccountsView::saveExport(const QString& path, const QByteArray& csv) {
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(csv) != csv.size() || !file.commit())
        return tell(m_notice, tr("%1 cannot be written: %2").arg(path, file.errorString()));
    tell(
        m_notice,
        tr("Exported to %1. Accounts of the configuration are not in it: they are changed there.").arg(path));
}

} // namespace viaduct::admin
