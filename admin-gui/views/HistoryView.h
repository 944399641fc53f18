// SPDX-License-Identifier: GPL-3.0-or-later
// What was. "Who had this address at that time?", answered in words that can be printed and handed on; and
// the lines of the history behind it.
#pragma once

#include "admin-gui/models/PageModel.h"
#include "admin-gui/parts/TimeField.h"
#include "admin-gui/views/View.h"

#include <QComboBox>
#include <QDateTimeEdit>
#include <QLineEdit>
#include <QPushButton>
#include <QTextBrowser>
#include <QTimer>

class QTextDocument;

namespace viaduct::admin {

class HistoryView : public View {
    Q_OBJECT
public:
    explicit HistoryView(const Desk& desk, QWidget* parent = nullptr);

    QString name() const override { return QStringLiteral("history"); }
    QString title() const override { return tr("History"); }
    const api::OperationInfo* needs() const override { return &api::operation::showHolders; }
    /// An address or a prefix: asks who has it now. "2001:db8::7@2026-11-20T14:00:00Z": who had it then.
    void arrive(const QString& what) override;
    void startSearch() override;

protected:
    void showEvent(QShowEvent* event) override;

private:
    /// All that a printed answer must say.
    struct Answer {
        QString asked; ///< as it was typed, in its canonical form
        bool isPrefix = false;
        api::Holders holders;
        QDateTime when; ///< of asking
        QString who;
        QString broker;
    };

    QWidget* questionPart();
    QWidget* listPart();
    void setZone(int index);
    void ask();
    void answered(const api::Answered<api::Holders>& holders, const Answer& question);
    void showButtons();
    void refilter();
    void take(const api::Event& event);
    void refreshSoon();

    QStringList sentences(const Answer& answer) const;
    QString html(const Answer& answer, bool isForPaper) const;
    std::shared_ptr<QTextDocument> paperOf(const Answer& answer) const;
    void print();
    void savePdf();

    QLineEdit* m_address = nullptr;
    QDateTimeEdit* m_at = nullptr;
    QComboBox* m_zone = nullptr;
    QPushButton* m_ask = nullptr;
    QPushButton* m_cancel = nullptr;
    QPushButton* m_print = nullptr;
    QPushButton* m_pdf = nullptr;
    QPushButton* m_parts = nullptr; ///< of a prefix: the report of all who had a part of it
    QTextBrowser* m_page = nullptr;
    QLabel* m_notice;

    ListModel<api::HistoryLine>* m_lines = nullptr;
    QTableView* m_table = nullptr;
    TimeField* m_from = nullptr;
    TimeField* m_until = nullptr;
    QLineEdit* m_within = nullptr;
    QLineEdit* m_holder = nullptr;
    QLineEdit* m_account = nullptr;
    QComboBox* m_what = nullptr;
    QLabel* m_count;

    std::optional<Answer> m_answer;
    api::Call m_call;
    QTimer m_fresh; ///< a busy broker writes lines all the time
    bool m_isOld = false; ///< lines were written while nobody looked
};

} // namespace viaduct::admin
