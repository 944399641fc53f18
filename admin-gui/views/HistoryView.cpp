// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/views/HistoryView.h"

#include "admin-gui/parts/Paper.h"
#include "admin-gui/parts/Wording.h"

#include <QFormLayout>
#include <QHeaderView>
#include <QPagedPaintDevice>
#include <QScrollBar>
#include <QSplitter>
#include <QTextDocument>
#include <QTimeZone>
#include <QVBoxLayout>

namespace viaduct::admin {

namespace {

constexpr std::chrono::milliseconds typing{300};
constexpr std::chrono::milliseconds betweenRefreshes{5000};
const QString timeFormat = QStringLiteral("yyyy-MM-dd HH:mm:ss");

QString wordFor(api::HistoryWhat what) {
    switch (what) {
    case api::HistoryWhat::Granted:
        return HistoryView::tr("granted");
    case api::HistoryWhat::Released:
        return HistoryView::tr("released");
    case api::HistoryWhat::Connected:
        return HistoryView::tr("connected");
    case api::HistoryWhat::Disconnected:
        return HistoryView::tr("disconnected");
    case api::HistoryWhat::Moved:
        return HistoryView::tr("moved");
    case api::HistoryWhat::Silent:
        return HistoryView::tr("silent");
    case api::HistoryWhat::Refused:
        return HistoryView::tr("refused");
    }
    return {};
}

std::vector<ListModel<api::HistoryLine>::Column> columns() {
    using Line = api::HistoryLine;
    const auto tr = [](const char* text) { return HistoryView::tr(text); };
    return {
        {{tr("Time"), QStringLiteral("at")},
         [](const Line& line) { return qtTime(line.at).toString(timeFormat); },
         [](const Line& line, int role) {
             return role == Qt::ToolTipRole ? QVariant(api::text(line.at)) : QVariant();
         }},
        {{tr("What"), {}}, [](const Line& line) { return wordFor(line.what); }, {}},
        {{tr("Prefix or address"), {}},
         [](const Line& line) { return QString::fromStdString(line.prefix.text()); },
         {}},
        {{tr("Holder"), {}}, [](const Line& line) { return line.holder; }, {}},
        {{tr("Detail"), {}}, [](const Line& line) { return line.detail; }, {}}};
}

/// To the second and in both zones: what is printed is read by people elsewhere.
QString exactly(api::Time time) {
    const QDateTime local = qtTime(time);
    return HistoryView::tr("%1 %2 (%3 UTC)")
        .arg(
            local.toString(timeFormat), local.timeZoneAbbreviation(),
            qtTime(time, Qt::UTC).toString(timeFormat));
}

QString accountOf(const QString& holder) {
    const QString scheme = QStringLiteral("account:");
    return holder.startsWith(scheme) ? holder.mid(scheme.size()) : QString();
}

} // namespace

HistoryView::HistoryView(const Desk& desk, QWidget* parent)
    : View(desk, parent), m_notice(notice()), m_count(notice()) {
    auto* splitter = new QSplitter(Qt::Vertical, this);
    splitter->addWidget(questionPart());
    splitter->addWidget(listPart());
    splitter->setStretchFactor(0, 1);
    splitter->setStretchFactor(1, 1);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(splitter, 1);
    layout->addWidget(m_count);
    m_fresh.setSingleShot(true);
    m_fresh.setInterval(betweenRefreshes);
    connect(&m_fresh, &QTimer::timeout, this, [this] {
        // What somebody is reading does not move away under the eyes.
        const bool isRead
            = m_table->verticalScrollBar()->value() > 0 || m_table->selectionModel()->hasSelection();
        if (isVisible() && !isRead)
            m_lines->reload();
        else
            m_isOld = true;
    });
    connect(&desk.link, &BrokerLink::happened, this, &HistoryView::take);
    connect(&desk.link, &BrokerLink::stateChanged, this, &HistoryView::showButtons);
    refilter();
    showButtons();
}

QWidget* HistoryView::questionPart() {
    auto* part = new QWidget(this);
    m_address = new QLineEdit(part);
    m_address->setPlaceholderText(QStringLiteral("2001:db8:1::7"));
    m_address->setClearButtonEnabled(true);
    m_at = new QDateTimeEdit(QDateTime::currentDateTime(), part);
    m_at->setDisplayFormat(timeFormat);
    m_at->setCalendarPopup(true);
    m_zone = new QComboBox(part);
    m_zone->setAccessibleName(tr("Time zone"));
    m_zone->addItem(tr("%1 (here)").arg(QDateTime::currentDateTime().timeZoneAbbreviation()));
    m_zone->addItem(QStringLiteral("UTC"));
    auto* nowButton = new QPushButton(tr("&Now"), part);
    m_ask = new QPushButton(tr("&Who had it?"), part);
    m_cancel = new QPushButton(tr("Cancel"), part);
    m_print = new QPushButton(tr("&Print…"), part);
    m_pdf = new QPushButton(tr("&Save as PDF…"), part);
    m_parts = new QPushButton(tr("&All who had a part of it"), part);
    m_page = new QTextBrowser(part);
    m_page->setAccessibleName(tr("Answer"));
    m_page->setOpenLinks(false);
    m_page->setPlaceholderText(tr("Who had this address at that time? The answer stands here."));
    connect(m_page, &QTextBrowser::anchorClicked, this, [this](const QUrl& url) {
        m_desk.show(url.toString(QUrl::FullyDecoded));
    });
    connect(m_address, &QLineEdit::returnPressed, this, &HistoryView::ask);
    connect(m_zone, &QComboBox::currentIndexChanged, this, &HistoryView::setZone);
    connect(
        nowButton, &QPushButton::clicked, this, [this] { m_at->setDateTime(QDateTime::currentDateTime()); });
    connect(m_ask, &QPushButton::clicked, this, &HistoryView::ask);
    connect(m_cancel, &QPushButton::clicked, this, [this] {
        m_call.cancel();
        m_call = {};
        tell(m_notice, QString());
        showButtons();
    });
    connect(m_print, &QPushButton::clicked, this, &HistoryView::print);
    connect(m_pdf, &QPushButton::clicked, this, &HistoryView::savePdf);
    connect(m_parts, &QPushButton::clicked, this, [this] {
        if (m_answer)
            m_desk.show(QStringLiteral("reports?abuse ") + m_answer->asked);
    });

    auto* time = new QHBoxLayout;
    time->addWidget(m_at);
    time->addWidget(m_zone);
    time->addWidget(nowButton);
    time->addWidget(m_ask);
    time->addWidget(m_cancel);
    time->addStretch(1);
    auto* form = new QFormLayout;
    form->addRow(tr("Address or p&refix:"), m_address);
    auto* atLabel = new QLabel(tr("At that &time:"), part);
    atLabel->setBuddy(m_at);
    form->addRow(atLabel, time);
    auto* buttons = new QHBoxLayout;
    for (QPushButton* button : {m_print, m_pdf, m_parts})
        buttons->addWidget(button);
    buttons->addStretch(1);
    auto* layout = new QVBoxLayout(part);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addLayout(form);
    layout->addWidget(m_notice);
    layout->addWidget(m_page, 1);
    layout->addLayout(buttons);
    return part;
}

QWidget* HistoryView::listPart() {
    auto* part = new QWidget(this);
    m_lines = new ListModel<api::HistoryLine>(m_desk.link, api::operation::listHistory, columns(), this);
    m_table = table(*m_lines, name());
    m_table->setAccessibleName(tr("Lines of the history"));
    m_table->horizontalHeader()->setSortIndicator(0, Qt::DescendingOrder);
    watch(*m_lines, m_count);
    connect(m_table, &QTableView::activated, this, [this](const QModelIndex& index) {
        const api::HistoryLine* line = m_lines->at(index);
        if (!line)
            return;
        m_address->setText(QString::fromStdString(line->prefix.address().text()));
        m_at->setDateTime(qtTime(line->at, m_at->timeSpec()));
        ask();
    });
    m_from = new TimeField(tr("&From"), part);
    m_until = new TimeField(tr("&Until"), part);
    m_what = new QComboBox(part);
    m_what->addItem(tr("everything"), QString());
    // Those that the broker keeps; the other words are of events alone.
    for (const api::HistoryWhat what :
         {api::HistoryWhat::Granted, api::HistoryWhat::Released, api::HistoryWhat::Connected,
          api::HistoryWhat::Disconnected})
        m_what->addItem(wordFor(what), QLatin1String(api::word(what)));
    m_within = new QLineEdit(part);
    m_within->setPlaceholderText(tr("address or prefix"));
    m_holder = new QLineEdit(part);
    m_holder->setPlaceholderText(tr("account:NAME, anonymous:ADDRESS or static:NAME"));
    m_account = new QLineEdit(part);
    auto* pause = new QTimer(this);
    pause->setSingleShot(true);
    pause->setInterval(typing);
    connect(pause, &QTimer::timeout, this, &HistoryView::refilter);
    for (QLineEdit* edit : {m_within, m_holder, m_account}) {
        edit->setClearButtonEnabled(true);
        connect(edit, &QLineEdit::textChanged, pause, qOverload<>(&QTimer::start));
    }
    for (TimeField* field : {m_from, m_until})
        connect(field, &TimeField::changed, pause, qOverload<>(&QTimer::start));
    connect(m_what, &QComboBox::currentIndexChanged, this, &HistoryView::refilter);

    auto* refresh = new QPushButton(tr("Re&fresh"), part);
    refresh->setShortcut(QKeySequence::Refresh);
    connect(refresh, &QPushButton::clicked, m_lines, &PageModel::reload);
    auto* filters = new QHBoxLayout;
    const auto add = [&](const QString& text, QWidget* field, int stretch) {
        auto* label = new QLabel(text, part);
        label->setBuddy(field);
        filters->addWidget(label);
        filters->addWidget(field, stretch);
    };
    filters->addWidget(m_from);
    filters->addWidget(m_until);
    add(tr("W&ithin:"), m_within, 2);
    add(tr("&Holder:"), m_holder, 2);
    add(tr("A&ccount:"), m_account, 1);
    add(tr("Wha&t:"), m_what, 0);
    filters->addWidget(refresh);
    auto* layout = new QVBoxLayout(part);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addLayout(filters);
    layout->addWidget(m_table, 1);
    return part;
}

// --- the question

void HistoryView::arrive(const QString& what) {
    if (what.isEmpty()) {
        m_address->setFocus();
        return;
    }
    const auto time = api::timeFromText(what.section(u'@', 1));
    m_address->setText(what.section(u'@', 0, 0));
    m_at->setDateTime(
        time ? qtTime(*time, m_at->timeSpec()) : QDateTime::currentDateTime().toTimeSpec(m_at->timeSpec()));
    ask();
}

void HistoryView::startSearch() {
    m_address->setFocus();
    m_address->selectAll();
}

void HistoryView::setZone(int index) {
    const QDateTime time = m_at->dateTime();
    m_at->setTimeSpec(index == 0 ? Qt::LocalTime : Qt::UTC);
    m_at->setDateTime(index == 0 ? time.toLocalTime() : time.toUTC());
}

void HistoryView::ask() {
    const QString typed = m_address->text().trimmed();
    const std::string text = typed.toStdString();
    const auto address = IpAddress::fromText(text);
    const auto prefix = address ? std::nullopt : Prefix::fromText(text);
    if (!address && !prefix) {
        tell(
            m_notice,
            typed.contains(u'/')
                ? tr("This is no prefix: write it like 2001:db8:1::/48, with no bit set behind its length.")
                : tr("An address like 2001:db8:1::7 is wanted, or a prefix like 2001:db8:1::/48."));
        m_address->setFocus();
        return;
    }
    Answer answer;
    answer.isPrefix = prefix.has_value();
    answer.asked = QString::fromStdString(address ? address->text() : prefix->text());
    answer.when = QDateTime::currentDateTime();
    answer.broker = m_desk.link.client().broker().host();
    if (const auto& session = m_desk.link.session())
        answer.who = session->name.isEmpty() ? session->login
                                             : session->name + QStringLiteral(" (") + session->login + u')';
    api::Question question;
    question.query = {
        {QStringLiteral("address"), QString::fromStdString((address ? *address : prefix->address()).text())},
        {QStringLiteral("at"), api::text(apiTime(m_at->dateTime()))}};
    m_call.cancel();
    tell(m_notice, tr("Asking…"));
    m_call = m_desk.link.client().call(
        api::operation::showHolders, question, {}, this,
        [this, answer](const api::Answered<api::Holders>& holders) { answered(holders, answer); });
    showButtons();
}

void HistoryView::answered(const api::Answered<api::Holders>& holders, const Answer& question) {
    m_call = {};
    if (!holders) {
        tell(m_notice, holders.error()); // the answer before stays: it says what it is about
        return showButtons();
    }
    tell(m_notice, QString());
    m_answer = question;
    m_answer->holders = *holders;
    m_page->setHtml(html(*m_answer, false));
    // The lines behind it.
    m_within->setText(m_answer->asked);
    showButtons();
}

void HistoryView::showButtons() {
    const bool isAsking = m_call.isRunning();
    m_cancel->setVisible(isAsking);
    m_print->setEnabled(m_answer.has_value());
    m_pdf->setEnabled(m_answer.has_value());
    m_parts->setVisible(m_desk.link.may(api::operation::reportAbuse) && m_answer && m_answer->isPrefix);
}

// --- the answer

QStringList HistoryView::sentences(const Answer& answer) const {
    const QString address = QString::fromStdString(answer.holders.address.text());
    const QString at = exactly(answer.holders.at);
    QStringList all;
    if (answer.isPrefix)
        all.append(tr("Asked about was %1. The answer is about its first address, %2; others may have had "
                      "other parts "
                      "of it.")
                       .arg(answer.asked, address));
    if (answer.holders.tenures.empty()) {
        all.append(tr("Nobody had %1 at %2, as far as the broker's history goes back.").arg(address, at));
        return all;
    }
    for (const api::Tenure& tenure : answer.holders.tenures) {
        const QString prefix = QString::fromStdString(tenure.prefix.text());
        QStringList known;
        for (const QString& word : {tenure.person, tenure.organisation, tenure.email}) {
            if (!word.isEmpty())
                known.append(word);
        }
        const QString who = known.isEmpty()
            ? tenure.holder
            : tenure.holder + QStringLiteral(" (") + known.join(QStringLiteral(", ")) + u')';
        all.append(
            tenure.to ? tr("At %1 %2 lay in %3, which %4 held from %5 until %6.")
                            .arg(at, address, prefix, who, exactly(tenure.from), exactly(*tenure.to))
                      : tr("At %1 %2 lay in %3, which %4 has held since %5.")
                            .arg(at, address, prefix, who, exactly(tenure.from)));
    }
    all.append(tr("Person, organisation and e-mail are those that the account has today."));
    return all;
}

QString HistoryView::html(const Answer& answer, bool isForPaper) const {
    QString text;
    const auto fact = [&](const QString& label, const QString& value) {
        if (!value.isEmpty())
            text += QStringLiteral("<tr><td style='padding-right:12px'><b>%1</b></td><td>%2</td></tr>")
                        .arg(label.toHtmlEscaped(), value.toHtmlEscaped());
    };
    if (isForPaper)
        text += QStringLiteral("<h2>%1</h2>").arg(tr("Who had this address at that time?").toHtmlEscaped());
    text += QStringLiteral("<table>");
    fact(tr("Broker"), answer.broker);
    fact(tr("Question"), tr("Who had %1 at %2?").arg(answer.asked, exactly(answer.holders.at)));
    fact(tr("Asked"), exactly(apiTime(answer.when)));
    fact(tr("By"), answer.who);
    text += QStringLiteral("</table>");
    for (const QString& sentence : sentences(answer))
        text += QStringLiteral("<p>%1</p>").arg(sentence.toHtmlEscaped());
    if (answer.holders.tenures.empty())
        return text;
    text += QStringLiteral("<table border='1' cellspacing='0' cellpadding='4'><tr>");
    for (const QString& heading :
         {tr("Prefix"), tr("Holder"), tr("Person"), tr("E-mail"), tr("Organisation"), tr("Since"),
          tr("Until")})
        text += QStringLiteral("<th align='left'>%1</th>").arg(heading.toHtmlEscaped());
    text += QStringLiteral("</tr>");
    for (const api::Tenure& tenure : answer.holders.tenures) {
        const QString account = accountOf(tenure.holder);
        QString holder = tenure.holder.toHtmlEscaped();
        if (!isForPaper && !account.isEmpty())
            holder = QStringLiteral("<a href='accounts?%1'>%2</a>")
                         .arg(QString::fromLatin1(QUrl::toPercentEncoding(account)), holder);
        text += QStringLiteral("<tr><td>%1</td><td>%2</td>")
                    .arg(QString::fromStdString(tenure.prefix.text()).toHtmlEscaped(), holder);
        for (const QString& cell :
             {tenure.person, tenure.email, tenure.organisation, exactly(tenure.from),
              tenure.to ? exactly(*tenure.to) : tr("still held")})
            text += QStringLiteral("<td>%1</td>").arg(cell.toHtmlEscaped());
        text += QStringLiteral("</tr>");
    }
    return text + QStringLiteral("</table>");
}

std::shared_ptr<QTextDocument> HistoryView::paperOf(const Answer& answer) const {
    auto document = std::make_shared<QTextDocument>();
    document->setDefaultFont(QFont(font().family(), 9));
    document->setHtml(html(answer, true));
    return document;
}

void HistoryView::print() {
    if (!m_answer)
        return;
    // As it stands now: what is asked next does not get into it.
    paper::print(
        this, tr("Who had %1?").arg(m_answer->asked),
        [document = paperOf(*m_answer)](QPagedPaintDevice& printer) { document->print(&printer); });
}

void HistoryView::savePdf() {
    if (!m_answer)
        return;
    const QString title = tr("Who had %1?").arg(m_answer->asked);
    QString file = QStringLiteral("holder-") + m_answer->asked + u'-'
        + qtTime(m_answer->holders.at, Qt::UTC).toString(QStringLiteral("yyyyMMdd-HHmmss"));
    file.replace(u':', u'-').replace(u'/', u'_');
    paper::askFile(
        this, tr("Save the answer"), file, QStringLiteral("pdf"),
        [this, title, document = paperOf(*m_answer)](const QString& path) {
            const QString failure = paper::savePdf(path, title, [&](QPagedPaintDevice& device) {
                document->print(&device);
                return true;
            });
            tell(m_notice, failure.isEmpty() ? tr("Saved as %1.").arg(path) : failure);
        });
}

// --- the lines

void HistoryView::refilter() {
    m_isOld = false;
    m_lines->setFilter(
        {{QStringLiteral("from"), m_from->text()},
         {QStringLiteral("until"), m_until->text()},
         {QStringLiteral("within"), m_within->text().trimmed()},
         {QStringLiteral("holder"), m_holder->text().trimmed()},
         {QStringLiteral("account"), m_account->text().trimmed()},
         {QStringLiteral("what"), m_what->currentData().toString()}});
}

void HistoryView::take(const api::Event& event) {
    namespace event_ = api::event;
    if (std::holds_alternative<event_::TunnelUp>(event) || std::holds_alternative<event_::TunnelDown>(event)
        || std::holds_alternative<event_::AllocationChanged>(event)
        || std::holds_alternative<event_::AllocationFreed>(event)
        || std::holds_alternative<event_::AccountErased>(event))
        refreshSoon();
}

void HistoryView::refreshSoon() {
    if (!m_fresh.isActive())
        m_fresh.start();
}

void HistoryView::showEvent(QShowEvent* event) {
    View::showEvent(event);
    if (std::exchange(m_isOld, false))
        m_lines->reloadSoon();
}

} // namespace viaduct::admin
