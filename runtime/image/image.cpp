// SPDX-License-Identifier: Apache-2.0
#include "runtime/image/image.h"

#include <nlohmann/json.hpp>

namespace vitrine::image {
namespace {

using nlohmann::json;

Result<std::vector<std::string>> strings(const json& object, const char* field) {
  std::vector<std::string> out;
  const auto found = object.find(field);
  if (found == object.end() || found->is_null()) return out;
  if (!found->is_array()) return failure("{} must be an array of strings", field);
  for (const json& element : *found) {
    if (!element.is_string()) return failure("{} must be an array of strings", field);
    out.push_back(element.get<std::string>());
  }
  return out;
}

Result<std::string> string(const json& object, const char* field) {
  const auto found = object.find(field);
  if (found == object.end() || found->is_null()) return std::string();
  if (!found->is_string()) return failure("{} must be a string", field);
  return found->get<std::string>();
}

/// "sha256:" and 64 hexadecimal digits: it becomes a file's name.
bool is_digest(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256:";
  return text.size() == kPrefix.size() + 64 && text.starts_with(kPrefix) &&
         text.find_first_not_of("0123456789abcdef", kPrefix.size()) == std::string_view::npos;
}

template<class T>
bool take(Result<T> from, T& to, Error& error) {
  if (!from) {
    error = std::move(from).error();
    return false;
  }
  to = *std::move(from);
  return true;
}

} // namespace

Result<Image> parse_image(std::string_view text) {
  const json document = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object()) return failure("image configuration: not a JSON object");
  const json config = document.value("config", json::object());
  const json rootfs = document.value("rootfs", json::object());
  if (!config.is_object() || !rootfs.is_object())
    return failure("image configuration: config and rootfs must be objects");

  Image image;
  Error error;
  const bool good = take(strings(rootfs, "diff_ids"), image.layers, error) &&
                    take(strings(config, "Entrypoint"), image.entrypoint, error) &&
                    take(strings(config, "Cmd"), image.command, error) &&
                    take(strings(config, "Env"), image.env, error) &&
                    take(string(config, "WorkingDir"), image.working_directory, error) &&
                    take(string(config, "User"), image.user, error);
  if (!good) return context(std::move(error), "image configuration");
  if (image.layers.empty()) return failure("image configuration: rootfs.diff_ids is empty");
  for (const std::string& layer : image.layers)
    if (!is_digest(layer)) return failure("image configuration: rootfs.diff_ids: not a digest");
  return image;
}

} // namespace vitrine::image
