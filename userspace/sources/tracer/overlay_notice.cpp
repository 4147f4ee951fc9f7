// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/overlay_notice.h"

#include "userspace/events/field.h"
#include "userspace/kernel/overlay_options.h"

#include <cstring>
#include <string_view>

namespace vitrine::tracer {
namespace {

template<class T>
std::optional<T> fixed_part(std::span<const std::byte> bytes) {
  if (bytes.size() < sizeof(T)) return std::nullopt;
  T notice = {};
  std::memcpy(&notice, bytes.data(), sizeof notice);
  if (notice.header.size != bytes.size()) return std::nullopt;
  return notice;
}

/// Empty also when it is absent, unreadable or not inside of the record.
std::string text_of(std::span<const std::byte> bytes, const ev_string& string) {
  if ((string.state & (VITRINE_STRING_ABSENT | VITRINE_STRING_UNREADABLE)) != 0) return {};
  if (std::size_t{string.offset} + string.length > bytes.size()) return {};
  return {reinterpret_cast<const char*>(bytes.data()) + string.offset, string.length};
}

/// `path` from `directory` on, without "." and "..": as the text says, whatever links are on the
/// way.
std::string absolute_path(const std::string& directory, const std::string& path) {
  if (directory.empty() || path.empty()) return {};
  std::vector<std::string_view> names;
  const std::string whole = directory + "/" + path;
  std::string_view rest = whole;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view name = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (name.empty() || name == ".") continue;
    if (name != "..")
      names.push_back(name);
    else if (!names.empty())
      names.pop_back();
  }
  std::string out;
  for (const std::string_view name : names)
    out.append("/").append(name);
  return out.empty() ? "/" : out;
}

std::vector<Sighting> decode_sightings(std::string_view text) {
  std::vector<Sighting> sightings;
  while (text.size() >= sizeof(ev_overlay_sighting)) {
    Sighting sighting;
    std::memcpy(&sighting.what, text.data(), sizeof sighting.what);
    text.remove_prefix(sizeof sighting.what);
    if (sighting.what.length > text.size()) break;
    sighting.path = text.substr(0, sighting.what.length);
    text.remove_prefix(sighting.what.length);
    sightings.push_back(std::move(sighting));
  }
  return sightings;
}

} // namespace

std::optional<vitrine_notice> notice_type(std::span<const std::byte> bytes) {
  if (bytes.size() < sizeof(ev_header)) return std::nullopt;
  ev_header header = {};
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.type < VITRINE_NOTICE_OVERLAY_LAYER || header.type > VITRINE_NOTICE_OVERLAY_CALL)
    return std::nullopt;
  return static_cast<vitrine_notice>(header.type);
}

std::optional<LayerPlace> decode_layer(std::span<const std::byte> bytes) {
  const auto notice = fixed_part<ev_overlay_layer>(bytes);
  if (!notice) return std::nullopt;
  return LayerPlace{.overlay = notice->overlay,
                    .index = notice->index,
                    .inode = notice->inode,
                    .device_major = notice->device >> 20, // include/linux/kdev_t.h
                    .device_minor = notice->device & 0xfffff,
                    .path = text_of(bytes, notice->path)};
}

std::optional<OverlayMount> decode_mount(std::span<const std::byte> bytes, bool joined) {
  const auto notice = fixed_part<ev_overlay_mount>(bytes);
  if (!notice) return std::nullopt;
  OverlayMount mount;
  mount.header = notice->header;
  mount.id = notice->overlay;
  mount.used = notice->used != 0;
  mount.mounted = notice->mounted != 0;
  mount.upper = text_of(bytes, notice->upper);
  std::string lower = text_of(bytes, notice->lower);
  if (joined) lower.resize(kernel::split_lower_directories(lower.data(), lower.size()));
  for (const std::string_view directory : events::split_strings(lower))
    mount.lower.emplace_back(directory);
  return mount;
}

std::optional<OverlayCall> decode_call(std::span<const std::byte> bytes) {
  const auto notice = fixed_part<ev_overlay_call>(bytes);
  if (!notice) return std::nullopt;
  OverlayCall call;
  call.call = *notice;
  call.sightings = decode_sightings(text_of(bytes, notice->sightings));
  call.from = absolute_path(text_of(bytes, notice->from_directory), text_of(bytes, notice->from));
  call.to = absolute_path(text_of(bytes, notice->to_directory), text_of(bytes, notice->to));
  return call;
}

} // namespace vitrine::tracer
