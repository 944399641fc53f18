// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/parts/Paper.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileDialog>
#include <QPdfWriter>
#include <QPrintDialog>
#include <QPrinter>
#include <QSaveFile>
#include <QSettings>

namespace viaduct::admin::paper {

namespace {
constexpr const char* folderSetting = "export/folder";

QString cannot(const QSaveFile& file) {
    return QCoreApplication::translate("Paper", "%1 cannot be written: %2. Choose another folder.")
        .arg(QDir::toNativeSeparators(file.fileName()), file.errorString());
}
} // namespace

void askFile(
    QWidget* parent, const QString& title, const QString& name, const QString& suffix,
    std::function<void(const QString& path)> chosen) {
    auto* dialog = new QFileDialog(parent, title);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setFileMode(QFileDialog::AnyFile);
    dialog->setDefaultSuffix(suffix);
    dialog->setNameFilter(suffix.toUpper() + QStringLiteral(" (*.") + suffix + u')');
    const QString folder = QSettings().value(QLatin1String(folderSetting)).toString();
    dialog->setDirectory(QDir(folder.isEmpty() ? QDir::homePath() : folder));
    dialog->selectFile(name + u'.' + suffix);
    QObject::connect(
        dialog, &QFileDialog::fileSelected, parent, [chosen = std::move(chosen)](const QString& path) {
            QSettings().setValue(QLatin1String(folderSetting), QFileInfo(path).absolutePath());
            chosen(path);
        });
    dialog->open();
}

void print(QWidget* parent, const QString& title, std::function<void(QPagedPaintDevice& printer)> paint) {
    auto printer = std::make_shared<QPrinter>(QPrinter::HighResolution);
    printer->setDocName(title);
    printer->setPageSize(QPageSize(QPageSize::A4));
    auto* dialog = new QPrintDialog(printer.get(), parent);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(title);
    // The printer must outlive the dialog, which still looks at it while it goes.
    QObject::connect(dialog, &QObject::destroyed, dialog, [printer] {});
    QObject::connect(dialog, qOverload<>(&QDialog::accepted), parent, [printer, paint = std::move(paint)] {
        paint(*printer);
    });
    dialog->open();
}

QString
savePdf(const QString& path, const QString& title, const std::function<bool(QPagedPaintDevice&)>& paint) {
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return cannot(file);
    bool isKept = false;
    {
        QPdfWriter writer(&file);
        writer.setTitle(title);
        writer.setCreator(QStringLiteral("viaduct-admin"));
        writer.setPageSize(QPageSize(QPageSize::A4));
        isKept = paint(writer);
    } // the end of the document is written here
    if (!isKept)
        return {}; // and what was there before stays
    return file.commit() ? QString() : cannot(file);
}

QString saveBytes(const QString& path, const QByteArray& bytes) {
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit())
        return cannot(file);
    return {};
}

} // namespace viaduct::admin::paper
