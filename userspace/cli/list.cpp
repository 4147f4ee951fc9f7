// SPDX-License-Identifier: Apache-2.0
#include "userspace/cli/list.h"

#include "userspace/base/text_escape.h"
#include "userspace/cli/list_help.h"
#include "userspace/cli/output_options.h"
#include "userspace/cli/snapshot_source.h"
#include "userspace/cli/terminal_style.h"
#include "userspace/objects/snapshot_json.h"
#include "userspace/pages/list.h"
#include "userspace/pages/target.h"
#include "userspace/query/select.h"

#include <unistd.h>

namespace vitrine::cli {
namespace {

struct ListOptions {
  std::string from, filter, columns, sort;
  std::string colour = "auto";
  bool json = false;
  bool tree = false;
  bool no_headings = false;
};

/// What is asked, or why it cannot be.
Result<query::Query> make_query(const query::ObjectType& type, const ListOptions& options) {
  query::Query query;
  auto shown =
      query::pick_columns(type.columns, options.tree ? type.in_tree : type.usual, options.columns);
  if (!shown) return context(std::move(shown).error(), "--columns");
  query.shown = *std::move(shown);
  auto sort = query::parse_sort(options.sort, type.columns);
  if (!sort) return context(std::move(sort).error(), "--sort");
  query.sort = *std::move(sort);
  if (options.filter.empty()) return query;
  auto filter = query::Filter::parse(options.filter, type.columns);
  if (!filter) {
    const query::FilterError& wrong = filter.error();
    return with_hint(
        failure("--filter: {}\n{}", wrong.error.what, query::pointed_at(options.filter, wrong)),
        wrong.error.hint);
  }
  query.filter = *std::move(filter);
  return query;
}

/// Of layers: those of the container, or of the process's container, that was named.
Result<std::vector<std::size_t>> only_of(const query::Lookup& lookup, std::string_view target,
                                         const std::vector<std::size_t>& rows) {
  const auto container = pages::container_of_target(lookup, target);
  if (!container) return tl::unexpected(container.error());
  std::vector<std::size_t> kept;
  for (const std::size_t row : rows) {
    const auto& containers = lookup.row<objects::Layer>(row).containers;
    if (std::ranges::find(containers, *container) != containers.end()) kept.push_back(row);
  }
  return kept;
}

int show(const query::ObjectType& type, const query::Query& query, const ListOptions& options,
         const objects::Snapshot& snapshot, const std::string& target) {
  const query::Lookup lookup(snapshot);
  std::vector<std::size_t> rows = select(type, lookup, query);
  if (!target.empty()) {
    auto kept = only_of(lookup, target, rows);
    if (!kept) return report(kept.error());
    rows = *std::move(kept);
  }
  report_unseen(snapshot);
  if (options.json) return print(objects::snapshot_json(type.only(snapshot, rows)).dump(2) + "\n");
  return print(pages::list_text(type, query, lookup, rows,
                                {.tree = options.tree, .headings = !options.no_headings},
                                terminal_style(STDOUT_FILENO, options.colour)));
}

int run_list(query::Table table, const ListOptions& options, const Arguments& arguments) {
  const query::ObjectType& type = query::object_type(table);
  const std::string_view name = list_help(table).command;
  const std::size_t most = table == query::Table::layers ? 1 : 0;
  if (arguments.rest.size() > most)
    return report({0, fmt::format("{}: what is \"{}\"?", name, escape_text(arguments.rest[most])),
                   fmt::format("vitrine {} --help", name)},
                  kUsage);
  if (options.columns == "help")
    return print(pages::columns_text(type, terminal_style(STDOUT_FILENO, options.colour)));
  const auto query = make_query(type, options);
  if (!query) return report(context(query.error(), "{}", name).value(), kUsage);
  const std::string target = arguments.rest.empty() ? "" : arguments.rest.front();
  query::TableSet tables = tables_needed(type, *query);
  if (options.tree) tables |= type.parent_needs;
  if (!target.empty()) tables |= {query::Table::containers, query::Table::processes};
  block_write_signals();
  const auto snapshot = take_snapshot(options.from, tables);
  if (!snapshot) return report(snapshot.error());
  if (!type.size(*snapshot))
    return report({0,
                   fmt::format("{}: the snapshot has no {}", escape_text(options.from), type.name),
                   "it was made without them"});
  return show(type, *query, options, *snapshot, target);
}

} // namespace

void declare_list(Parser& parser, query::Table table) {
  const auto options = std::make_shared<ListOptions>();
  CLI::App& app = parser.app;
  app.add_option("-f,--filter", options->filter, "Only rows for which this expression is true")
      ->type_name("EXPRESSION");
  app.add_option(
         "-c,--columns", options->columns,
         "These columns, separated by commas; +NAME adds one to the usual ones, -NAME takes "
         "one away; all, or help, which explains them")
      ->type_name("LIST");
  app.add_option("-s,--sort", options->sort,
                 "By these columns; a minus in front turns the order round")
      ->type_name("LIST");
  auto* tree = app.add_flag("-t,--tree", options->tree, "Each below its parent");
  app.add_flag("-j,--json", options->json, "The rows as a JSON document")->excludes(tree);
  app.add_flag("--no-headings", options->no_headings, "Without the line of headings");
  app.add_option("--from", options->from,
                 "Of this snapshot instead of this host; - is standard input")
      ->type_name("FILE");
  app.add_option("--color", options->colour, "Colours (default auto)")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("auto|always|never");
  parser.footer = list_footer(table);
  parser.run = [table, options](const Arguments& arguments) {
    return run_list(table, *options, arguments);
  };
}

} // namespace vitrine::cli
