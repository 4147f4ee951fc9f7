// SPDX-License-Identifier: Apache-2.0
// Whatever a file holds: it is refused, or gives calls that every view survives. The input is read
// as a file, and as the items of one block, which no mutation of compressed bytes would reach.
#include "userspace/base/unique_fd.h"
#include "userspace/events/json.h"
#include "userspace/events/recording_coding.h"
#include "userspace/events/recording_reader.h"
#include "userspace/events/tee_sink.h"
#include "userspace/output/ndjson.h"
#include "userspace/output/text_sink.h"

#include <cstdint>
#include <cstdlib>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

namespace {

using namespace vitrine;

/// The head and the schema of a recording as this version writes them.
std::string beginning() {
  std::string bytes(events::recording::kMagic);
  events::recording::Encoder{bytes}(events::recording::kMajor, events::recording::kMinor);
  return bytes;
}

std::string with_schema(std::string_view items) {
  events::recording::Schema schema{std::string(events::kTraceSchemaVersion), {}};
  for (const events::EventSchema& event : events::all_events())
    schema.events.push_back({static_cast<std::uint16_t>(event.type), event.fixed_size});
  std::string bytes;
  events::recording::Encoder{bytes}(events::recording::Item::schema, schema);
  return bytes.append(items);
}

std::string as_block(std::string_view items) {
  std::string frame(ZSTD_compressBound(items.size()), '\0');
  frame.resize(ZSTD_compress(frame.data(), frame.size(), items.data(), items.size(), 1));
  std::string bytes = beginning();
  events::recording::Encoder{bytes}(frame);
  return bytes;
}

void replay(std::string_view file, int sink_fd, output::Detail detail) {
  const UniqueFd fd(::memfd_create("recording", MFD_CLOEXEC));
  if (!write_all(fd.get(), file)) std::abort();
  ::lseek(fd.get(), 0, SEEK_SET);
  output::NdjsonSink json(sink_fd);
  output::TextSink text(sink_fd, {{.unicode = true, .colour = true, .width = 80}, detail});
  events::TeeSink both(json, text);
  events::RecordingReader reader(fd.get());
  for (bool more = true; more;) {
    const auto read = reader.read_block(both);
    more = read && *read;
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto detail = static_cast<output::Detail>(size % 5);
  replay(bytes, nowhere, detail);
  replay(as_block(with_schema(bytes)), nowhere, detail);
  return 0;
}
