// SPDX-License-Identifier: Apache-2.0
#include "userspace/cli/inspect.h"

#include "userspace/cli/output_options.h"
#include "userspace/cli/snapshot_source.h"
#include "userspace/cli/terminal_style.h"
#include "userspace/objects/snapshot_json.h"
#include "userspace/pages/target.h"

#include <unistd.h>

namespace vitrine::cli {
namespace {

constexpr const char* kFooter =
    R"(TARGET is a pid, a container's name or id or the beginning of one, a namespace ("net:[4026531840]" or
its number), a cgroup's path, or a layer's id or path. An identity as JSON has it is exact: PID:START,
ENGINE/ID. What is not known is called unknown, or left out.
Exit status: 0; 1 when there is no such object, or the name may mean several; 2 for wrong usage.

Examples:
  sudo vitrine inspect web
  sudo vitrine inspect 1
  sudo vitrine inspect 'net:[4026531840]'
  vitrine inspect --from host.json --json 3f2a | jq '.namespaces[].kept_alive_by'
)";

struct InspectOptions {
  std::string from;
  std::string colour = "auto";
  bool json = false;
};

int run_inspect(const InspectOptions& options, const Arguments& arguments) {
  if (arguments.rest.size() != 1)
    return report({0, "inspect: one target is needed", "vitrine inspect --help"}, kUsage);
  block_write_signals();
  const auto snapshot = take_snapshot(options.from, query::kEveryTable);
  if (!snapshot) return report(snapshot.error());
  const query::Lookup lookup(*snapshot);
  const auto target = pages::find_target(lookup, arguments.rest.front());
  if (!target) return report(target.error());
  report_unseen(*snapshot);
  if (options.json)
    return print(objects::snapshot_json(pages::related(*target, lookup)).dump(2) + "\n");
  return print(pages::page_text(pages::page_of(*target, lookup),
                                terminal_style(STDOUT_FILENO, options.colour)));
}

} // namespace

void declare_inspect(Parser& parser) {
  const auto options = std::make_shared<InspectOptions>();
  CLI::App& app = parser.app;
  app.add_flag("-j,--json", options->json, "It and what belongs to it as a JSON document");
  app.add_option("--from", options->from,
                 "Of this snapshot instead of this host; - is standard input")
      ->type_name("FILE");
  app.add_option("--color", options->colour, "Colours (default auto)")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("auto|always|never");
  parser.footer = kFooter;
  parser.run = [options](const Arguments& arguments) { return run_inspect(*options, arguments); };
}

} // namespace vitrine::cli
