// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/views/ReportsView.h"

#include "admin-gui/parts/Paper.h"
#include "admin-gui/parts/ReportBars.h"
#include "admin-gui/parts/ReportSheet.h"
#include "admin-gui/parts/TimeField.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QPagedPaintDevice>
#include <QScrollArea>
#include <QSplitter>
#include <QVBoxLayout>

namespace viaduct::admin {

namespace {

constexpr int mostTop = 10'000; ///< of the API
constexpr int usualTop = 100;
/// A printer is drawn on by the window itself, which must not stand still for it.
constexpr std::size_t mostPrintedRows = 20'000;

const std::atomic<bool> never{false};

enum Preset { ThisMonth, LastMonth, ThisYear, LastYear, LastThirtyDays, OwnPeriod };

} // namespace

ReportsView::ReportsView(const Desk& desk, QWidget* parent)
    : View(desk, parent), m_head(new QLabel(this)), m_model(new ReportModel(this)),
      m_sorted(new QSortFilterProxyModel(this)), m_table(nullptr), m_chart(new BarChart(this)),
      m_notice(notice()) {
    m_sorted->setSourceModel(m_model);
    m_sorted->setSortRole(ReportModel::SortRole);
    m_table = table(*m_sorted, name());
    m_table->setAccessibleName(tr("Rows of the report"));
    // The columns are others for each report, so their widths are of no use for the next one.
    m_table->horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
    m_head->setWordWrap(true);
    m_head->setTextFormat(Qt::PlainText);
    m_head->setText(tr("Choose a report and its period, then Make it."));
    m_chart->setAccessibleName(tr("The report as bars"));
    auto* scroll = new QScrollArea(this);
    scroll->setWidgetResizable(true);
    scroll->setWidget(m_chart);
    scroll->setFrameShape(QFrame::NoFrame);
    auto* splitter = new QSplitter(Qt::Vertical, this);
    splitter->addWidget(scroll);
    splitter->addWidget(m_table);
    splitter->setStretchFactor(0, 1);
    splitter->setStretchFactor(1, 2);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(questionPart());
    layout->addWidget(m_head);
    layout->addWidget(splitter, 1);
    layout->addWidget(m_notice);
    layout->addWidget(exportPart());

    connect(&m_job, &FileJob::finished, this, [this](const QString& failure, bool isCancelled) {
        tell(
            m_notice,
            !failure.isEmpty() ? failure
                : isCancelled  ? tr("Nothing was saved.")
                               : tr("Saved as %1.").arg(m_path));
        showButtons();
    });
    connect(&desk.link, &BrokerLink::stateChanged, this, &ReportsView::linkChanged);
    offerReports();
    preset(LastMonth);
    showFields();
    showButtons();
    if (desk.link.state() == LinkState::Live)
        linkChanged(LinkState::Live);
}

QWidget* ReportsView::questionPart() {
    auto* part = new QWidget(this);
    m_kind = new QComboBox(part);
    m_preset = new QComboBox(part);
    m_preset->addItems(
        {tr("This month"), tr("Last month"), tr("This year"), tr("Last year"), tr("The last 30 days"),
         tr("As given here")});
    m_preset->setAccessibleName(tr("Period"));
    const auto timeEdit = [part] {
        auto* edit = new QDateTimeEdit(part);
        edit->setTimeSpec(Qt::UTC); // as the broker counts days and months
        edit->setDisplayFormat(QStringLiteral("yyyy-MM-dd HH:mm 'UTC'"));
        edit->setCalendarPopup(true);
        return edit;
    };
    m_from = timeEdit();
    m_until = timeEdit();
    m_pool = new QComboBox(part);
    m_pool->addItem(tr("all"), QString());
    m_organisation = new QLineEdit(part);
    m_organisation->setPlaceholderText(tr("all; otherwise its whole name"));
    m_organisation->setClearButtonEnabled(true);
    m_top = new QSpinBox(part);
    m_top->setRange(1, mostTop);
    m_top->setValue(usualTop);
    m_within = new QLineEdit(part);
    m_within->setPlaceholderText(tr("address or prefix, like 2001:db8:1::/48"));
    m_make = new QPushButton(tr("&Make it"), part);
    m_cancel = new QPushButton(tr("Cancel"), part);
    connect(m_kind, &QComboBox::currentIndexChanged, this, &ReportsView::showFields);
    connect(m_preset, &QComboBox::activated, this, &ReportsView::preset);
    for (QDateTimeEdit* edit : {m_from, m_until})
        connect(
            edit, &QDateTimeEdit::dateTimeChanged, this, [this] { m_preset->setCurrentIndex(OwnPeriod); });
    for (QLineEdit* edit : {m_organisation, m_within})
        connect(edit, &QLineEdit::returnPressed, this, &ReportsView::make);
    connect(m_make, &QPushButton::clicked, this, &ReportsView::make);
    connect(m_cancel, &QPushButton::clicked, this, &ReportsView::cancel);

    auto* period = new QHBoxLayout;
    auto* fromLabel = new QLabel(tr("&from"), part);
    fromLabel->setBuddy(m_from);
    auto* untilLabel = new QLabel(tr("&until (not included)"), part);
    untilLabel->setBuddy(m_until);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_preset, fromLabel, m_from, untilLabel, m_until})
        period->addWidget(widget);
    period->addStretch(1);
    auto* periodLabel = new QLabel(tr("P&eriod:"), part);
    periodLabel->setBuddy(m_preset);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_make);
    buttons->addWidget(m_cancel);
    buttons->addStretch(1);
    m_form = new QFormLayout(part);
    m_form->setContentsMargins(0, 0, 0, 0);
    m_form->addRow(tr("&Report:"), m_kind);
    m_form->addRow(periodLabel, period);
    m_form->addRow(tr("P&ool:"), m_pool);
    m_form->addRow(tr("Or&ganisation:"), m_organisation);
    m_form->addRow(tr("&Holders at most:"), m_top);
    m_form->addRow(tr("&Within:"), m_within);
    m_form->addRow(buttons);
    return part;
}

QWidget* ReportsView::exportPart() {
    auto* part = new QWidget(this);
    m_pdf = new QPushButton(tr("&PDF…"), part);
    m_csv = new QPushButton(tr("&CSV…"), part);
    m_xlsx = new QPushButton(tr("&XLSX…"), part);
    m_print = new QPushButton(tr("Pr&int…"), part);
    connect(m_pdf, &QPushButton::clicked, this, &ReportsView::savePdf);
    connect(m_csv, &QPushButton::clicked, this, &ReportsView::saveCsv);
    connect(m_xlsx, &QPushButton::clicked, this, &ReportsView::saveXlsx);
    connect(m_print, &QPushButton::clicked, this, &ReportsView::print);
    auto* layout = new QHBoxLayout(part);
    layout->setContentsMargins(0, 0, 0, 0);
    for (QPushButton* button : {m_pdf, m_csv, m_xlsx, m_print})
        layout->addWidget(button);
    layout->addStretch(1);
    return part;
}

void ReportsView::arrive(const QString& what) {
    const QString word = what.section(u' ', 0, 0);
    const QString about = what.section(u' ', 1);
    for (int i = 0; i < m_kind->count(); ++i) {
        if (m_kind->itemData(i, Qt::UserRole + 1).toString() == word)
            m_kind->setCurrentIndex(i);
    }
    if (!about.isEmpty()) {
        if (kind() == Kind::Abuse)
            m_within->setText(about);
        else if (kind() != Kind::Utilisation)
            m_organisation->setText(about);
        else
            m_pool->setCurrentIndex(std::max(m_pool->findData(about), 0));
    }
    m_kind->setFocus();
}

void ReportsView::startSearch() {
    m_kind->setFocus();
}

void ReportsView::linkChanged(LinkState state) {
    offerReports();
    showButtons();
    if (state != LinkState::Live || !m_desk.link.may(api::operation::listPools))
        return;
    auto names = std::make_shared<QStringList>();
    m_desk.link.client().everyPage(
        api::operation::listPools, {}, this,
        [names](std::vector<api::Pool> pools) {
            for (const api::Pool& pool : pools)
                names->append(pool.name);
            return true;
        },
        [this, names](const api::Answered<api::Nothing>& done) {
            if (!done)
                return; // all pools can still be asked about
            const QString chosen = m_pool->currentData().toString();
            m_pool->clear();
            m_pool->addItem(tr("all"), QString());
            for (const QString& each : *names)
                m_pool->addItem(each, each);
            m_pool->setCurrentIndex(std::max(m_pool->findData(chosen), 0));
        });
}

void ReportsView::offerReports() {
    struct Offer {
        Kind kind;
        const char* word;
        QString text;
        const api::OperationInfo& operation;
    };
    const Offer offers[]
        = {{Kind::Utilisation, "utilisation", tr("Utilisation: pools by day"),
            api::operation::reportUtilisation},
           {Kind::Organisations, "organisations", tr("Organisations: accounts and requests by month"),
            api::operation::reportOrganisations},
           {Kind::Traffic, "traffic", tr("Traffic: who has carried most"), api::operation::reportTraffic},
           {Kind::Availability, "availability", tr("Availability: how long tunnels were up"),
            api::operation::reportAvailability},
           {Kind::Abuse, "abuse", tr("Abuse: who had an address or a prefix, with the outer addresses"),
            api::operation::reportAbuse}};
    const QVariant chosen = m_kind->currentData();
    const bool isKnown = m_desk.link.session().has_value();
    const QSignalBlocker quiet(m_kind);
    m_kind->clear();
    for (const Offer& offer : offers) {
        if (isKnown && !m_desk.link.may(offer.operation))
            continue;
        m_kind->addItem(offer.text, static_cast<int>(offer.kind));
        m_kind->setItemData(m_kind->count() - 1, QLatin1String(offer.word), Qt::UserRole + 1);
    }
    m_kind->setCurrentIndex(std::max(m_kind->findData(chosen), 0));
    showFields();
}

ReportsView::Kind ReportsView::kind() const {
    return static_cast<Kind>(m_kind->currentData().toInt());
}

void ReportsView::showFields() {
    const Kind chosen = kind();
    const auto setRow = [this](QWidget* field, bool isShown) {
        field->setVisible(isShown);
        m_form->labelForField(field)->setVisible(isShown);
    };
    setRow(m_pool, chosen == Kind::Utilisation);
    setRow(
        m_organisation,
        chosen == Kind::Organisations || chosen == Kind::Traffic || chosen == Kind::Availability);
    setRow(m_top, chosen == Kind::Traffic);
    setRow(m_within, chosen == Kind::Abuse);
}

// --- the period

void ReportsView::setPeriod(const QDate& from, const QDate& until) {
    m_from->setDateTime(QDateTime(from, QTime(0, 0), Qt::UTC));
    m_until->setDateTime(QDateTime(until, QTime(0, 0), Qt::UTC));
}

void ReportsView::preset(int index) {
    const QDate today = QDateTime::currentDateTimeUtc().date();
    const QDate month(today.year(), today.month(), 1);
    const QDate year(today.year(), 1, 1);
    switch (index) {
    case ThisMonth:
        setPeriod(month, today.addDays(1));
        break;
    case LastMonth:
        setPeriod(month.addMonths(-1), month);
        break;
    case ThisYear:
        setPeriod(year, today.addDays(1));
        break;
    case LastYear:
        setPeriod(year.addYears(-1), year);
        break;
    case LastThirtyDays:
        setPeriod(today.addDays(-29), today.addDays(1));
        break;
    default:
        m_from->setFocus();
        break;
    }
    m_preset->setCurrentIndex(index); // the fields have said otherwise
}

// --- the report

void ReportsView::make() {
    switch (kind()) {
    case Kind::Utilisation:
        return askFor(api::operation::reportUtilisation, QStringLiteral("utilisation"));
    case Kind::Organisations:
        return askFor(api::operation::reportOrganisations, QStringLiteral("organisations"));
    case Kind::Traffic:
        return askFor(api::operation::reportTraffic, QStringLiteral("traffic"));
    case Kind::Availability:
        return askFor(api::operation::reportAvailability, QStringLiteral("availability"));
    case Kind::Abuse:
        return askFor(api::operation::reportAbuse, QStringLiteral("abuse"));
    }
}

template <typename Row>
void ReportsView::askFor(
    const api::Operation<api::Nothing, api::Report<Row>>& operation, const QString& file) {
    if (m_call.isRunning() || m_job.isRunning() || m_desk.link.state() != LinkState::Live)
        return;
    const Kind chosen = kind();
    Made made;
    made.operation = &operation;
    made.file = file;
    made.title = m_kind->currentText();
    auto& query = made.question.query;
    query
        = {{QStringLiteral("from"), api::text(apiTime(m_from->dateTime()))},
           {QStringLiteral("until"), api::text(apiTime(m_until->dateTime()))}};
    const auto add = [&](const char* parameter, const QString& label, const QString& value) {
        query.emplace_back(QLatin1String(parameter), value);
        if (!value.isEmpty())
            made.head.append(label + QStringLiteral(": ") + value);
    };
    if (chosen == Kind::Utilisation)
        add("pool", tr("Pool"), m_pool->currentData().toString());
    else if (chosen == Kind::Abuse)
        add("within", tr("Within"), m_within->text().trimmed());
    else
        add("organisation", tr("Organisation"), m_organisation->text().trimmed());
    if (chosen == Kind::Traffic)
        add("top", tr("Holders at most"), QString::number(m_top->value()));
    tell(m_notice, tr("The broker makes the report…"));
    m_call = m_desk.link.client().call(
        operation, made.question, {}, this,
        [this, made](const api::Answered<api::Report<Row>>& report) mutable {
            m_call = {};
            if (report) {
                made.bars = barsOf(report->rows);
                show(tableOf(*report), made);
            } else {
                tell(m_notice, report.error());
            }
            showButtons();
        });
    showButtons();
}

QStringList ReportsView::headOf(const ReportTable& table) const {
    QStringList head{
        tr("Broker: %1").arg(m_desk.link.client().broker().host()), textOfPeriod(table),
        tr("Made: %1").arg(textOfCell(qtTime(table.made, Qt::UTC)))};
    if (const auto& session = m_desk.link.session())
        head.append(tr("Asked by: %1").arg(session->name.isEmpty() ? session->login : session->name));
    return head;
}

void ReportsView::show(ReportTable table, Made made) {
    made.head = headOf(table) + made.head;
    const int rows = static_cast<int>(table.rows.size());
    m_head->setText(made.title + u'\n' + made.head.join(QStringLiteral("   ")));
    m_sorted->sort(-1); // as the broker has it
    m_table->horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
    m_model->setTable(std::make_shared<const ReportTable>(std::move(table)));
    m_table->resizeColumnsToContents();
    m_chart->setBars(made.bars);
    m_made = std::move(made);
    tell(m_notice, rows == 0 ? tr("There is nothing of this period.") : tr("%n row(s)", nullptr, rows));
}

void ReportsView::showButtons() {
    const bool isBusy = m_call.isRunning() || m_job.isRunning();
    const bool isLive = m_desk.link.state() == LinkState::Live;
    m_make->setEnabled(isLive && !isBusy);
    m_cancel->setVisible(isBusy);
    for (QPushButton* button : {m_pdf, m_xlsx, m_print})
        button->setEnabled(m_made && !isBusy);
    m_csv->setEnabled(m_made && !isBusy && isLive);
}

void ReportsView::cancel() {
    m_job.cancel();
    if (m_call.isRunning()) {
        m_call.cancel();
        tell(m_notice, QString());
    }
    m_call = {};
    showButtons();
}

// --- taken away

QString ReportsView::fileName() const {
    const ReportTable& table = *m_model->table();
    const auto day
        = [](api::Time time) { return qtTime(time, Qt::UTC).toString(QStringLiteral("yyyyMMdd")); };
    return m_made->file + u'-' + day(table.from) + u'-' + day(table.until);
}

ReportPaper ReportsView::paper() const {
    return {m_made->title, m_made->head, m_made->bars, m_model->table()};
}

void ReportsView::startJob(FileJob::Work work, const QString& path) {
    if (m_job.isRunning() || m_call.isRunning())
        return tell(m_notice, tr("Something else is on its way: wait for it, or cancel it."));
    m_path = path;
    tell(m_notice, tr("Writing %1…").arg(path));
    m_job.start(std::move(work));
    showButtons();
}

void ReportsView::savePdf() {
    if (!m_made)
        return;
    // As it stands now: the report that is asked for next does not get into it.
    paper::askFile(
        this, tr("Save the report"), fileName(), QStringLiteral("pdf"),
        [this, sheets = paper()](const QString& path) {
            startJob(
                [sheets, path](const std::atomic<bool>& isCancelled) {
                    return paper::savePdf(path, sheets.title, [&](QPagedPaintDevice& device) {
                        return sheets.paint(device, isCancelled);
                    });
                },
                path);
        });
}

void ReportsView::saveXlsx() {
    if (!m_made)
        return;
    paper::askFile(
        this, tr("Save the report"), fileName(), QStringLiteral("xlsx"),
        [this, sheet = ReportSheet{m_made->title, m_made->head, m_model->table()}](const QString& path) {
            startJob(
                [sheet, path](const std::atomic<bool>& isCancelled) { return sheet.save(path, isCancelled); },
                path);
        });
}

void ReportsView::saveCsv() {
    if (!m_made)
        return;
    paper::askFile(
        this, tr("Save the report"), fileName(), QStringLiteral("csv"),
        [this, operation = m_made->operation, question = m_made->question](const QString& path) {
            if (m_call.isRunning() || m_job.isRunning())
                return tell(m_notice, tr("Something else is on its way: wait for it, or cancel it."));
            tell(m_notice, tr("Writing %1…").arg(path));
            m_call = m_desk.link.client().download(
                *operation, question, this, [this, path](const api::Answered<QByteArray>& csv) {
                    m_call = {};
                    if (csv) {
                        const QString failure = paper::saveBytes(path, *csv);
                        tell(m_notice, failure.isEmpty() ? tr("Saved as %1.").arg(path) : failure);
                    } else {
                        tell(m_notice, csv.error());
                    }
                    showButtons();
                });
            showButtons();
        });
}

void ReportsView::print() {
    if (!m_made)
        return;
    if (m_model->table()->rows.size() > mostPrintedRows)
        return tell(
            m_notice,
            tr("This would be hundreds of pages. Save it as PDF, and print from there what is needed."));
    paper::print(this, m_made->title, [sheets = paper()](QPagedPaintDevice& printer) {
        sheets.paint(printer, never);
    });
}

} // namespace viaduct::admin
