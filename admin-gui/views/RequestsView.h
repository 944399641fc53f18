// SPDX-License-Identifier: GPL-3.0-or-later
// Registration requests: decide with everything beside it that decides, one or many, by keyboard alone if
// wanted, and take it back within the broker's time for that.
#pragma once

#include "admin-gui/models/PageModel.h"
#include "admin-gui/views/View.h"

#include <QComboBox>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTextBrowser>
#include <QTimer>

#include <set>

namespace viaduct::admin {

class RequestsView : public View {
    Q_OBJECT
public:
    explicit RequestsView(const Desk& desk, QWidget* parent = nullptr);

    QString name() const override { return QStringLiteral("requests"); }
    QString title() const override { return tr("Requests"); }
    void arrive(const QString& what) override;
    void startSearch() override;

private:
    using Request = api::RegistrationRequest;
    enum class Decision { Approve, Refuse, Ask };

    QWidget* detail();
    QWidget* decisionPart();
    void take(const api::Event& event);
    void refilter();
    void chooseAgain();
    std::vector<Request> chosen() const;
    void showChosen();
    void showButtons();
    void decide(Decision decision);
    void decideOne(Decision decision, const Request& request);
    void decided(const Request& request, const QString& sentence);
    void undoLast();
    void showUndo();
    static QString page(const Request& request);

    ListModel<Request>* m_model;
    QLineEdit* m_search;
    QComboBox* m_state;
    QTableView* m_table;
    QTextBrowser* m_page;
    QLineEdit* m_login;
    QComboBox* m_pool;
    QComboBox* m_template;
    QPlainTextEdit* m_text;
    QPushButton* m_approve;
    QPushButton* m_refuse;
    QPushButton* m_ask;
    QPushButton* m_undo;
    QLabel* m_notice;
    QLabel* m_count;
    std::vector<Request> m_decided; ///< can still be taken back
    std::set<QString> m_chosenIds; ///< while the list is made anew
    bool m_chooseNext = true; ///< the first one, when nothing is chosen
    QTimer m_seconds;
};

} // namespace viaduct::admin
