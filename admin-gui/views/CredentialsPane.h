// SPDX-License-Identifier: GPL-3.0-or-later
// Logins with the passwords that are shown this once: to be copied, saved as CSV or printed as badges, and
// forgotten when the pane is closed. It asks before it forgets what nobody has taken.
#pragma once

#include "admin-gui/parts/Badges.h"
#include "admin-gui/parts/FormNotice.h"
#include "admin-gui/views/View.h"

#include <QStandardItemModel>

namespace viaduct::admin {

class CredentialsPane : public QWidget {
    Q_OBJECT
public:
    /// `closable`: it has a button of its own that closes it.
    explicit CredentialsPane(bool closable, QWidget* parent = nullptr);

    void present(const QString& sentence, const BadgeSheet& sheet);
    bool isEmpty() const { return m_sheet.credentials.empty(); }
    /// Calls `then` at once if what is shown was taken or there is nothing; otherwise asks in place before.
    void leave(std::function<void()> then);
    void forget();

private:
    void copy();
    void save();
    void print();
    void taken(const QString& sentence);

    BadgeSheet m_sheet;
    bool m_isTaken = false;
    QLabel* m_sentence;
    QStandardItemModel* m_model;
    QTableView* m_table;
    Question* m_question;
    FormNotice* m_notice;
};

} // namespace viaduct::admin
