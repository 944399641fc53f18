// SPDX-License-Identifier: GPL-3.0-or-later
// A file takes another's place whole, or not at all.
#include "server/revisions/ConfigurationFile.h"

#include <QTemporaryDir>

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fs = std::filesystem;
using namespace viaduct;
using namespace viaduct::revisions;

namespace {

class DraftFileTest : public testing::Test {
protected:
    std::string path(const std::string& name) const { return m_directory.path().toStdString() + '/' + name; }
    static void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }
    static std::string content(const std::string& path) {
        return readFile(path, 1 << 20).value_or("unreadable");
    }
    std::size_t files() const {
        std::size_t count = 0;
        for ([[maybe_unused]] const auto& entry : fs::directory_iterator(m_directory.path().toStdString()))
            ++count;
        return count;
    }

    QTemporaryDir m_directory;
};

} // namespace

TEST_F(DraftFileTest, leavesNothingBehindUnlessItIsPlaced) {
    write(path("a"), "old");
    {
        const auto draft = DraftFile::write(path("a"), "new");
        ASSERT_TRUE(draft) << draft.error().message;
    }
    EXPECT_EQ(content(path("a")), "old");
    EXPECT_EQ(files(), 1U);
    auto draft = DraftFile::write(path("a"), "new");
    ASSERT_TRUE(draft && draft->place());
    EXPECT_EQ(content(path("a")), "new");
    EXPECT_EQ(files(), 1U);
}

TEST_F(DraftFileTest, isNotReadableForOthers) {
    auto draft = DraftFile::write(path("a"), "new");
    ASSERT_TRUE(draft && draft->place());
    EXPECT_EQ(ownershipOf(path("a"))->mode, 0600U);
}

TEST_F(DraftFileTest, aLeftOverDraftIsNoObstacle) {
    write(path("a.new"), "of a crash");
    auto draft = DraftFile::write(path("a"), "new");
    ASSERT_TRUE(draft && draft->place());
    EXPECT_EQ(content(path("a")), "new");
}

TEST_F(DraftFileTest, keepsOwnerAndModeOfAConfigurationFile) {
    write(path("viaduct.conf"), "hostname a\n");
    chmod(path("viaduct.conf").c_str(), 0640);
    if (geteuid() == 0) {
        ASSERT_EQ(chown(path("viaduct.conf").c_str(), 12, 34), 0);
    }
    const Ownership before = *ownershipOf(path("viaduct.conf"));
    auto draft = ConfigurationFile(path("viaduct.conf")).draft("hostname b\n");
    ASSERT_TRUE(draft && draft->place());
    EXPECT_EQ(content(path("viaduct.conf")), "hostname b\n");
    EXPECT_EQ(ownershipOf(path("viaduct.conf"))->mode, 0640U);
    EXPECT_EQ(ownershipOf(path("viaduct.conf"))->user, before.user);
    EXPECT_EQ(ownershipOf(path("viaduct.conf"))->group, before.group);
}

TEST_F(DraftFileTest, aLinkStaysALink) {
    write(path("real.conf"), "hostname a\n");
    fs::create_symlink("real.conf", path("viaduct.conf"));
    auto draft = ConfigurationFile(path("viaduct.conf")).draft("hostname b\n");
    ASSERT_TRUE(draft && draft->place());
    EXPECT_TRUE(fs::is_symlink(path("viaduct.conf")));
    EXPECT_EQ(content(path("real.conf")), "hostname b\n");
}

TEST_F(DraftFileTest, aDirectoryThatTakesNothingIsNamed) {
    write(path("file"), "");
    const auto draft = DraftFile::write(path("file/a"), "new");
    ASSERT_FALSE(draft);
    EXPECT_EQ(draft.error().code, Error::Code::System);
    EXPECT_NE(draft.error().message.find(path("file")), std::string::npos) << draft.error().message;
}

TEST_F(DraftFileTest, aFullDiskLeavesTheOldFile) {
    fs::create_directory(path("small"));
    if (mount("none", path("small").c_str(), "tmpfs", 0, "size=64k") != 0)
        GTEST_SKIP() << "a small file system needs the right to mount one";
    write(path("small/a"), "old");
    const auto draft = DraftFile::write(path("small/a"), std::string(1 << 20, 'x'));
    EXPECT_FALSE(draft);
    EXPECT_EQ(content(path("small/a")), "old");
    EXPECT_FALSE(fs::exists(path("small/a.new")));
    EXPECT_NE(draft ? 0 : draft.error().message.find("Make room"), std::string::npos);
    umount(path("small").c_str());
}

TEST_F(DraftFileTest, readingHasABound) {
    write(path("a"), std::string(100, 'x'));
    EXPECT_TRUE(readFile(path("a"), 100));
    EXPECT_EQ(readFile(path("a"), 99).error().code, Error::Code::Invalid);
    EXPECT_EQ(readFile(path("b"), 99).error().code, Error::Code::NotFound);
    EXPECT_FALSE(readFile(m_directory.path().toStdString(), 99));
}
