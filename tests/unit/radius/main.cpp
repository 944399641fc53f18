// SPDX-License-Identifier: GPL-3.0-or-later
// Servers answer through the event loop, so the tests need an application.
#include <QCoreApplication>

#include <gtest/gtest.h>

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    const QCoreApplication application(argc, argv);
    return RUN_ALL_TESTS();
}
