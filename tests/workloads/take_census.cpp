// SPDX-License-Identifier: Apache-2.0
/// take_census WAY [WANTED…]: prints a census by one way (automatic, never, required) as one JSON
/// object. With "times=N" among what is wanted: the milliseconds of opening and of N censuses.
#include "userspace/objects/json.h"
#include "userspace/sources/census/census.h"

#include <charconv>
#include <cstdio>
#include <ctime>
#include <string_view>

namespace {

using namespace vitrine;

double milliseconds(clockid_t clock) {
  timespec time = {};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

class Stopwatch {
public:
  void print(const char* what) const {
    std::printf("%s %.2f ms, cpu %.2f ms\n", what, milliseconds(CLOCK_MONOTONIC) - wall_,
                milliseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_);
  }

private:
  double wall_ = milliseconds(CLOCK_MONOTONIC);
  double cpu_ = milliseconds(CLOCK_PROCESS_CPUTIME_ID);
};

template<class T>
objects::Json optional_json(const std::optional<T>& value) {
  bool escaped = false;
  return objects::json_of(value, escaped);
}

objects::Json facts_json(const objects::NamespaceFacts& facts) {
  return {{"id", objects::to_text(facts.id)},
          {"unique_id", facts.unique_id ? objects::Json(facts.unique_id->value) : objects::Json()},
          {"parent", optional_json(facts.parent)},
          {"owner", optional_json(facts.owner)},
          {"creator_uid", optional_json(facts.creator_uid)},
          {"references", optional_json(facts.references)},
          {"initial", facts.initial}};
}

objects::Json seen_json(const census::Observations& seen) {
  objects::Json document = {{"sources", seen.sources},
                            {"processes", objects::Json::array()},
                            {"namespaces", objects::Json::array()},
                            {"errors", objects::Json::array()}};
  for (const objects::Process& process : seen.processes)
    document["processes"].push_back(objects::to_json(process));
  for (const objects::NamespaceFacts& facts : seen.namespaces)
    document["namespaces"].push_back(facts_json(facts));
  for (const objects::SourceError& error : seen.errors)
    document["errors"].push_back(objects::to_json(error));
  return document;
}

int fail(const Error& error) {
  std::fprintf(stderr, "take_census: %s\n%s\n", error.message().c_str(), error.hint.c_str());
  return 1;
}

} // namespace

int main(int argc, char** argv) {
  const std::string_view way = argc > 1 ? argv[1] : "automatic";
  census::Options options;
  if (way == "never") options.iterators = census::IteratorUse::never;
  if (way == "required") options.iterators = census::IteratorUse::required;
  census::Wanted wanted;
  int times = 0;
  for (int i = 2; i < argc; ++i) {
    const std::string_view word = argv[i];
    wanted.threads |= word == "threads";
    wanted.files |= word == "files";
    wanted.namespaces |= word == "namespaces";
    wanted.commands |= word == "commands";
    wanted.security |= word == "security";
    if (word.starts_with("times="))
      std::from_chars(word.data() + 6, word.data() + word.size(), times);
  }
  const Stopwatch opening;
  auto census = census::Census::open(options);
  if (!census) return fail(census.error());
  if (times > 0) opening.print("open");
  for (int i = 0; i < times; ++i) {
    const Stopwatch taking;
    const auto seen = census->take(wanted);
    if (!seen) return fail(seen.error());
    taking.print("take");
  }
  if (times > 0) return 0;
  const auto seen = census->take(wanted);
  if (!seen) return fail(seen.error());
  std::puts(seen_json(*seen).dump().c_str());
}
