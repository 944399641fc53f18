// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/views/RequestsView.h"

#include "admin-gui/parts/Wording.h"

#include <QDateTime>
#include <QFormLayout>
#include <QHeaderView>
#include <QSplitter>
#include <QVBoxLayout>

namespace viaduct::admin {

namespace {
constexpr std::chrono::milliseconds typing{300};
constexpr std::size_t mostAtOnce = 50;

api::Time now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::vector<ListModel<api::RegistrationRequest>::Column> columns() {
    using Request = api::RegistrationRequest;
    const auto tr = [](const char* text) { return RequestsView::tr(text); };
    const auto ticks = [](const Request& request) {
        const auto unmet = std::count_if(
            request.ticks.begin(), request.ticks.end(), [](const auto& tick) { return !tick.met; });
        return unmet == 0 ? QStringLiteral("✓") : QStringLiteral("✗ %1").arg(unmet);
    };
    const auto ticksMore = [](const Request& request, int role) -> QVariant {
        if (role != Qt::ToolTipRole && role != Qt::AccessibleTextRole)
            return {};
        QStringList lines;
        for (const api::PolicyTick& tick : request.ticks)
            lines.append((tick.met ? QStringLiteral("✓ ") : QStringLiteral("✗ ")) + tick.sentence);
        return lines.join(u'\n');
    };
    return {
        {{tr("Received"), QStringLiteral("received")},
         [](const Request& request) { return wording::time(request.received); },
         {}},
        {{tr("Conditions"), {}}, ticks, ticksMore},
        {{tr("Name"), QStringLiteral("name")}, [](const Request& request) { return request.name; }, {}},
        {{tr("Organisation"), QStringLiteral("organisation")},
         [](const Request& request) { return request.organisation; },
         {}},
        {{tr("Kind"), {}}, [](const Request& request) { return wording::kind(request.kind); }, {}},
        {{tr("E-mail"), {}}, [](const Request& request) { return request.email; }, {}},
        {{tr("State"), QStringLiteral("state")},
         [](const Request& request) { return wording::state(request.state); },
         {}}};
}

QString row(const QString& label, const QString& value) {
    return value.isEmpty()
        ? QString()
        : QStringLiteral("<tr><td style='padding-right:12px'><b>%1</b></td><td>%2</td></tr>")
              .arg(label.toHtmlEscaped(), value.toHtmlEscaped().replace(u'\n', QStringLiteral("<br>")));
}
} // namespace

RequestsView::RequestsView(const Desk& desk, QWidget* parent)
    : View(desk, parent),
      m_model(new ListModel<Request>(desk.link, api::operation::listRequests, columns(), this)),
      m_search(new QLineEdit(this)), m_state(new QComboBox(this)), m_table(table(*m_model, name())),
      m_notice(notice()), m_count(notice()) {
    m_search->setPlaceholderText(tr("Name, e-mail or organisation"));
    m_search->setClearButtonEnabled(true);
    m_search->setAccessibleName(tr("Filter of the requests"));
    m_state->setAccessibleName(tr("State"));
    m_state->addItem(tr("Waiting"), QStringLiteral("pending"));
    m_state->addItem(tr("Address not proved"), QStringLiteral("unverified"));
    m_state->addItem(tr("Approved"), QStringLiteral("approved"));
    m_state->addItem(tr("Refused"), QStringLiteral("refused"));
    m_state->addItem(tr("All"), QString());
    auto* pause = new QTimer(this);
    pause->setSingleShot(true);
    pause->setInterval(typing);
    connect(m_search, &QLineEdit::textChanged, pause, qOverload<>(&QTimer::start));
    connect(pause, &QTimer::timeout, this, &RequestsView::refilter);
    connect(m_state, &QComboBox::currentIndexChanged, this, &RequestsView::refilter);
    m_table->setAccessibleName(tr("Requests"));
    connect(
        m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &RequestsView::showChosen);
    connect(m_model, &QAbstractItemModel::modelAboutToBeReset, this, [this] {
        m_chosenIds.clear();
        for (const Request& request : chosen())
            m_chosenIds.insert(request.id);
    });
    connect(m_model, &QAbstractItemModel::modelReset, this, &RequestsView::chooseAgain);
    connect(m_model, &QAbstractItemModel::dataChanged, this, &RequestsView::showChosen);
    watch(*m_model, m_count);

    auto* above = new QHBoxLayout;
    above->addWidget(m_state);
    above->addWidget(m_search, 1);
    auto* splitter = new QSplitter(Qt::Horizontal, this);
    splitter->addWidget(m_table);
    splitter->addWidget(detail());
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 2);
    auto* layout = new QVBoxLayout(this);
    layout->addLayout(above);
    layout->addWidget(splitter, 1);
    layout->addWidget(m_count);

    m_seconds.setInterval(250);
    connect(&m_seconds, &QTimer::timeout, this, &RequestsView::showUndo);
    connect(&desk.link, &BrokerLink::happened, this, &RequestsView::take);
    connect(&desk.link, &BrokerLink::stateChanged, this, [this](LinkState state) {
        if (state == LinkState::Live && m_pool->count() == 1)
            m_desk.link.client().call(
                api::operation::listPools, {}, {}, this,
                [this](const api::Answered<api::Page<api::Pool>>& pools) {
                    for (const api::Pool& pool : pools ? pools->items : std::vector<api::Pool>())
                        m_pool->addItem(pool.name, pool.name);
                });
        showButtons();
    });
    refilter();
}

QWidget* RequestsView::detail() {
    auto* pane = new QWidget(this);
    m_page = new QTextBrowser(pane);
    m_page->setAccessibleName(tr("The chosen request"));
    m_page->setOpenLinks(false);
    connect(m_page, &QTextBrowser::anchorClicked, this, [this](const QUrl& url) {
        m_desk.show(url.toString(QUrl::FullyDecoded));
    });
    auto* layout = new QVBoxLayout(pane);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_page, 1);
    layout->addWidget(decisionPart());
    layout->addWidget(m_notice);
    return pane;
}

QWidget* RequestsView::decisionPart() {
    auto* part = new QWidget(this);
    m_login = new QLineEdit(part);
    m_login->setPlaceholderText(tr("made of the name"));
    m_pool = new QComboBox(part);
    m_pool->addItem(tr("as proposed"), QString());
    m_template = new QComboBox(part);
    m_template->addItem(tr("No template"));
    for (const QString& text :
         {tr("Your organisation is not connected here. Ask your own provider."),
          tr("An account for this purpose exists in your organisation already: ask your colleagues."),
          tr("The purpose does not say what the addresses are for. Please ask again and write a little "
             "more."),
          tr("The wished end date is too far away. Please ask again for a shorter time.")})
        m_template->addItem(text, text);
    m_text = new QPlainTextEdit(part);
    m_text->setPlaceholderText(tr("Reason of a refusal, or a question. The person reads it as it is."));
    m_text->setTabChangesFocus(true);
    m_text->setAccessibleName(tr("Reason or question"));
    m_text->setMaximumHeight(m_text->fontMetrics().height() * 4 + 12);
    connect(m_template, &QComboBox::activated, this, [this](int index) {
        if (index > 0)
            m_text->setPlainText(m_template->itemData(index).toString());
    });
    connect(m_text, &QPlainTextEdit::textChanged, this, &RequestsView::showButtons);
    m_approve = new QPushButton(tr("&Approve"), part);
    m_approve->setShortcut(QKeySequence(QStringLiteral("Ctrl+Return")));
    m_approve->setToolTip(tr("Ctrl+Return"));
    m_refuse = new QPushButton(tr("&Refuse"), part);
    m_ask = new QPushButton(tr("As&k back"), part);
    m_undo = new QPushButton(part);
    m_undo->setShortcut(QKeySequence::Undo);
    m_undo->hide();
    connect(m_approve, &QPushButton::clicked, this, [this] { decide(Decision::Approve); });
    connect(m_refuse, &QPushButton::clicked, this, [this] { decide(Decision::Refuse); });
    connect(m_ask, &QPushButton::clicked, this, [this] { decide(Decision::Ask); });
    connect(m_undo, &QPushButton::clicked, this, &RequestsView::undoLast);
    auto* form = new QFormLayout;
    form->addRow(tr("&Login:"), m_login);
    form->addRow(tr("&Pool:"), m_pool);
    form->addRow(tr("&Template:"), m_template);
    auto* buttons = new QHBoxLayout;
    for (QPushButton* button : {m_approve, m_refuse, m_ask, m_undo})
        buttons->addWidget(button);
    auto* layout = new QVBoxLayout(part);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addLayout(form);
    layout->addWidget(m_text);
    layout->addLayout(buttons);
    return part;
}

// --- the list

void RequestsView::arrive(const QString& what) {
    if (!what.isEmpty()) {
        m_state->setCurrentIndex(m_state->count() - 1);
        m_search->setText(what);
        refilter();
    }
    m_table->setFocus();
}

void RequestsView::startSearch() {
    m_search->setFocus();
    m_search->selectAll();
}

void RequestsView::refilter() {
    m_model->setFilter(
        {{QStringLiteral("state"), m_state->currentData().toString()},
         {QStringLiteral("q"), m_search->text().trimmed()}});
}

void RequestsView::take(const api::Event& event) {
    const Request* request = nullptr;
    if (const auto* created = std::get_if<api::event::RequestCreated>(&event))
        request = &created->value;
    else if (const auto* changed = std::get_if<api::event::RequestChanged>(&event))
        request = &changed->value;
    if (!request)
        return;
    m_model->replace(*request, [](const Request& a, const Request& b) { return a.id == b.id; });
    m_model->reloadSoon();
}

/// Those that were chosen, if they are still here. The next one only after a decision of this window: it
/// must not come under a hand that decides about another.
void RequestsView::chooseAgain() {
    QItemSelection selection;
    for (int row = 0; row < m_model->rowCount(); ++row) {
        const QModelIndex first = m_model->index(row, 0);
        if (m_chosenIds.contains(m_model->at(first)->id))
            selection.select(first, m_model->index(row, m_model->columnCount() - 1));
    }
    m_table->selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect);
    if (selection.isEmpty() && m_chooseNext && m_model->rowCount() > 0) {
        m_table->selectRow(0);
        m_chooseNext = false;
    }
    showChosen();
}

std::vector<api::RegistrationRequest> RequestsView::chosen() const {
    std::vector<Request> found;
    for (const QModelIndex& index : m_table->selectionModel()->selectedRows()) {
        if (const Request* request = m_model->at(index))
            found.push_back(*request);
    }
    return found;
}

// --- one of them

QString RequestsView::page(const Request& request) {
    QString ticks;
    for (const api::PolicyTick& tick : request.ticks)
        ticks += QStringLiteral("<li>%1 %2</li>")
                     .arg(
                         tick.met ? QStringLiteral("✓") : QStringLiteral("<b>✗</b>"),
                         tick.sentence.toHtmlEscaped());
    QString questions;
    for (const api::AskedBack& asked : request.questions)
        questions += row(asked.by, asked.question)
            + row(tr("Answer"), asked.answered ? asked.answer : tr("not yet"));
    const QString effect = request.proposal ? tr("%1, a /%2: %3")
                                                  .arg(request.proposal->pool)
                                                  .arg(request.proposal->prefixLength)
                                                  .arg(request.proposal->effect)
                                            : tr("No pool has blocks of this kind.");
    const QString earlier = tr("%n earlier request(s) of this address", nullptr, request.earlierOfPerson)
        + QStringLiteral("; ") + tr("%n of the organisation", nullptr, request.earlierOfOrganisation)
        + QStringLiteral("; ")
        + tr("%n account(s) of the organisation", nullptr, request.accountsOfOrganisation);
    return QStringLiteral("<h3>%1</h3><table>").arg(request.name.toHtmlEscaped())
        + row(tr("Organisation"), request.organisation)
        + row(tr("E-mail"), request.email + (request.emailVerified ? tr(" (proved)") : tr(" (not proved)")))
        + row(tr("Purpose"), request.purpose) + row(tr("Kind"), wording::kind(request.kind))
        + row(tr("System"), request.system)
        + row(tr("Wished end"), request.endDate ? wording::day(*request.endDate) : QString())
        + row(tr("Received"), wording::time(request.received)) + row(tr("Proposal"), effect)
        + row(tr("Earlier"), earlier) + row(tr("State"), wording::state(request.state))
        + row(tr("Decided by"), request.decidedBy) + row(tr("Reason"), request.reason)
        + row(tr("Note"), request.note) + questions + QStringLiteral("</table><ul>") + ticks
        + QStringLiteral("</ul>")
        + (request.account.isEmpty()
               ? QString()
               : QStringLiteral("<p><a href='accounts?%1'>%2</a></p>")
                     .arg(request.account.toHtmlEscaped(), tr("Show the account").toHtmlEscaped()));
}

void RequestsView::showChosen() {
    const auto requests = chosen();
    if (requests.size() == 1)
        m_page->setHtml(page(requests.front()));
    else
        m_page->setPlainText(
            requests.empty() ? tr("No request waits here.")
                             : tr("%n request(s) chosen.", nullptr, static_cast<int>(requests.size())));
    m_login->setEnabled(requests.size() == 1);
    showButtons();
}

void RequestsView::showButtons() {
    const auto requests = chosen();
    const bool isOpen = !requests.empty() && requests.size() <= mostAtOnce
        && std::all_of(requests.begin(), requests.end(), [](const Request& request) {
               return request.state == api::RequestState::Pending
                   || request.state == api::RequestState::Unverified;
           });
    const bool may = m_desk.link.may(api::operation::approveRequest);
    const bool hasText = !m_text->toPlainText().trimmed().isEmpty();
    for (QPushButton* button : {m_approve, m_refuse, m_ask})
        button->setVisible(may);
    m_approve->setEnabled(isOpen);
    m_refuse->setEnabled(isOpen && hasText);
    m_ask->setEnabled(isOpen && hasText);
}

// --- the decision

void RequestsView::decide(Decision decision) {
    tell(m_notice, QString());
    for (const Request& request : chosen())
        decideOne(decision, request);
}

void RequestsView::decideOne(Decision decision, const Request& request) {
    api::Question question;
    question.path = {request.id};
    question.revision = request.revision;
    const auto answered = [this, request, decision](const api::Answered<Request>& answer) {
        if (!answer)
            return tell(
                m_notice,
                request.name + QStringLiteral(": ") + QString::fromStdString(answer.error().error.message));
        if (decision == Decision::Ask) {
            m_text->clear();
            return tell(m_notice, tr("%1 is asked.").arg(request.name));
        }
        decided(
            *answer,
            decision == Decision::Approve ? tr("%1 is approved.").arg(request.name)
                                          : tr("%1 is refused.").arg(request.name));
    };
    api::Client& client = m_desk.link.client();
    const QString text = m_text->toPlainText().trimmed();
    if (decision == Decision::Refuse) {
        client.call(api::operation::refuseRequest, question, {text}, this, answered);
    } else if (decision == Decision::Ask) {
        client.call(api::operation::askRequest, question, {text}, this, answered);
    } else {
        api::Approval approval;
        approval.pool = m_pool->currentData().toString();
        if (m_login->isEnabled())
            approval.login = m_login->text().trimmed();
        client.call(api::operation::approveRequest, question, approval, this, answered);
    }
}

void RequestsView::decided(const Request& request, const QString& sentence) {
    tell(m_notice, sentence);
    m_chooseNext = true;
    m_login->clear();
    if (request.state == api::RequestState::Refused)
        m_text->clear();
    if (request.undoUntil)
        m_decided.push_back(request);
    m_seconds.start();
    showUndo();
    m_model->reloadSoon();
}

void RequestsView::showUndo() {
    const api::Time time = now();
    std::erase_if(m_decided, [&](const Request& request) { return *request.undoUntil <= time; });
    m_undo->setVisible(!m_decided.empty());
    if (m_decided.empty())
        return m_seconds.stop();
    const Request& last = m_decided.back();
    const auto left = std::chrono::ceil<std::chrono::seconds>(*last.undoUntil - time);
    m_undo->setText(tr("&Undo: %1 (%2 s)").arg(last.name).arg(left.count()));
}

void RequestsView::undoLast() {
    if (m_decided.empty())
        return;
    const Request last = m_decided.back();
    m_decided.pop_back();
    showUndo();
    api::Question question;
    question.path = {last.id};
    question.revision = last.revision;
    m_desk.link.client().call(
        api::operation::undoRequest, question, {}, this, [this, last](const api::Answered<Request>& answer) {
            tell(
                m_notice,
                answer ? tr("The decision about %1 is taken back.").arg(last.name)
                       : QString::fromStdString(answer.error().error.message));
            m_model->reloadSoon();
        });
}

} // namespace viaduct::admin
