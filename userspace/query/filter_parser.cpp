// SPDX-License-Identifier: Apache-2.0
#include "userspace/base/text_escape.h"
#include "userspace/query/filter.h"
#include "userspace/query/filter_node.h"

#include <re2/re2.h>

#include <algorithm>

namespace vitrine::query {
namespace {

constexpr std::size_t kLongestFilter = 4096; // bytes
constexpr int kDeepestNesting = 64;
constexpr std::int64_t kExpressionMemory = 1 << 20;

constexpr std::string_view kBlanks = " \t\n\r";

bool same_word(std::string_view word, std::string_view keyword) {
  return std::ranges::equal(word, keyword, [](char c, char lower) { return (c | 0x20) == lower; });
}

/// A stretch of the filter's text and what it says.
struct Token {
  std::size_t position = 0;
  std::size_t length = 0;
  std::string text;
  bool quoted = false;
};

template<class T>
using Parsed = tl::expected<T, FilterError>;

/// A recursive descent over the characters; each function leaves `position_` behind what it read.
class Parser {
public:
  Parser(std::string_view text, const std::vector<Column>& columns)
      : text_(text), columns_(columns) {}

  Parsed<Node> parse() {
    if (text_.size() > kLongestFilter)
      return wrong(kLongestFilter, 1, failure("it is longer than {} bytes", kLongestFilter));
    skip_blanks();
    if (at_end()) return Node{Group{}};
    auto node = parse_any();
    if (!node) return node;
    if (!at_end()) return wrong(position_, 1, failure("there is no ( before this )"));
    return node;
  }

  [[nodiscard]] TableSet needs() const { return needs_; }

private:
  static tl::unexpected<FilterError> wrong(std::size_t position, std::size_t length,
                                           tl::unexpected<Error> error) {
    return tl::unexpected(FilterError{position, length, std::move(error).value()});
  }
  static tl::unexpected<FilterError> wrong(const Token& token, tl::unexpected<Error> error) {
    return wrong(token.position, token.length, std::move(error));
  }

  [[nodiscard]] bool at_end() const { return position_ >= text_.size(); }
  [[nodiscard]] bool at(char c) const { return !at_end() && text_[position_] == c; }
  void skip_blanks() {
    position_ = std::min(text_.find_first_not_of(kBlanks, position_), text_.size());
  }

  /// "and", "or" or "not" as a word of its own; it is taken when it is the one wanted.
  bool take_keyword(std::string_view keyword) {
    const std::size_t end = std::min(text_.find_first_of(" \t\n\r()\"'", position_), text_.size());
    if (!same_word(text_.substr(position_, end - position_), keyword)) return false;
    position_ = end;
    skip_blanks();
    return true;
  }
  [[nodiscard]] bool before_keyword(std::string_view keyword) {
    const std::size_t here = position_;
    const bool found = take_keyword(keyword);
    position_ = here;
    return found;
  }

  Parsed<Node> parse_any() { return parse_group(Junction::any, &Parser::parse_all); }
  Parsed<Node> parse_all() { return parse_group(Junction::all, &Parser::parse_one); }

  bool goes_on(Junction junction) {
    skip_blanks();
    if (at_end() || at(')')) return false;
    if (junction == Junction::any) return take_keyword("or");
    return take_keyword("and") || !before_keyword("or");
  }

  Parsed<Node> parse_group(Junction junction, Parsed<Node> (Parser::*parse_part)()) {
    Group group{junction, {}};
    do {
      auto node = (this->*parse_part)();
      if (!node) return node;
      group.nodes.push_back(*std::move(node));
    } while (goes_on(junction));
    if (group.nodes.size() == 1) return std::move(group.nodes.front());
    return Node{std::move(group)};
  }

  Parsed<Node> parse_one() {
    if (at_end()) return wrong(position_, 0, failure("something is missing at the end"));
    if (at(')')) return wrong(position_, 1, failure("something is missing before this )"));
    for (const std::string_view keyword : {"and", "or"})
      if (before_keyword(keyword))
        return wrong(position_, keyword.size(),
                     with_hint(failure("something is missing before \"{}\"", keyword),
                               "in quotes it is a word to look for"));
    if (depth_ >= kDeepestNesting)
      return wrong(position_, 1, failure("it is nested more than {} levels deep", kDeepestNesting));
    ++depth_;
    auto node = parse_nested();
    --depth_;
    return node;
  }

  Parsed<Node> parse_nested() {
    if (take_keyword("not")) {
      auto node = parse_one();
      if (!node) return node;
      Group group{Junction::none, {}};
      group.nodes.push_back(*std::move(node));
      return Node{std::move(group)};
    }
    if (!at('(')) return parse_term();
    const std::size_t open = position_++;
    skip_blanks();
    auto node = parse_any();
    if (!node) return node;
    if (!at(')')) return wrong(open, 1, failure("there is no ) for this ("));
    ++position_;
    return node;
  }

  Parsed<Token> read_quoted() {
    const char quote = text_[position_];
    Token token{position_, 1, {}, true};
    for (++position_; !at_end(); ++position_) {
      if (at(quote)) {
        token.length = ++position_ - token.position;
        return token;
      }
      // A backslash takes its meaning from a quote or a backslash, and from nothing else: it stays
      // in regular expressions.
      const char next = position_ + 1 < text_.size() ? text_[position_ + 1] : '\0';
      if (at('\\') && (next == quote || next == '\\')) ++position_;
      token.text += text_[position_];
    }
    return wrong(token, failure("there is no second {}", quote));
  }

  Token token_up_to(std::size_t end) {
    Token token{position_, end - position_, std::string(text_.substr(position_, end - position_)),
                false};
    position_ = end;
    return token;
  }

  /// Up to a blank, a parenthesis, a quote or an operator.
  Parsed<Token> read_word() {
    if (at('"') || at('\'')) return read_quoted();
    std::size_t end = position_;
    while (end < text_.size() &&
           std::string_view(" \t\n\r()\"'=<>~").find(text_[end]) == std::string_view::npos &&
           !text_.substr(end).starts_with("!="))
      ++end;
    return token_up_to(end);
  }

  /// Up to a blank, or a parenthesis that was not opened in it: "~^(a|b)$" is one value.
  Parsed<Token> read_value() {
    skip_blanks();
    if (at('"') || at('\'')) return read_quoted();
    int open = 0;
    std::size_t end = position_;
    for (; end < text_.size() && kBlanks.find(text_[end]) == kBlanks.npos; ++end) {
      if (text_[end] == '(') ++open;
      if (text_[end] == ')' && open-- == 0) break;
    }
    return token_up_to(end);
  }

  std::optional<Operator> take_operator() {
    struct Row {
      std::string_view sign;
      Operator how;
    };
    // A sign that begins like another one stands after it.
    constexpr Row kOperators[] = {{"!=", Operator::unequal},  {"<=", Operator::at_most},
                                  {">=", Operator::at_least}, {"=", Operator::equal},
                                  {"<", Operator::less},      {">", Operator::more},
                                  {"~", Operator::fits}};
    skip_blanks();
    for (const Row& row : kOperators)
      if (text_.substr(position_).starts_with(row.sign)) {
        position_ += row.sign.size();
        return row.how;
      }
    return std::nullopt;
  }

  Parsed<Node> parse_term() {
    auto word = read_word();
    if (!word) return tl::unexpected(std::move(word).error());
    const std::size_t sign = position_;
    const auto how = take_operator();
    if (!how) {
      std::ranges::transform(word->text, word->text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      });
      return Node{Word{std::move(word->text)}};
    }
    if (word->length == 0)
      return wrong(sign, position_ - sign, failure("a column is missing before it"));
    const Column* column = find_column(columns_, word->text);
    if (column == nullptr) return wrong(*word, no_column(columns_, word->text));
    needs_ |= column->needs;
    return parse_comparison(*column, *how);
  }

  Parsed<Node> parse_comparison(const Column& column, Operator how) {
    auto token = read_value();
    if (!token) return tl::unexpected(std::move(token).error());
    if (token->length == 0)
      return wrong(*token, with_hint(failure("a value is missing"), "\"\" is the empty one"));
    if (how == Operator::fits) return parse_expression(column, *token);
    const bool ordering = how != Operator::equal && how != Operator::unequal;
    if (!token->quoted && token->text == "null") {
      if (ordering) return wrong(*token, failure("nothing is less or more than null"));
      return Node{Comparison{&column, how, {}, {}}};
    }
    if (ordering && (column.kind == Kind::list || column.kind == Kind::flag))
      return wrong(*token, failure("{} is {}, which has no less or more", column.name,
                                   column.kind == Kind::list ? "a list" : "yes or no"));
    auto value = parse_value(column.kind, token->text);
    if (!value) return wrong(*token, tl::unexpected(std::move(value).error()));
    return Node{Comparison{&column, how, *std::move(value), {}}};
  }

  static Parsed<Node> parse_expression(const Column& column, const Token& token) {
    re2::RE2::Options options(re2::RE2::Latin1); // names are bytes, not always UTF-8
    options.set_log_errors(false);
    options.set_max_mem(kExpressionMemory);
    auto expression = std::make_shared<const re2::RE2>(token.text, options);
    if (!expression->ok())
      return wrong(token, failure("no regular expression: {}", escape_text(expression->error())));
    return Node{Comparison{&column, Operator::fits, {}, std::move(expression)}};
  }

  std::string_view text_;
  const std::vector<Column>& columns_;
  std::size_t position_ = 0;
  int depth_ = 0;
  TableSet needs_;
};

} // namespace

tl::expected<Filter, FilterError> Filter::parse(std::string_view text,
                                                const std::vector<Column>& columns) {
  Parser parser(text, columns);
  auto root = parser.parse();
  if (!root) return tl::unexpected(std::move(root).error());
  Filter filter;
  filter.root_ = std::make_shared<const Node>(*std::move(root));
  filter.needs_ = parser.needs();
  return filter;
}

} // namespace vitrine::query
