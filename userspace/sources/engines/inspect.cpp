// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/engines/inspect.h"

#include "userspace/base/text_escape.h"
#include "userspace/sources/engines/json.h"

namespace vitrine::engines {

Result<ContainerNote> parse_inspect(std::string_view answer, std::string_view container) {
  const auto document = parse_json(answer);
  if (!document) return tl::unexpected(document.error());
  ContainerNote note;
  note.id = text_at(*document, {"Id"});
  note.name = text_at(*document, {"Name"});
  if (note.name.starts_with('/')) note.name.erase(0, 1);
  if (!is_plain_name(note.id)) return failure("the answer has no container's id");
  if (named({note}, container).empty())
    return failure("asked about {}, it told about {}", escape_text(container),
                   escape_text(note.id));
  note.image = text_at(*document, {"Config", "Image"});
  const std::uint64_t pid = number_at(*document, {"State", "Pid"});
  if (pid <= INT32_MAX) note.init_pid = static_cast<std::uint32_t>(pid);
  for (const char* field : {"UpperDir", "MergedDir", "WorkDir"})
    if (const std::string path = text_at(*document, {"GraphDriver", "Data", field});
        path.starts_with('/'))
      add_once(note.directories, path);
  if (const std::string path = text_at(*document, {"NetworkSettings", "SandboxKey"});
      path.starts_with('/'))
    add_once(note.directories, path);
  return note;
}

} // namespace vitrine::engines
