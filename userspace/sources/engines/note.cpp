// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/engines/note.h"

#include "userspace/base/text_escape.h"
#include "userspace/sources/engines/directory.h"

#include <fmt/format.h>

#include <algorithm>

namespace vitrine::engines {
namespace {

constexpr std::size_t kErrorLimit = 1024;
constexpr std::size_t kDirectoriesLimit = 64;
constexpr std::size_t kLayersLimit = 1024; // an overlay mount has at most 500, under two names each

/// A runtime's own state does not say for whom it ran the container: anybody else's word is better.
constexpr std::string_view kRuntimeOnly = "oci";

class Merge {
public:
  /// `whose`: empty when it replaces what the note has.
  Merge(ContainerNote& note, std::string_view whose) : note_(note), whose_(whose) {}

  void text(std::string_view what, std::string& ours, const std::string& theirs) {
    if (theirs.empty() || ours == theirs) return;
    if (!ours.empty() && !whose_.empty())
      return disagree(fmt::format("{} says {} \"{}\", not \"{}\"", whose_, what,
                                  escape_text(theirs), escape_text(ours)));
    ours = theirs;
    changed_ = true;
  }
  void pid(std::uint32_t& ours, std::uint32_t theirs) {
    if (theirs == 0 || ours == theirs) return;
    if (ours != 0 && !whose_.empty())
      return disagree(fmt::format("{} says pid {}, not {}", whose_, theirs, ours));
    ours = theirs;
    changed_ = true;
  }
  template<class Element>
  void list(std::vector<Element>& ours, const Element& theirs, std::size_t limit,
            bool (*same)(const Element&, const Element&)) {
    const bool known =
        std::ranges::any_of(ours, [&](const Element& one) { return same(one, theirs); });
    if (known || ours.size() >= limit) return;
    ours.push_back(theirs);
    changed_ = true;
  }
  void disagree(const std::string& what) { changed_ |= add_error(note_, what); }
  [[nodiscard]] bool changed() const { return changed_; }

private:
  ContainerNote& note_;
  std::string_view whose_;
  bool changed_ = false;
};

bool same_text(const std::string& a, const std::string& b) {
  return a == b;
}

bool same_directory(const events::LayerName& a, const events::LayerName& b) {
  return a.directory == b.directory;
}

bool merge_all(ContainerNote& note, const ContainerNote& other, std::string_view whose) {
  Merge merge(note, whose);
  if (note.engine.empty() || other.engine != kRuntimeOnly) {
    if (note.engine == kRuntimeOnly) note.engine.clear();
    merge.text("engine", note.engine, other.engine);
  }
  merge.text("id", note.id, other.id);
  merge.text("name", note.name, other.name);
  merge.text("image", note.image, other.image);
  merge.pid(note.init_pid, other.init_pid);
  for (const std::string& directory : other.directories)
    merge.list(note.directories, directory, kDirectoriesLimit, same_text);
  for (const events::LayerName& layer : other.layers)
    merge.list(note.layers, layer, kLayersLimit, same_directory);
  if (!other.error.empty()) merge.disagree(other.error);
  return merge.changed();
}

} // namespace

bool merge(ContainerNote& note, const ContainerNote& other, std::string_view whose) {
  return merge_all(note, other, whose);
}

bool update(ContainerNote& note, const ContainerNote& newer) {
  return merge_all(note, newer, {});
}
bool is_same_container(const ContainerNote& a, const ContainerNote& b) {
  return a.id == b.id &&
         (a.engine == b.engine || a.engine.empty() || b.engine.empty() ||
          a.engine == kRuntimeOnly || b.engine == kRuntimeOnly || is_whole_id(a.id));
}

bool add_error(ContainerNote& note, std::string_view what) {
  if (note.error.find(what) != std::string::npos) return false;
  if (note.error.size() + what.size() > kErrorLimit) return false;
  if (!note.error.empty()) note.error += "; ";
  note.error += what;
  return true;
}

std::vector<ContainerNote> named(const std::vector<ContainerNote>& notes, std::string_view word) {
  if (word.empty()) return notes;
  std::vector<ContainerNote> chosen;
  const auto choose = [&](auto means) {
    if (chosen.empty()) std::ranges::copy_if(notes, std::back_inserter(chosen), means);
  };
  choose([&](const ContainerNote& note) { return note.id == word; });
  choose([&](const ContainerNote& note) { return note.name == word; });
  choose(
      [&](const ContainerNote& note) { return is_whole_id(note.id) && note.id.starts_with(word); });
  return chosen;
}

std::string image_layer_name(std::string_view image, std::size_t number, std::string_view digest) {
  digest.remove_prefix(digest.find(':') + 1); // "sha256:…"
  return fmt::format("{} layer {} ({})", image.empty() ? "image" : image, number,
                     digest.substr(0, 12));
}

std::string part_before(std::string_view path, std::string_view name) {
  for (auto at = path.rfind(name); at != std::string_view::npos && at > 1;
       at = path.rfind(name, at - 1)) {
    const std::size_t end = at + name.size();
    if (path[at - 1] == '/' && (end == path.size() || path[end] == '/'))
      return std::string(path.substr(0, at - 1));
  }
  return {};
}

void add_once(std::vector<std::string>& texts, std::string text) {
  if (!text.empty() && std::ranges::find(texts, text) == texts.end())
    texts.push_back(std::move(text));
}

} // namespace vitrine::engines
