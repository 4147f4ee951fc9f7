// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/events/sample_records.h"

#include "tests/unit/events/record_builder.h"
#include "userspace/events/field.h"

#include <cerrno>

#include <fcntl.h>

namespace vitrine::events {
namespace {

using namespace std::string_view_literals;

constexpr std::uint64_t kBegin = 81'000'000'000;
constexpr ev_namespaces kNamespaces = {4026531841, 4026531838, 4026531839, 4026531840,
                                       4026531836, 4026531835, 0,          4026531837};

template<class T>
std::string_view bytes_of(const T& list) {
  return {reinterpret_cast<const char*>(list), sizeof list};
}

void set_integer(AnyRecordBuilder& builder, const FieldSchema& field, std::uint64_t value) {
  if (field.size == 8)
    builder.set(field.offset, value);
  else
    builder.set(field.offset, static_cast<std::uint32_t>(value));
}

std::string_view sample_text(const FieldSchema& field) {
  static constexpr std::int32_t kPids[] = {1, 4242};
  static constexpr std::uint32_t kIds[] = {0, 10, 4294967294};
  static constexpr ev_id_extent kMap[] = {{0, 100000, 65536}, {65536, 1000, 1}};
  switch (field.kind) {
  case Kind::path_:
    return "/run/größe/a\\b";
  case Kind::path_list_:
    return "/layers/3\0/layers/2:x\0/layers/1\0"sv;
  case Kind::argv_:
    return "sh\0-c\0echo \"hi\"\n\0"sv;
  case Kind::pid_list_:
    return bytes_of(kPids);
  case Kind::id_list_:
    return bytes_of(kIds);
  case Kind::id_map_:
    return bytes_of(kMap);
  default:
    return field.name == "file" ? "cpu.max"sv : "33554432\n"sv;
  }
}

void fill(AnyRecordBuilder& builder, const FieldSchema& field) {
  switch (field.kind) {
  case Kind::namespaces_: {
    ev_namespaces namespaces = kNamespaces;
    if (field.name == "after") namespaces.mnt = namespaces.pid = 4026532500;
    builder.set(field.offset, namespaces);
    return;
  }
  case Kind::credentials_:
    builder.set(field.offset,
                ev_credentials{1000, 1000, 0, 1000, 0, 1000, 0, 1000, 0x1ffffffffff, 0x1ffffffffff,
                               0, 0xa80425fb, 0x20000000000400, 0x2f, 1, 2, 3});
    return;
  case Kind::mount_:
    builder.set(field.offset,
                ev_mount{2147484500, 2147484400, 812, 30, 0, 52, 4026531841, 0x400023});
    return;
  case Kind::cgroup_value_:
    builder.set(field.offset, ev_cgroup_value{50000, 100000, VITRINE_CGROUP_VALUE_QUOTA, 0});
    return;
  case Kind::dirfd_:
    return set_integer(builder, field, static_cast<std::uint64_t>(AT_FDCWD));
  case Kind::id_:
    return set_integer(builder, field, ~std::uint64_t{0});
  case Kind::signal_:
    return set_integer(builder, field, 17);
  case Kind::namespace_kind_:
    return set_integer(builder, field, VITRINE_NS_NET);
  case Kind::inode_:
    return set_integer(builder, field, 4026531840);
  case Kind::cgroup_hierarchy_:
    return set_integer(builder, field, 4);
  case Kind::boot_time_:
    return set_integer(builder, field, kBegin + 5);
  case Kind::capabilities_:
    return set_integer(builder, field, 0x20000000200001);
  case Kind::enum_prctl_:
    return set_integer(builder, field, 24);
  case Kind::hex_:
    return set_integer(builder, field, 21);
  default:
    break;
  }
  if (field.is_string)
    builder.string(field.offset, sample_text(field),
                   VITRINE_STRING_TRUNCATED | VITRINE_STRING_AT_EXIT);
  else
    set_integer(builder, field, is_flags(field.kind) ? 0x40000003 : 1);
}

void number(AnyRecordBuilder& builder, std::size_t index) {
  ev_header& header = builder.header();
  header.sequence = index + 1;
  header.cpu = 1;
  header.time_ns = kBegin + index * 1000;
  header.duration_ns = 321;
  header.start_ns = 80'000'000'000;
  header.parent_pid = 4200;
  header.ns_pid = 1;
  header.pid = header.tid = 4242;
}

Record complete_record(const EventSchema& event, std::size_t index) {
  AnyRecordBuilder builder(event);
  number(builder, index);
  builder.comm("runc:[2:INIT]");
  builder.header().result = event.returns == Returns::fd ? 7 : 0;
  if (event.returns == Returns::pid) builder.header().result = 2;
  for (const FieldSchema& field : event.fields)
    fill(builder, field);
  return builder.record();
}

Record poor_record(const EventSchema& event, std::size_t index) {
  AnyRecordBuilder builder(event);
  number(builder, index);
  builder.comm("\xffname");
  builder.header().parent_pid = builder.header().ns_pid = 0;
  if (event.returns != Returns::none) builder.header().result = -EPERM;
  bool absent = false;
  for (const FieldSchema& field : event.fields)
    if (field.is_string && !std::exchange(absent, !absent))
      builder.string(field.offset, "", VITRINE_STRING_UNREADABLE);
  return builder.record();
}

} // namespace

StreamStart sample_start() {
  StreamStart start;
  start.time_ns = kBegin;
  start.realtime_ns = 1'769'860'800'000'000'000;
  start.hostname = "glass";
  start.kernel_release = "6.1.0-13-amd64";
  start.boot_id = "6f1c2a52-3f0e-4d57-9a27-0d9ad2f4b7a1";
  start.architecture = "x86_64";
  start.cgroup_mode = "hybrid";
  start.command = {"docker", "run", "--rm", "alpine", "true"};
  start.target_pid = 4200;
  start.host_namespaces = kNamespaces;
  start.hierarchies = {
      {4, "memory", "/user.slice"}, {1, "name=systemd", "/user.slice"}, {0, "", "/"}};
  start.processes = {{.pid = 700,
                      .start_ns = 3'000'000'000,
                      .parent_pid = 1,
                      .ns_pid = 700,
                      .followed = VITRINE_FOLLOWED_DAEMON,
                      .comm = "dockerd",
                      .argv = {"/usr/sbin/dockerd", "-H", "fd://"},
                      .namespaces = kNamespaces,
                      .cgroups = {{4, "memory", "/docker.service"}}}};
  start.notes = {"mounts have no unique id before Linux 6.8"};
  return start;
}

std::vector<Record> sample_records() {
  std::vector<Record> records;
  for (const EventSchema& event : all_events()) {
    records.push_back(complete_record(event, records.size()));
    records.push_back(poor_record(event, records.size()));
  }
  return records;
}

ContainerNote sample_note() {
  ContainerNote note;
  note.time_ns = kBegin + 5'000;
  note.engine = "docker";
  note.id = "0d3138bded3df5ddd6bcd47a173abd2841fa260ee239ffe0b4ef89e3db8cee77";
  note.name = "glass";
  note.image = "alpine:3";
  note.init_pid = 4242;
  note.directories = {"/var/lib/docker/overlay2/aa/merged"};
  note.layers = {{"/var/lib/docker/overlay2/bb/diff", "sha256:bb"}};
  return note;
}

StreamEnd sample_end() {
  StreamEnd end;
  end.time_ns = kBegin + 1'000'000'000;
  for (const Record& record : sample_records())
    ++end.emitted[record.schema().type];
  end.lost[VITRINE_EVENT_mount_mount] = 1;
  end.received = sample_records().size();
  end.exit_status = 137;
  return end;
}

} // namespace vitrine::events
