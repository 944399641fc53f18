// SPDX-License-Identifier: GPL-3.0-or-later
// Accounts from a CSV file: the broker checks all of it first, tells every mistake with its place, and only
// what is without one can be imported, at a second button.
#pragma once

#include "admin-gui/parts/RetryKey.h"
#include "admin-gui/views/CredentialsPane.h"
#include "admin-gui/views/View.h"

#include <QDialog>
#include <QProgressBar>
#include <QStandardItemModel>

namespace viaduct::admin {

class ImportDialog : public QDialog {
    Q_OBJECT
public:
    explicit ImportDialog(const Desk& desk, QWidget* parent = nullptr);

    /// Reads it and has it checked; nothing is done yet.
    void check(const QString& path);
    void reject() override;

Q_SIGNALS:
    void imported();

private:
    void chooseFile();
    void send(bool dryRun);
    void answered(const api::ImportResult& result);
    void showMistakes(const std::vector<api::ImportError>& errors);
    void setBusy(const QString& sentence);
    void stop();

    Desk m_desk;
    QString m_path;
    QByteArray m_csv; ///< what was checked is what is imported, whatever becomes of the file
    RetryKey<QByteArray> m_key;
    api::Call m_call;
    bool m_isImporting = false;
    QLabel* m_file;
    QLabel* m_summary;
    QStandardItemModel* m_mistakes;
    QTableView* m_table;
    QProgressBar* m_busy;
    FormNotice* m_notice;
    CredentialsPane* m_credentials;
    QPushButton* m_choose;
    QPushButton* m_again;
    QPushButton* m_import;
    QPushButton* m_stop;
    QPushButton* m_close;
};

} // namespace viaduct::admin
