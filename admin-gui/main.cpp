// SPDX-License-Identifier: GPL-3.0-or-later
// viaduct-admin: the administration console.
#include "admin-gui/MainWindow.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QLibraryInfo>
#include <QTranslator>

int main(int argc, char** argv) {
    QApplication application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("viaduct-admin"));
    QApplication::setOrganizationName(QStringLiteral("viaduct"));
    QApplication::setApplicationVersion(QStringLiteral(VIADUCT_VERSION));
    QApplication::setDesktopFileName(QStringLiteral("viaduct-admin"));
    QTranslator ofQt;
    if (ofQt.load(
            QLocale(), QStringLiteral("qtbase"), QStringLiteral("_"),
            QLibraryInfo::path(QLibraryInfo::TranslationsPath)))
        QApplication::installTranslator(&ofQt);
    QTranslator ours;
    if (ours.load(
            QLocale(), QStringLiteral("viaduct-admin"), QStringLiteral("_"),
            QStringLiteral(":/translations")))
        QApplication::installTranslator(&ours);
    QCommandLineParser parser;
    parser.setApplicationDescription(QCoreApplication::translate(
        "main", "The administration console of Viaduct, an IPv6 migration broker."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.process(application);
    viaduct::admin::MainWindow window;
    window.show();
    window.begin();
    return QApplication::exec();
}
