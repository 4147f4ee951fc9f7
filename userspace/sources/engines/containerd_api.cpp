// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/engines/containerd_api.h"

#include "userspace/base/text_escape.h"

#include <map>

namespace vitrine::engines {
namespace {

constexpr std::size_t kFrameBytes = 5; // gRPC: compressed or not, and the message's length
constexpr std::size_t kTextLimit = 4096;

/// Walks over the fields of a protobuf message.
class Message {
public:
  explicit Message(std::string_view bytes) : rest_(bytes) {}

  /// The next field that has bytes of its own; others are passed over. False at the end.
  bool next(std::uint64_t& number, std::string_view& bytes) {
    while (!rest_.empty()) {
      const std::uint64_t tag = varint();
      number = tag >> 3;
      switch (tag & 7) {
      case 0:
        varint();
        break;
      case 1:
        skip(8);
        break;
      case 5:
        skip(4);
        break;
      case 2:
        bytes = take(varint());
        return !broken_;
      default:
        broken_ = true; // groups are not used
      }
      if (broken_) return false;
    }
    return false;
  }
  [[nodiscard]] bool broken() const { return broken_; }

private:
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return value;
    }
    broken_ = true;
    rest_ = {};
    return 0;
  }
  std::string_view take(std::uint64_t length) {
    if (length > rest_.size()) {
      broken_ = true;
      rest_ = {};
      return {};
    }
    const std::string_view bytes = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return bytes;
  }
  void skip(std::uint64_t length) { take(length); }

  std::string_view rest_;
  bool broken_ = false;
};

/// Empty for what no name can be.
std::string text(std::string_view bytes) {
  const bool usable = bytes.size() <= kTextLimit && bytes.find('\0') == std::string_view::npos;
  return usable ? std::string(bytes) : std::string();
}

/// An entry of a map<string, string>.
std::pair<std::string, std::string> map_entry(std::string_view bytes) {
  std::pair<std::string, std::string> entry;
  Message message(bytes);
  std::uint64_t number = 0;
  std::string_view field;
  while (message.next(number, field))
    (number == 1 ? entry.first : entry.second) = text(field);
  return entry;
}

/// As kubectl(1), crictl(1) and nerdctl(1) speak of it; containers of ctr(8) have no other name
/// than their id.
std::string name_of(const std::map<std::string, std::string>& labels, const std::string& id) {
  std::string name;
  for (const char* label :
       {"io.kubernetes.pod.namespace", "io.kubernetes.pod.name", "io.kubernetes.container.name"})
    if (const auto found = labels.find(label); found != labels.end())
      name += (name.empty() ? "" : "/") + found->second;
  if (!name.empty()) return name;
  const auto found = labels.find("nerdctl/name");
  if (found != labels.end()) return found->second;
  return is_whole_id(id) ? std::string() : id;
}

} // namespace

std::optional<ContainerdPlace> containerd_of(const Host& host, std::string_view container) {
  for (const EngineProcess& process : host.processes) {
    if (process.comm != "containerd-shim" || process.option({"-id", "--id"}) != container) continue;
    ContainerdPlace place{process.option({"-address", "--address"}),
                          process.option({"-namespace", "--namespace"})};
    constexpr std::string_view kScheme = "unix://";
    if (place.socket.starts_with(kScheme)) place.socket.erase(0, kScheme.size());
    if (place.socket.starts_with('/') && is_plain_name(place.space)) return place;
  }
  return std::nullopt;
}

std::string containerd_question(std::string_view container) {
  // Field 1 of the request, its length in one byte: is_plain_name() has 255 bytes at most, which
  // take two.
  std::string message = "\x0a";
  for (std::size_t length = container.size();; length >>= 7) {
    message += static_cast<char>(length < 0x80 ? length : (length & 0x7F) | 0x80);
    if (length < 0x80) break;
  }
  message += container;
  std::string frame(kFrameBytes, '\0');
  frame[3] = static_cast<char>(message.size() >> 8);
  frame[4] = static_cast<char>(message.size() & 0xFF);
  return frame + message;
}

Result<ContainerNote> parse_containerd_answer(std::string_view body, std::string_view container) {
  if (body.size() < kFrameBytes || body.front() != 0)
    return failure("the answer is no message of containerd's");
  Message answer(body.substr(kFrameBytes));
  std::uint64_t number = 0;
  std::string_view bytes;
  std::string_view found;
  while (answer.next(number, bytes))
    if (number == 1) found = bytes;
  Message message(found);
  ContainerNote note;
  note.engine = "containerd";
  std::map<std::string, std::string> labels;
  while (message.next(number, bytes)) {
    if (number == 1) note.id = text(bytes);
    if (number == 2) labels.insert(map_entry(bytes));
    if (number == 3) note.image = text(bytes);
  }
  if (answer.broken() || message.broken() || !is_plain_name(note.id))
    return failure("the answer is no message of containerd's");
  if (note.id != container)
    return failure("asked about {}, it told about {}", escape_text(container),
                   escape_text(note.id));
  note.name = name_of(labels, note.id);
  return note;
}

} // namespace vitrine::engines
