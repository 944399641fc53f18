// SPDX-License-Identifier: GPL-3.0-or-later
// Reports: asked for with their parameters, seen as a table and as bars, and taken away as PDF, CSV, XLSX or
// on paper.
#pragma once

#include "admin-gui/models/ReportModel.h"
#include "admin-gui/parts/BarChart.h"
#include "admin-gui/parts/FileJob.h"
#include "admin-gui/parts/ReportPaper.h"
#include "admin-gui/views/View.h"

#include <QComboBox>
#include <QDateTimeEdit>
#include <QFormLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QSortFilterProxyModel>
#include <QSpinBox>

namespace viaduct::admin {

class ReportsView : public View {
    Q_OBJECT
public:
    explicit ReportsView(const Desk& desk, QWidget* parent = nullptr);

    QString name() const override { return QStringLiteral("reports"); }
    QString title() const override { return tr("Reports"); }
    const api::OperationInfo* needs() const override { return &api::operation::reportUtilisation; }
    /// "traffic", "organisations Example University", "abuse 2001:db8:1::/48": a report, and what it is
    /// about.
    void arrive(const QString& what) override;
    void startSearch() override;

private:
    enum class Kind { Utilisation, Organisations, Traffic, Availability, Abuse };
    /// What was asked when the report came that is shown.
    struct Made {
        const api::OperationInfo* operation = nullptr;
        api::Question question;
        QString file; ///< for its name
        QString title;
        QStringList head;
        Bars bars;
    };

    QWidget* questionPart();
    QWidget* exportPart();
    void linkChanged(LinkState state);
    void offerReports();
    Kind kind() const;
    void showFields();
    void preset(int index);
    void setPeriod(const QDate& from, const QDate& until);

    void make();
    template <typename Row>
    void askFor(const api::Operation<api::Nothing, api::Report<Row>>& operation, const QString& file);
    void show(ReportTable table, Made made);
    QStringList headOf(const ReportTable& table) const;
    void showButtons();
    void cancel();

    QString fileName() const;
    ReportPaper paper() const;
    void savePdf();
    void saveXlsx();
    void saveCsv();
    void print();
    void startJob(FileJob::Work work, const QString& path);

    QComboBox* m_kind = nullptr;
    QComboBox* m_preset = nullptr;
    QDateTimeEdit* m_from = nullptr;
    QDateTimeEdit* m_until = nullptr;
    QFormLayout* m_form = nullptr;
    QComboBox* m_pool = nullptr;
    QLineEdit* m_organisation = nullptr;
    QSpinBox* m_top = nullptr;
    QLineEdit* m_within = nullptr;
    QPushButton* m_make = nullptr;
    QPushButton* m_cancel = nullptr;
    QPushButton* m_pdf = nullptr;
    QPushButton* m_xlsx = nullptr;
    QPushButton* m_csv = nullptr;
    QPushButton* m_print = nullptr;
    QLabel* m_head;
    ReportModel* m_model;
    QSortFilterProxyModel* m_sorted;
    QTableView* m_table;
    BarChart* m_chart;
    QLabel* m_notice;

    std::optional<Made> m_made;
    api::Call m_call; ///< the report, or its CSV
    FileJob m_job;
    QString m_path; ///< what the job writes
};

} // namespace viaduct::admin
