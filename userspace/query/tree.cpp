// SPDX-License-Identifier: Apache-2.0
#include "userspace/query/tree.h"

#include <optional>

namespace vitrine::query {
namespace {

constexpr std::size_t kDeepest = 64; // a long chain would be drawn as the square of its length

enum class State : std::uint8_t { unknown, underway, known };

/// Finds the nearest ancestor that is shown; each object is looked at once.
class Ancestors {
public:
  Ancestors(const ObjectType& type, const Lookup& lookup, const std::vector<std::size_t>& rows)
      : type_(type),
        lookup_(lookup),
        shown_(*type.size(lookup.snapshot())),
        states_(shown_.size(), State::unknown),
        nearest_(shown_.size()) {
    for (const std::size_t row : rows)
      shown_[row] = true;
  }

  std::optional<std::size_t> nearest(std::size_t row) {
    std::vector<std::size_t> path;
    std::optional<std::size_t> found;
    for (std::size_t here = row; states_[here] != State::underway;) {
      if (states_[here] == State::known) {
        found = nearest_[here];
        break;
      }
      states_[here] = State::underway;
      path.push_back(here);
      const auto above = type_.parent(lookup_, here);
      if (!above) break;
      if (shown_[*above]) {
        found = above;
        break;
      }
      here = *above;
    }
    for (const std::size_t passed : path) {
      states_[passed] = State::known;
      nearest_[passed] = found;
    }
    return found;
  }

private:
  const ObjectType& type_;
  const Lookup& lookup_;
  std::vector<bool> shown_;
  std::vector<State> states_;
  std::vector<std::optional<std::size_t>> nearest_;
};

class Walk {
public:
  Walk(const ObjectType& type, const Lookup& lookup, const std::vector<std::size_t>& rows)
      : children_(*type.size(lookup.snapshot())), visited_(children_.size()) {
    Ancestors ancestors(type, lookup, rows);
    for (const std::size_t row : rows)
      if (const auto above = ancestors.nearest(row); above && *above != row)
        children_[*above].push_back(row);
      else
        roots_.push_back(row);
  }

  std::vector<Branch> take(const std::vector<std::size_t>& rows) {
    for (const std::size_t root : roots_)
      descend(root);
    for (const std::size_t row : rows) // what only a circle leads to
      descend(row);
    return std::move(branches_);
  }

private:
  void descend(std::size_t root) {
    std::vector<Branch> waiting = {{root, {}}};
    while (!waiting.empty()) {
      Branch branch = std::move(waiting.back());
      waiting.pop_back();
      if (visited_[branch.row]) continue;
      visited_[branch.row] = true;
      const auto& children = children_[branch.row];
      for (auto child = children.rbegin(); child != children.rend(); ++child) {
        Branch next{*child, branch.goes_on};
        if (next.goes_on.size() == kDeepest) next.goes_on.pop_back();
        next.goes_on.push_back(child != children.rbegin());
        waiting.push_back(std::move(next));
      }
      branches_.push_back(std::move(branch));
    }
  }

  std::vector<std::vector<std::size_t>> children_;
  std::vector<bool> visited_;
  std::vector<std::size_t> roots_;
  std::vector<Branch> branches_;
};

} // namespace

std::vector<Branch> tree(const ObjectType& type, const Lookup& lookup,
                         const std::vector<std::size_t>& rows) {
  if (rows.empty()) return {};
  return Walk(type, lookup, rows).take(rows);
}

} // namespace vitrine::query
