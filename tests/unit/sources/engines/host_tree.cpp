// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/sources/engines/host_tree.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <fcntl.h>
#include <sys/stat.h>

namespace vitrine::engines {

namespace fs = std::filesystem;

HostTree::HostTree() {
  std::string pattern = fs::temp_directory_path() / "vitrine-engines-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
  root_ = pattern;
  descriptor_ = open_at(AT_FDCWD, root_, O_PATH | O_DIRECTORY).value();
}

HostTree::~HostTree() {
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

void HostTree::copy_fixture() const {
  fs::copy(VITRINE_SOURCE_DIR "/tests/data/engines", root_,
           fs::copy_options::recursive | fs::copy_options::copy_symlinks |
               fs::copy_options::overwrite_existing);
}

void HostTree::write(const std::string& path, std::string_view text) const {
  fs::create_directories(fs::path(root_ + path).parent_path());
  std::ofstream(root_ + path, std::ios::binary) << text;
}

std::string HostTree::read(const std::string& path) const {
  std::ostringstream text;
  text << std::ifstream(root_ + path, std::ios::binary).rdbuf();
  return text.str();
}

void HostTree::replace(const std::string& path, std::string_view old, std::string_view with) const {
  std::string text = read(path);
  const auto at = text.find(old);
  if (at == std::string::npos) throw std::logic_error(path + " has no such text");
  write(path, text.replace(at, old.size(), with));
}

void HostTree::remove(const std::string& path) const {
  fs::remove_all(root_ + path);
}

void HostTree::move(const std::string& from, const std::string& to) const {
  fs::create_directories(fs::path(root_ + to).parent_path());
  fs::rename(root_ + from, root_ + to);
}

void HostTree::link(const std::string& target, const std::string& path) const {
  fs::create_directories(fs::path(root_ + path).parent_path());
  fs::remove(root_ + path);
  fs::create_symlink(target, root_ + path);
}

void HostTree::make_fifo(const std::string& path) const {
  fs::create_directories(fs::path(root_ + path).parent_path());
  fs::remove(root_ + path);
  if (::mkfifo((root_ + path).c_str(), 0600) != 0) throw std::runtime_error("mkfifo");
}

} // namespace vitrine::engines
