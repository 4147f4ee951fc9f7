// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/engines/engine.h"
#include "userspace/sources/engines/json.h"

namespace vitrine::engines {

void find_vitrine(const Host& host, const ContainerHint& hint, Findings& found) {
  std::vector<std::string> roots = {"/var/lib/vitrine/containers", "/run/vitrine/containers",
                                    "/run/vitrine-runtime"};
  for (const std::string& directory : hint.directories)
    add_once(roots, directory);
  for (const std::string& path : roots) {
    const auto root = Directory::open(host.root, path);
    if (!root) continue;
    for (const std::string& id : root->names_for(hint.id)) {
      const auto state = read_json(*root, id + "/state.json");
      // Other runtimes call it so too: only ours has this field.
      if (!state || field_at(*state, {"process_start"}) == nullptr) continue;
      ContainerNote note;
      note.engine = "vitrine";
      note.id = note.name = id;
      note.init_pid =
          living_pid_since(host, number_at(*state, {"pid"}), number_at(*state, {"process_start"}));
      note.directories = {path + "/" + id};
      found.notes.push_back(std::move(note));
    }
  }
}

} // namespace vitrine::engines
