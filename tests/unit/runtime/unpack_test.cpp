// SPDX-License-Identifier: Apache-2.0
#include "runtime/image/unpack.h"

#include "userspace/base/unique_fd.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vitrine::image {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlock = 512;

/// The type flag of ustar.
enum class Type : char { File = '0', HardLink = '1', SymbolicLink = '2', Directory = '5' };

struct Entry {
  std::string path;
  Type type = Type::File;
  std::string text = {}; ///< a file's contents, a link's target
};

/// A tar file with these entries, and an empty directory to unpack it into.
class UnpackTest : public testing::Test {
protected:
  UnpackTest() {
    std::string pattern = fs::temp_directory_path() / "vitrine-unpack-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
    fs::create_directory(path_ + "/out");
  }
  ~UnpackTest() override { fs::remove_all(path_); }

  Result<std::string> unpack(const std::vector<Entry>& entries) {
    const std::string tar = path_ + "/layer.tar";
    write_tar(tar, entries);
    const UniqueFd target(::open((path_ + "/out").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return unpack_layer(tar, target.get(), {0, ::geteuid() != 0});
  }

  [[nodiscard]] std::string out(const std::string& path) const { return path_ + "/out/" + path; }
  [[nodiscard]] std::string text_of(const std::string& path) const {
    std::ifstream file(out(path));
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string path_;

private:
  static void write_tar(const std::string& path, const std::vector<Entry>& entries) {
    std::ofstream tar(path, std::ios::binary);
    for (const Entry& entry : entries) {
      const std::string data = entry.type == Type::File ? entry.text : "";
      const std::string link = entry.type == Type::File ? "" : entry.text;
      tar << header(entry.path, entry.type, link, data.size()) << data
          << std::string((kBlock - data.size() % kBlock) % kBlock, '\0');
    }
    tar << std::string(2 * kBlock, '\0');
  }

  /// POSIX ustar: fields of fixed width, numbers in octal, a sum over the header with blanks in its
  /// own place.
  static std::string header(const std::string& path, Type type, const std::string& link,
                            std::size_t size) {
    const auto padded = [](std::string field, std::size_t width) {
      field.resize(width, '\0');
      return field;
    };
    const auto octal = [&](std::size_t number, std::size_t width) {
      return padded(fmt::format("{:0{}o}", number, width - 1), width);
    };
    std::string block = padded(path, 100) + octal(0755, 8) + octal(::geteuid(), 8) +
                        octal(::getegid(), 8) + octal(size, 12) + octal(0, 12) +
                        std::string(8, ' ') + static_cast<char>(type) + padded(link, 100) +
                        padded("ustar", 6) + "00";
    block.resize(kBlock, '\0');
    unsigned sum = 0;
    for (const char c : block)
      sum += static_cast<unsigned char>(c);
    return block.replace(148, 8, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
  }
};

TEST_F(UnpackTest, MakesFilesDirectoriesAndLinks) {
  const auto digest = unpack({{"./", Type::Directory},
                              {"./etc", Type::Directory},
                              {"./etc/motd", Type::File, "hello"},
                              {"./etc/link", Type::SymbolicLink, "motd"},
                              {"./hard", Type::HardLink, "etc/motd"}});
  ASSERT_TRUE(digest.has_value()) << digest.error().message();
  EXPECT_EQ(digest->size(), 64U);
  EXPECT_EQ(text_of("etc/link"), "hello");
  EXPECT_EQ(text_of("hard"), "hello");
  EXPECT_EQ(fs::hard_link_count(out("hard")), 2U);
}

TEST_F(UnpackTest, AWhiteoutIsDeviceZero) {
  const auto digest = unpack({{"dir/.wh.gone", Type::File}});
  ASSERT_TRUE(digest.has_value()) << digest.error().message();
  struct stat info {};
  ASSERT_EQ(::lstat(out("dir/gone").c_str(), &info), 0);
  EXPECT_TRUE(S_ISCHR(info.st_mode));
  EXPECT_EQ(info.st_rdev, 0U);
  EXPECT_FALSE(fs::exists(out("dir/.wh.gone")));
}

TEST_F(UnpackTest, ALinkInTheLayerLeadsNowhere) {
  fs::create_directory(path_ + "/host");
  EXPECT_FALSE(
      unpack({{"evil", Type::SymbolicLink, path_ + "/host"}, {"evil/file", Type::File, "x"}})
          .has_value());
  EXPECT_TRUE(fs::is_empty(path_ + "/host"));
}

TEST_F(UnpackTest, ParentDirectoriesAreRefused) {
  EXPECT_FALSE(unpack({{"../host", Type::File, "x"}}).has_value());
  EXPECT_FALSE(unpack({{"a/../../host", Type::File, "x"}}).has_value());
  EXPECT_FALSE(unpack({{"a", Type::HardLink, "../../etc/passwd"}}).has_value());
  EXPECT_FALSE(fs::exists(path_ + "/host"));
}

TEST_F(UnpackTest, AHardLinkGoesThroughNoSymbolicLink) {
  std::ofstream(path_ + "/secret") << "s";
  EXPECT_FALSE(
      unpack({{"up", Type::SymbolicLink, ".."}, {"a", Type::HardLink, "up/secret"}}).has_value());
  EXPECT_FALSE(fs::exists(out("a")));
}

TEST_F(UnpackTest, ALaterEntryWins) {
  ASSERT_TRUE(unpack({{"a", Type::SymbolicLink, "b"},
                      {"a", Type::File, "file"},
                      {"b", Type::File, "x"},
                      {"b", Type::Directory}})
                  .has_value());
  EXPECT_EQ(text_of("a"), "file");
  EXPECT_TRUE(fs::is_directory(out("b")));
}

TEST_F(UnpackTest, AnythingButATarIsAnError) {
  std::ofstream(path_ + "/layer.tar") << "this is no tar file at all, only words";
  const UniqueFd target(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  EXPECT_FALSE(unpack_layer(path_ + "/layer.tar", target.get(), {}).has_value());
}

} // namespace
} // namespace vitrine::image
