// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/overlay_records.h"

#include "userspace/base/clock.h"

namespace vitrine::tracer {
namespace {

using events::RecordWriter;

std::string_view call_name(std::uint32_t call) {
  switch (call) {
#define CALL(syscall, tracepoint, subject, event)                                                  \
  case VITRINE_CALL_##syscall:                                                                     \
    return #syscall;
#include "bpf/abi/calls.inc"
#undef CALL
  default:
    return {};
  }
}

/// The fields that every change has.
template<class T>
RecordWriter<T> change_record(const OverlayCall& call, const OverlayMount& mount,
                              const OverlayChange& change) {
  RecordWriter<T> writer(call.call.header);
  if (const auto name = call_name(call.call.call); !name.empty()) writer.string(&T::call, name);
  writer.string(&T::path, change.path);
  writer.string(&T::upper, mount.upper);
  writer->witnesses = change.witnesses;
  return writer;
}

/// Layer numbers begin at 1; one whose name did not fit into the mount's list is not known.
template<class T>
void set_lower(RecordWriter<T>& writer, const OverlayMount& mount, std::size_t layer) {
  if (layer >= 1 && layer <= mount.lower.size()) writer.string(&T::lower, mount.lower[layer - 1]);
}

} // namespace

template<class T>
void OverlayRecords::send(RecordWriter<T>& writer, const Give& give) {
  writer->header.cpu = kCpu;
  writer->header.sequence = ++sequence_;
  auto record = writer.record();
  if (!record) return; // a gap in the sequence tells
  ++given_[events::Record::kTypeOf<T>];
  give(std::move(*record));
}

bool OverlayRecords::change(const OverlayCall& call, const OverlayMount& mount,
                            const OverlayChange& change, const Give& give) {
  if (!wanted_.test(change.type)) return false;
  const auto layer = static_cast<std::size_t>(std::max(change.layer, 0));
  switch (change.type) {
  case VITRINE_EVENT_overlay_copy_up: {
    auto writer = change_record<ev_overlay_copy_up>(call, mount, change);
    set_lower(writer, mount, layer);
    writer->bytes = change.bytes;
    writer->directory = change.directory;
    send(writer, give);
    return true;
  }
  case VITRINE_EVENT_overlay_whiteout: {
    auto writer = change_record<ev_overlay_whiteout>(call, mount, change);
    set_lower(writer, mount, layer);
    send(writer, give);
    return true;
  }
  case VITRINE_EVENT_overlay_opaque: {
    auto writer = change_record<ev_overlay_opaque>(call, mount, change);
    set_lower(writer, mount, layer);
    send(writer, give);
    return true;
  }
  case VITRINE_EVENT_overlay_rename: {
    auto writer = change_record<ev_overlay_rename>(call, mount, change);
    writer.string(&ev_overlay_rename::from, change.from);
    writer->directory = change.directory;
    send(writer, give);
    return true;
  }
  default:
    return false;
  }
}

void OverlayRecords::check(const OverlayMount& mount, std::size_t index, const LayerCheck& check,
                           std::uint64_t now_ns, const Give& give) {
  if (!wanted_.test(VITRINE_EVENT_overlay_layer_check)) return;
  ev_header header = {};
  header.time_ns = now_ns;
  header.followed = mount.header.followed; // of who used it first
  RecordWriter<ev_overlay_layer_check> writer(header);
  set_lower(writer, mount, index);
  if (!mount.upper.empty()) writer.string(&ev_overlay_layer_check::upper, mount.upper);
  writer->files = check.files;
  writer->changed = check.changed;
  writer->complete = check.complete;
  if (check.changed != 0) writer.string(&ev_overlay_layer_check::changed_path, check.changed_path);
  if (check.newest_ns != 0)
    writer.string(&ev_overlay_layer_check::newest_change, rfc3339(check.newest_ns));
  send(writer, give);
}

void OverlayRecords::count(events::StreamEnd& end) const {
  for (std::size_t type = 0; type < given_.size(); ++type)
    end.emitted[type] += given_[type];
}

} // namespace vitrine::tracer
