// SPDX-License-Identifier: Apache-2.0
#include "userspace/story/overlay_use.h"

#include "userspace/base/text_escape.h"
#include "userspace/story/text.h"

#include <fmt/format.h>

#include <vector>

namespace vitrine::story {
namespace {

void learn_copy_up(OverlayUse& use, const ev_overlay_copy_up& event) {
  if (event.directory != 0) {
    ++use.directories;
    return;
  }
  ++use.files;
  if (event.bytes < 0)
    ++use.files_of_unknown_size;
  else
    use.bytes += static_cast<std::uint64_t>(event.bytes);
}

} // namespace

void learn_overlay_use(OverlayUses& uses, const events::Record& record) {
  const auto use_of = [&](const ev_string& upper) -> OverlayUse& {
    return uses[std::string(record.string(upper).text)];
  };
  if (const auto* copied = record.as<ev_overlay_copy_up>())
    learn_copy_up(use_of(copied->upper), *copied);
  else if (const auto* hidden = record.as<ev_overlay_whiteout>())
    ++use_of(hidden->upper).whiteouts;
  else if (const auto* opaque = record.as<ev_overlay_opaque>())
    ++use_of(opaque->upper).opaque;
  else if (const auto* renamed = record.as<ev_overlay_rename>())
    ++use_of(renamed->upper).renames;
  else if (const auto* check = record.as<ev_overlay_layer_check>())
    use_of(check->upper).layers[std::string(record.string(check->lower).text)] = {
        .files = check->files,
        .changed = check->changed,
        .complete = check->complete != 0,
        .changed_path = std::string(record.string(check->changed_path).text)};
}

std::string byte_words(std::uint64_t bytes) {
  constexpr std::uint64_t kKibi = 1024;
  if (bytes < kKibi) return counted(bytes, "byte", "bytes");
  double value = static_cast<double>(bytes);
  std::string_view unit;
  for (const std::string_view larger : {"KiB", "MiB", "GiB", "TiB"}) {
    if (value < kKibi) break;
    value /= kKibi;
    unit = larger;
  }
  return fmt::format("{:.1f} {}", value, unit);
}

std::string use_words(const OverlayUse& use) {
  std::vector<std::string> words;
  if (use.files != 0) {
    std::string size = byte_words(use.bytes);
    if (use.files_of_unknown_size != 0)
      size = fmt::format("{} at least, the size of {} is unknown", size, use.files_of_unknown_size);
    words.push_back(fmt::format("{} copied up ({})", counted(use.files, "file", "files"), size));
  }
  const auto add = [&](std::uint64_t count, std::string_view one, std::string_view many) {
    if (count != 0) words.push_back(counted(count, one, many));
  };
  add(use.directories, "directory copied up", "directories copied up");
  add(use.whiteouts, "whiteout", "whiteouts");
  add(use.opaque, "opaque directory", "opaque directories");
  add(use.renames, "rename", "renames");
  return words.empty() ? "no lower file was changed or removed" : joined(words);
}

std::string layer_state_words(const LayerState& state) {
  const std::string files = counted(state.files, "file", "files");
  if (state.changed != 0)
    return fmt::format("{} of {} CHANGED, {} among them", state.changed, files,
                       escape_text(state.changed_path));
  if (state.files == 0) return "out of reach: not checked";
  if (!state.complete) return fmt::format("{} unchanged, not checked completely", files);
  return fmt::format("unchanged, {}", files);
}

} // namespace vitrine::story
