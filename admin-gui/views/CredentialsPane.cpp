// SPDX-License-Identifier: GPL-3.0-or-later
// Passwords that are shown once.
#include "admin-gui/views/CredentialsPane.h"

#include <QClipboard>
#include <QFileDialog>
#include <QFontDatabase>
#include <QGuiApplication>
#include <QHeaderView>
#include <QPrintDialog>
#include <QPrinter>
#include <QSaveFile>
#include <QVBoxLayout>

namespace viaduct::admin {

namespace {
constexpr int fewRows = 4; // shown without scrolling
}

CredentialsPane::CredentialsPane(bool closable, QWidget* parent)
    : QWidget(parent), m_sentence(new QLabel(this)), m_model(new QStandardItemModel(0, 2, this)),
      m_table(new QTableView(this)), m_question(new Question(this)), m_notice(new FormNotice(this)) {
    m_sentence->setWordWrap(true);
    m_model->setHorizontalHeaderLabels({tr("Login"), tr("Password")});
    m_table->setModel(m_model);
    m_table->setAccessibleName(tr("Logins and passwords"));
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setTabKeyNavigation(false);
    m_table->verticalHeader()->hide();
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    m_table->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_table->setMinimumHeight(m_table->fontMetrics().height() * (fewRows + 2));
    auto* copyButton = new QPushButton(tr("&Copy"), this);
    copyButton->setToolTip(tr("The chosen rows; all, if none is chosen"));
    auto* saveButton = new QPushButton(tr("Save as CS&V…"), this);
    auto* printButton = new QPushButton(tr("Print &badges…"), this);
    auto* closeButton = new QPushButton(tr("&Hide the passwords"), this);
    closeButton->setVisible(closable);
    connect(copyButton, &QPushButton::clicked, this, &CredentialsPane::copy);
    connect(saveButton, &QPushButton::clicked, this, &CredentialsPane::save);
    connect(printButton, &QPushButton::clicked, this, &CredentialsPane::print);
    connect(closeButton, &QPushButton::clicked, this, [this] { leave([this] { forget(); }); });
    auto* buttons = new QHBoxLayout;
    for (QPushButton* button : {copyButton, saveButton, printButton, closeButton}) {
        button->setAutoDefault(false);
        buttons->addWidget(button);
    }
    buttons->addStretch();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_sentence);
    layout->addWidget(m_table, 1);
    layout->addLayout(buttons);
    layout->addWidget(m_question);
    layout->addWidget(m_notice);
    hide();
}

void CredentialsPane::present(const QString& sentence, const BadgeSheet& sheet) {
    m_sheet = sheet;
    m_isTaken = sheet.credentials.empty();
    m_sentence->setText(sentence);
    m_notice->tell(QString());
    m_question->hide();
    QList<QStandardItem*> logins;
    QList<QStandardItem*> passwords;
    for (const api::Credentials& each : sheet.credentials) {
        logins.append(new QStandardItem(each.login));
        passwords.append(new QStandardItem(each.password));
    }
    m_model->setRowCount(0);
    m_model->setColumnCount(0); // columns at once: rows one by one would be slow for thousands
    m_model->appendColumn(logins);
    m_model->appendColumn(passwords);
    m_model->setHorizontalHeaderLabels({tr("Login"), tr("Password")});
    m_table->setVisible(!sheet.credentials.empty());
    show();
}

void CredentialsPane::leave(std::function<void()> then) {
    if (m_isTaken || isEmpty())
        return then();
    m_question->ask(
        tr("Nobody has copied, saved or printed these passwords, and they are never shown again."),
        tr("&Forget them"), [this, then = std::move(then)] {
            m_isTaken = true;
            then();
        });
}

void CredentialsPane::forget() {
    m_sheet = {};
    m_model->setRowCount(0);
    hide();
}

void CredentialsPane::copy() {
    QStringList lines;
    const QModelIndexList chosen = m_table->selectionModel()->selectedRows();
    if (chosen.isEmpty()) {
        for (const api::Credentials& each : m_sheet.credentials)
            lines.append(each.login + u'\t' + each.password);
    }
    for (const QModelIndex& index : chosen)
        lines.append(index.data().toString() + u'\t' + index.siblingAtColumn(1).data().toString());
    QGuiApplication::clipboard()->setText(lines.join(u'\n'));
    const bool all = chosen.isEmpty() || chosen.size() == m_model->rowCount();
    if (all)
        return taken(tr("%n login(s) copied, with password.", nullptr, static_cast<int>(lines.size())));
    m_notice->tell(tr("%n login(s) copied, with password.", nullptr, static_cast<int>(lines.size())));
}

void CredentialsPane::save() {
    auto* dialog = new QFileDialog(this, tr("Save the logins and passwords"), {}, tr("CSV (*.csv)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("csv"));
    dialog->selectFile(QStringLiteral("credentials.csv"));
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        QSaveFile file(path);
        const QByteArray csv = credentialsCsv(m_sheet.credentials);
        // They are passwords: for the eyes of this person alone.
        if (!file.open(QIODevice::WriteOnly) || !file.setPermissions(QFile::ReadOwner | QFile::WriteOwner)
            || file.write(csv) != csv.size() || !file.commit())
            return m_notice->tell(tr("%1 cannot be written: %2").arg(path, file.errorString()));
        taken(tr("Saved in %1. Whoever reads it knows the passwords.").arg(path));
    });
    dialog->open();
}

void CredentialsPane::print() {
    auto printer = std::make_shared<QPrinter>(QPrinter::HighResolution);
    printer->setDocName(m_sheet.title);
    auto* dialog = new QPrintDialog(printer.get(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, qOverload<QPrinter*>(&QPrintDialog::accepted), this, [this, printer] {
        if (paintBadges(*printer, m_sheet))
            taken(tr("Printed."));
        else
            m_notice->tell(tr("The printer takes nothing: look whether it is on, or save as CSV."));
    });
    dialog->open();
}

void CredentialsPane::taken(const QString& sentence) {
    m_isTaken = true;
    m_question->hide();
    m_notice->tell(sentence);
}

} // namespace viaduct::admin
