// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/output/text_layout.h"
#include "userspace/query/lookup.h"

#include <string>
#include <string_view>
#include <vector>

/// One object of a snapshot told on a page. Pages are data: whoever shows them lays them out.
namespace vitrine::pages {

using output::Ink;
using output::Run;

/// A line of a section: what it is about, and what there is to say.
struct Entry {
  std::string label; ///< may be empty
  std::vector<Run> runs;
};

struct Section {
  std::string title; ///< empty: of the page's head
  std::vector<Entry> entries;

  /// Both may be foreign: they are escaped here.
  void add(std::string_view label, std::string_view text, Ink ink = Ink::plain);
  /// Nothing is added for what has no value.
  void add_known(std::string_view label, const std::optional<std::string>& text);
};

struct Page {
  std::string title;
  std::vector<Section> sections; ///< those without entries are left out

  Section& section(std::string_view title);
};

/// The page as lines; text goes on below its own beginning where the style has a width.
[[nodiscard]] std::string page_text(const Page& page, const output::TextStyle& style);

[[nodiscard]] Page container_page(const objects::Container& container, const query::Lookup& lookup);
[[nodiscard]] Page process_page(const objects::Process& process, const query::Lookup& lookup);
[[nodiscard]] Page namespace_page(const objects::Namespace& space, const query::Lookup& lookup);
/// Of one path: in every hierarchy that has it.
[[nodiscard]] Page cgroup_page(const std::vector<const objects::Cgroup*>& cgroups,
                               const query::Lookup& lookup);
[[nodiscard]] Page layer_page(const objects::Layer& layer, const query::Lookup& lookup);

} // namespace vitrine::pages
