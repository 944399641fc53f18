// SPDX-License-Identifier: GPL-3.0-or-later
// Importing accounts.
#include "admin-gui/views/ImportDialog.h"

#include <QDialogButtonBox>
#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QHeaderView>
#include <QVBoxLayout>

namespace viaduct::admin {

namespace {
constexpr qint64 mostBytes = 64 * 1024 * 1024; // far above the 10,000 accounts of one import
}

ImportDialog::ImportDialog(const Desk& desk, QWidget* parent)
    : QDialog(parent), m_desk(desk), m_file(new QLabel(this)), m_summary(new QLabel(this)),
      m_mistakes(new QStandardItemModel(0, 4, this)), m_table(new QTableView(this)),
      m_busy(new QProgressBar(this)), m_notice(new FormNotice(this)),
      m_credentials(new CredentialsPane(false, this)) {
    setWindowTitle(tr("Import accounts"));
    setAttribute(Qt::WA_DeleteOnClose);
    m_file->setText(
        tr("A CSV file with the heading of an export. Nothing is done before all of it is checked."));
    m_file->setWordWrap(true);
    m_summary->setWordWrap(true);
    m_mistakes->setHorizontalHeaderLabels({tr("Line"), tr("Column"), tr("Cause"), tr("Cure")});
    m_table->setModel(m_mistakes);
    m_table->setAccessibleName(tr("Mistakes in the file"));
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setTabKeyNavigation(false);
    m_table->setWordWrap(true);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    m_table->horizontalHeader()->setSectionResizeMode(2, QHeaderView::Stretch);
    m_table->horizontalHeader()->setSectionResizeMode(3, QHeaderView::Stretch);
    m_table->hide();
    m_busy->setRange(0, 0);
    m_busy->hide();
    auto* buttons = new QDialogButtonBox(this);
    m_choose = buttons->addButton(tr("&Choose a file…"), QDialogButtonBox::ActionRole);
    m_again = buttons->addButton(tr("Check it &again"), QDialogButtonBox::ActionRole);
    m_import = buttons->addButton(tr("&Import now"), QDialogButtonBox::ActionRole);
    m_stop = buttons->addButton(tr("&Stop"), QDialogButtonBox::ActionRole);
    m_close = buttons->addButton(QDialogButtonBox::Close);
    m_again->setEnabled(false);
    m_import->setEnabled(false);
    m_stop->hide();
    connect(m_choose, &QPushButton::clicked, this, &ImportDialog::chooseFile);
    connect(m_again, &QPushButton::clicked, this, [this] { check(m_path); });
    connect(m_import, &QPushButton::clicked, this, [this] { send(false); });
    connect(m_stop, &QPushButton::clicked, this, &ImportDialog::stop);
    connect(m_close, &QPushButton::clicked, this, &ImportDialog::reject);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(m_file);
    layout->addWidget(m_summary);
    layout->addWidget(m_table, 1);
    layout->addWidget(m_busy);
    layout->addWidget(m_notice);
    layout->addWidget(m_credentials, 1);
    layout->addStretch();
    layout->addWidget(buttons);
    resize(720, 480);
}

void ImportDialog::chooseFile() {
    auto* dialog = new QFileDialog(this, tr("Import accounts"), {}, tr("CSV (*.csv);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, &ImportDialog::check);
    dialog->open();
}

void ImportDialog::check(const QString& path) {
    m_path = path;
    m_again->setEnabled(true);
    m_import->setEnabled(false);
    m_summary->clear();
    showMistakes({});
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return m_notice->tell(tr("%1 cannot be read: %2").arg(path, file.errorString()));
    if (file.size() > mostBytes)
        return m_notice->tell(tr("%1 is larger than an import can be: split it.").arg(path));
    m_csv = file.readAll();
    m_file->setText(tr("File: %1").arg(QFileInfo(path).absoluteFilePath()));
    send(true);
}

void ImportDialog::send(bool dryRun) {
    if (m_call.isRunning())
        return;
    m_notice->tell(QString());
    api::Question question;
    question.query = {{QStringLiteral("dryRun"), dryRun ? QStringLiteral("true") : QStringLiteral("false")}};
    if (!dryRun)
        question.idempotencyKey = m_key.keyFor(m_csv);
    m_isImporting = !dryRun;
    m_call = m_desk.link.client().upload(
        api::operation::importAccounts, question, m_csv, this,
        [this, dryRun](const api::Answered<api::ImportResult>& answer) {
            m_call = {};
            setBusy(QString());
            if (!dryRun)
                m_key.answered(answer);
            if (answer)
                return answered(*answer);
            m_notice->tell(answer.error());
            m_import->setEnabled(!dryRun);
        });
    setBusy(dryRun ? tr("The broker checks the file…") : tr("The broker imports the accounts…"));
}

void ImportDialog::answered(const api::ImportResult& result) {
    showMistakes(result.errors);
    if (!result.errors.empty())
        return m_summary->setText(
            tr("%n mistake(s), so nothing is imported. Correct the file, then check it again.", nullptr,
               static_cast<int>(result.errors.size())));
    const QString rows = tr("%n row(s)", nullptr, result.rows);
    if (result.dryRun) {
        m_summary->setText(tr("%1 without a mistake. Imported, they would make %2 new account(s), change %3 "
                              "and leave %4 as they are.")
                               .arg(rows)
                               .arg(result.created)
                               .arg(result.changed)
                               .arg(result.unchanged));
        m_import->setEnabled(result.created + result.changed > 0);
        if (m_import->isEnabled())
            m_import->setFocus();
        return;
    }
    m_isImporting = false;
    m_summary->setText(tr("Imported. %1: %2 new account(s), %3 changed, %4 as they were.")
                           .arg(rows)
                           .arg(result.created)
                           .arg(result.changed)
                           .arg(result.unchanged));
    Q_EMIT imported();
    for (QPushButton* button : {m_choose, m_again, m_import})
        button->setEnabled(false);
    if (result.credentials.empty())
        return;
    BadgeSheet sheet;
    sheet.title = tr("IPv6 tunnel");
    sheet.broker = m_desk.link.client().broker().host();
    sheet.credentials = result.credentials;
    m_credentials->present(
        tr("%n new account(s) got a password from the broker. They are shown this once.", nullptr,
           static_cast<int>(result.credentials.size())),
        sheet);
}

void ImportDialog::showMistakes(const std::vector<api::ImportError>& errors) {
    m_mistakes->setRowCount(0);
    for (const api::ImportError& error : errors)
        m_mistakes->appendRow(
            {new QStandardItem(QString::number(error.line)), new QStandardItem(error.column),
             new QStandardItem(error.cause), new QStandardItem(error.cure)});
    m_table->setVisible(!errors.empty());
}

/// Empty: not any more.
void ImportDialog::setBusy(const QString& sentence) {
    const bool busy = !sentence.isEmpty();
    if (busy) {
        m_summary->setText(sentence);
        m_import->setEnabled(false);
    }
    m_busy->setVisible(busy);
    m_busy->setAccessibleName(sentence);
    m_stop->setVisible(busy);
    m_choose->setEnabled(!busy);
    m_again->setEnabled(!busy && !m_path.isEmpty());
}

void ImportDialog::stop() {
    m_call.cancel();
    m_call = {};
    setBusy(QString());
    m_summary->clear();
    // Passwords of accounts that were made in spite of it come with the same key.
    m_import->setEnabled(m_isImporting);
    m_notice->tell(
        m_isImporting
            ? tr("Stopped waiting. The broker may have imported all the same, or not at all: “Import now” "
                 "asks for the same again and does nothing twice.")
            : tr("Stopped. Nothing was imported."));
}

void ImportDialog::reject() {
    if (m_call.isRunning() && m_isImporting)
        return m_notice->tell(
            tr("The import is under way, and its passwords come with the answer: wait for it, or stop."));
    m_credentials->leave([this] { QDialog::reject(); });
}

} // namespace viaduct::admin
