// SPDX-License-Identifier: GPL-3.0-or-later
// Static tunnels of the configuration: whether they are up, what to paste into the router at the other end,
// and new ones.
#pragma once

#include "admin-gui/models/PageModel.h"
#include "admin-gui/views/View.h"

#include <QComboBox>
#include <QLineEdit>
#include <QPlainTextEdit>

namespace viaduct::admin {

class StaticTunnelsView : public View {
    Q_OBJECT
public:
    explicit StaticTunnelsView(const Desk& desk, QWidget* parent = nullptr);

    QString name() const override { return QStringLiteral("static"); }
    QString title() const override { return tr("Static tunnels"); }
    const api::OperationInfo* needs() const override { return &api::operation::listStaticTunnels; }
    void arrive(const QString& what) override;
    void startSearch() override;

private:
    QLayout* topPart();
    QWidget* detail();
    QWidget* confirmPart();
    void refilter();
    void take(const api::Event& event);
    void chooseAgain();
    void showChosen();
    void askSnippet();
    void copySnippet();
    void saveSnippet();
    void makeNew();
    void askState();
    void showState(const api::ConfigurationState& state);
    void decide(bool keep);
    void showButtons();

    ListModel<api::StaticTunnel>* m_model;
    QLineEdit* m_search;
    QTableView* m_table;
    QLabel* m_facts;
    QComboBox* m_system;
    QPlainTextEdit* m_snippet;
    QPushButton* m_new;
    QPushButton* m_copy;
    QPushButton* m_save;
    QPushButton* m_tunnel;
    QPushButton* m_plan;
    QWidget* m_confirmPart;
    QLabel* m_confirmSentence;
    QLabel* m_count;
    QLabel* m_notice;
    std::optional<api::StaticTunnel> m_chosen;
    QString m_wanted; ///< to be chosen when it is in the list
    bool m_isFilling = false;
    std::int64_t m_waiting = 0; ///< the revision to be confirmed
    api::Call m_asking; ///< for a snippet
};

} // namespace viaduct::admin
