// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/record.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

namespace vitrine::events {

/// Makes a record in user space, of what no program in the kernel can tell by itself. Numbers are 0
/// and strings absent until they are given; `header` says who, when and on which "CPU".
template<class T>
class RecordWriter {
public:
  explicit RecordWriter(const ev_header& header) {
    event_.header = header;
    event_.header.type = Record::kTypeOf<T>;
  }

  T* operator->() { return &event_; }

  /// At most `kStringMax` bytes; what is longer is cut and marked.
  void string(ev_string T::*field, std::string_view text) {
    const bool cut = text.size() > kStringMax;
    text = text.substr(0, kStringMax);
    event_.*field = {static_cast<__u16>(sizeof(T) + tail_.size()), static_cast<__u16>(text.size()),
                     static_cast<__u16>(cut ? VITRINE_STRING_TRUNCATED : 0), 0};
    tail_.append(text);
  }

  [[nodiscard]] Result<Record> record() {
    event_.header.size = static_cast<__u32>(sizeof(T) + tail_.size());
    std::vector<std::byte> bytes(event_.header.size);
    std::memcpy(bytes.data(), &event_, sizeof event_);
    std::copy_n(reinterpret_cast<const std::byte*>(tail_.data()), tail_.size(),
                bytes.begin() + sizeof event_);
    return Record::decode(bytes);
  }

private:
  static constexpr std::size_t kStringMax = 4096; // PATH_MAX

  T event_ = {};
  std::string tail_;
};

} // namespace vitrine::events
