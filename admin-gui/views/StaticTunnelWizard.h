// SPDX-License-Identifier: GPL-3.0-or-later
// A new static tunnel: asks for what the lines of the configuration need, has the broker check the running
// text with them, and applies it, to be confirmed within some minutes.
#pragma once

#include "admin-gui/parts/FormNotice.h"
#include "admin-gui/parts/RetryKey.h"
#include "admin-gui/parts/TunnelSection.h"
#include "admin-gui/views/View.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QSpinBox>
#include <QWizard>

namespace viaduct::admin {

class StaticTunnelWizard : public QWizard {
    Q_OBJECT
public:
    explicit StaticTunnelWizard(const Desk& desk, QWidget* parent = nullptr);

    void done(int result) override;

Q_SIGNALS:
    void applied(const viaduct::api::ConfigurationState& state, const QString& name);

private:
    QWizardPage* routerPage();
    QWizardPage* addressPage();
    QWizardPage* checkPage();
    void askRunning(std::function<void()> then);
    void askPools();
    void check();
    void checked(const api::ConfigurationCheck& check, const JoinedText& joined, int lines);
    bool apply();
    TunnelSection section() const;

    Desk m_desk;
    QLineEdit* m_name;
    QLineEdit* m_description;
    QComboBox* m_source;
    QLineEdit* m_destination;
    FormNotice* m_routerNotice;
    QComboBox* m_pairFrom;
    QLineEdit* m_pair;
    QComboBox* m_prefixFrom;
    QLineEdit* m_prefix;
    QCheckBox* m_shutdown;
    FormNotice* m_addressNotice;
    QPlainTextEdit* m_lines;
    QPlainTextEdit* m_result;
    QSpinBox* m_confirmWithin;
    QLineEdit* m_note;
    FormNotice* m_notice;
    QWizardPage* m_checkPage;
    api::RunningConfiguration m_running;
    QString m_checked; ///< the text that the broker has found good; empty: none
    bool m_isApplied = false;
    bool m_isApplying = false;
    RetryKey<api::ConfigurationApply> m_key;
    api::Call m_call;
};

} // namespace viaduct::admin
