// SPDX-License-Identifier: Apache-2.0
#include "userspace/base/text_escape.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>

#include <wchar.h>

namespace vitrine {
namespace {

struct Character {
  char32_t code = 0;
  std::size_t length = 1; // bytes taken from the text
  bool valid = false;
};

/// The first character of non-empty `text`; overlong forms, surrogates and cut sequences are
/// invalid and one byte long (RFC 3629).
Character decode_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return {lead, 1, false};
  char32_t code = lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {lead, 1, false};
    code = (code << 6) | (byte(i) & 0x3fU);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  if (overlong || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff) return {lead, 1, false};
  return {code, length, true};
}

/// Characters that change how their neighbours are shown, or show nothing at all.
bool deceives_terminal(char32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad ||
         (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
         (code >= 0xfff9 && code <= 0xfffb) || (code >= 0xe0000 && code <= 0xe007f);
}

void append_escape(std::string& out, char32_t code) {
  switch (code) {
  case '\\':
    out += "\\\\";
    return;
  case '\n':
    out += "\\n";
    return;
  case '\t':
    out += "\\t";
    return;
  case '\r':
    out += "\\r";
    return;
  case 0x1b:
    out += "\\e";
    return;
  default:
    break;
  }
  if (code < 0x80)
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<std::uint32_t>(code));
  else
    fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}", static_cast<std::uint32_t>(code));
}

std::size_t width_of(char32_t code) {
  const int columns = ::wcwidth(static_cast<wchar_t>(code));
  return columns < 0 ? 1 : static_cast<std::size_t>(columns);
}

} // namespace

std::string escape_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character c = decode_utf8(text);
    if (!c.valid)
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<std::uint32_t>(c.code));
    else if (c.code == '\\' || deceives_terminal(c.code))
      append_escape(out, c.code);
    else
      out.append(text.substr(0, c.length));
    text.remove_prefix(c.length);
  }
  return out;
}

JsonText text_for_json(std::string_view text) {
  bool valid = true;
  for (auto rest = text; valid && !rest.empty();) {
    const Character c = decode_utf8(rest);
    valid = c.valid;
    rest.remove_prefix(c.length);
  }
  if (valid) return {std::string(text), false};
  JsonText out{{}, true};
  while (!text.empty()) {
    const Character c = decode_utf8(text);
    if (!c.valid)
      fmt::format_to(std::back_inserter(out.text), "\\x{:02x}", static_cast<std::uint32_t>(c.code));
    else if (c.code == '\\')
      out.text += "\\\\";
    else
      out.text.append(text.substr(0, c.length));
    text.remove_prefix(c.length);
  }
  return out;
}

std::optional<std::string> text_from_json(std::string_view escaped) {
  std::string text;
  while (!escaped.empty()) {
    const std::size_t plain = std::min(escaped.find('\\'), escaped.size());
    text += escaped.substr(0, plain);
    escaped.remove_prefix(plain);
    if (escaped.empty()) break;
    if (escaped.starts_with("\\\\")) {
      text += '\\';
      escaped.remove_prefix(2);
      continue;
    }
    unsigned char byte = 0;
    if (!escaped.starts_with("\\x") || escaped.size() < 4) return std::nullopt;
    const char* end = escaped.data() + 4;
    const auto [stop, error] = std::from_chars(escaped.data() + 2, end, byte, 16);
    if (error != std::errc() || stop != end) return std::nullopt;
    text += static_cast<char>(byte);
    escaped.remove_prefix(4);
  }
  return text;
}

std::size_t display_width(std::string_view escaped) {
  std::size_t width = 0;
  while (!escaped.empty()) {
    const Character c = decode_utf8(escaped);
    width += width_of(c.code);
    escaped.remove_prefix(c.length);
  }
  return width;
}

std::string_view fit_width(std::string_view escaped, std::size_t columns) {
  std::size_t width = 0;
  std::size_t taken = 0;
  while (taken < escaped.size()) {
    const Character c = decode_utf8(escaped.substr(taken));
    width += width_of(c.code);
    if (width > columns) break;
    taken += c.length;
  }
  return escaped.substr(0, taken);
}

} // namespace vitrine
