// SPDX-License-Identifier: Apache-2.0
#include "userspace/events/json_values.h"

#include "userspace/base/clock.h"
#include "userspace/base/text_escape.h"
#include "userspace/events/field.h"

#include <utility>

namespace vitrine::events {

Json text_or_null(std::string_view text) {
  return text.empty() ? Json() : Json(text_for_json(text).text);
}

Json time_json(std::uint64_t time_ns, const StreamStart& start) {
  if (start.realtime_ns == 0) return {};
  return rfc3339(start.realtime_ns + time_ns - start.time_ns);
}

Json namespaces_json(const ev_namespaces& namespaces) {
  Json json = Json::object();
  for (const NamespaceMember& member : kNamespaceMembers)
    json[member.kind] = or_null(namespace_text(member.kind, namespaces.*member.inode));
  return json;
}

Json credentials_json(const ev_credentials& credentials) {
  const auto capabilities = [](std::uint64_t set) {
    return kernel::flag_names(kernel::kCapabilities, set);
  };
  return {
      {"uid", credentials.uid},
      {"gid", credentials.gid},
      {"euid", credentials.euid},
      {"egid", credentials.egid},
      {"suid", credentials.suid},
      {"sgid", credentials.sgid},
      {"fsuid", credentials.fsuid},
      {"fsgid", credentials.fsgid},
      {"effective", capabilities(credentials.effective)},
      {"permitted", capabilities(credentials.permitted)},
      {"inheritable", capabilities(credentials.inheritable)},
      {"bounding", capabilities(credentials.bounding)},
      {"ambient", capabilities(credentials.ambient)},
      {"securebits", kernel::flag_names(kernel::kSecurebits, credentials.securebits)},
      {"no_new_privs", credentials.no_new_privs != 0},
      {"seccomp_mode", kernel::enum_text(kernel::kSeccompModes, credentials.seccomp_mode)},
      {"seccomp_filters", credentials.seccomp_filters},
  };
}

Json mount_json(const ev_mount& mount) {
  if (mount.id == 0 && mount.unique_id == 0) return {};
  Json json = {
      {"id", mount.id},
      {"unique_id", id_or_null(mount.unique_id)},
      {"parent_id", mount.parent_id},
      {"parent_unique_id", id_or_null(mount.parent_unique_id)},
      {"device", fmt::format("{}:{}", mount.device_major, mount.device_minor)},
      {"flags", kernel::flag_names(kernel::kMntFlags, mount.flags)},
  };
  if (auto place = namespace_text("mnt", mount.mnt_inode)) json["namespace"] = *std::move(place);
  return json;
}

Json hierarchy_json(std::uint32_t number, const StreamStart& start) {
  const CgroupHierarchy* hierarchy = find_hierarchy(start, number);
  return {
      {"number", number},
      {"version", number == 0 ? 2 : 1},
      {"controllers",
       hierarchy != nullptr ? Json(text_for_json(hierarchy->controllers).text) : Json()},
  };
}

Json id_map_json(std::string_view bytes) {
  Json lines = Json::array();
  for (const ev_id_extent& extent : split_values<ev_id_extent>(bytes))
    lines.push_back(
        {{"inside", extent.inside}, {"outside", extent.outside}, {"count", extent.count}});
  return lines;
}

} // namespace vitrine::events
