// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/store/KillTest.h"

#include <QCoreApplication>
#include <gtest/gtest.h>
#include <string_view>

int main(int argc, char** argv) {
    const QCoreApplication application(argc, argv);
    if (argc == 3 && std::string_view(argv[1]) == viaduct::store::victimOption)
        return viaduct::store::beVictim(argv[2]);
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
