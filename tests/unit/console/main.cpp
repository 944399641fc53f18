// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>
#include <QTemporaryDir>

#include <gtest/gtest.h>

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    const QTemporaryDir home; // the settings of whoever runs this are nobody's business
    qputenv("XDG_CONFIG_HOME", home.path().toUtf8());
    const QApplication application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("viaduct-admin-test"));
    QApplication::setOrganizationName(QStringLiteral("viaduct"));
    return RUN_ALL_TESTS();
}
