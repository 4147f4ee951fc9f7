// SPDX-License-Identifier: Apache-2.0
#include "userspace/story/overlay_use.h"
#include "userspace/story/text.h"
#include "userspace/story/words.h"

#include <fmt/format.h>

namespace vitrine::story {
namespace {

/// "from /layers/1"
std::string layer_phrase(const events::Record& record, std::string_view before,
                         const ev_string& lower) {
  return present(record, lower) ? fmt::format("{} {}", before, text_of(record, lower))
                                : fmt::format("{} an unknown layer", before);
}

std::string call_phrase(const events::Record& record, const ev_string& call) {
  return present(record, call) ? ", by " + text_of(record, call) : std::string();
}

} // namespace

namespace words {

Words overlay_copy_up(const events::Record& record, const ev_overlay_copy_up& call,
                      const WordsContext&) {
  const bool directory = call.directory != 0;
  const std::string from = layer_phrase(record, "from", call.lower);
  std::string item = text_of(record, call.path);
  if (directory)
    item += "/";
  else
    item +=
        fmt::format(" ({})", call.bytes < 0 ? "size unknown"
                                            : byte_words(static_cast<std::uint64_t>(call.bytes)));
  return {.verb = "copy-up",
          .what = item + " " + from + call_phrase(record, call.call),
          .group = {directory ? GroupKind::copy_up_directory : GroupKind::copy_up, from, item}};
}

Words overlay_whiteout(const events::Record& record, const ev_overlay_whiteout& call,
                       const WordsContext&) {
  const std::string layer = layer_phrase(record, "of", call.lower);
  const std::string path = text_of(record, call.path);
  return {.verb = "whiteout",
          .what = fmt::format("{} {} is hidden{}", path, layer, call_phrase(record, call.call)),
          .group = {GroupKind::whiteout, layer, path}};
}

Words overlay_opaque(const events::Record& record, const ev_overlay_opaque& call,
                     const WordsContext&) {
  return {.verb = "opaque",
          .what =
              fmt::format("{}/ hides all that is in the one {}{}", text_of(record, call.path),
                          layer_phrase(record, "of", call.lower), call_phrase(record, call.call))};
}

Words overlay_rename(const events::Record& record, const ev_overlay_rename& call,
                     const WordsContext&) {
  return {.verb = "rename",
          .what = fmt::format("{} {} {} in the upper layer{}", text_of(record, call.from), kArrow,
                              text_of(record, call.path), call_phrase(record, call.call))};
}

Words overlay_layer_check(const events::Record& record, const ev_overlay_layer_check& call,
                          const WordsContext&) {
  const LayerState state{.files = call.files,
                         .changed = call.changed,
                         .complete = call.complete != 0,
                         .changed_path = std::string(record.string(call.changed_path).text)};
  return {.verb = "layer",
          .what = fmt::format("{}: {}", text_of(record, call.lower), layer_state_words(state)),
          .weight = Weight::detail};
}

} // namespace words
} // namespace vitrine::story
