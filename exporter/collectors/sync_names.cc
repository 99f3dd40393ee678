#include "collectors/sync_names.h"

#include <algorithm>
#include <charconv>

namespace pgfleet::collectors {
namespace {

enum class Kind : std::uint8_t { kEnd, kFirst, kAny, kNumber, kName, kOpen, kClose, kComma, kBad };

struct Token {
  Kind kind = Kind::kEnd;
  std::string_view text;
};

bool IsSpace(char c) { return std::string_view(" \t\n\r\f\v").contains(c); }
bool IsDigit(char c) { return '0' <= c && c <= '9'; }
bool IsLetter(char c) {
  return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool IsWord(char c) { return IsLetter(c) || IsDigit(c) || c == '$'; }

// Letters of ASCII only, as the server compares keywords.
bool IsKeyword(std::string_view word, std::string_view upper) {
  return std::ranges::equal(word, upper, {}, [](char c) {
    return 'a' <= c && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : rest_(text) {}

  Token Next() {
    Take(std::ranges::find_if_not(rest_, IsSpace) - rest_.begin());
    if (rest_.empty()) return {};
    const char c = rest_.front();
    if (c == '"') return Quoted();
    if (IsDigit(c)) return {Kind::kNumber, Run(IsDigit)};
    if (IsLetter(c)) return Word();
    return {Sign(c), Take(1)};
  }

 private:
  static Kind Sign(char c) {
    switch (c) {
      case '(':
        return Kind::kOpen;
      case ')':
        return Kind::kClose;
      case ',':
        return Kind::kComma;
      case '*':
        return Kind::kName;
      default:
        return Kind::kBad;
    }
  }
  std::string_view Take(std::ptrdiff_t length) {
    const auto taken = rest_.substr(0, static_cast<std::size_t>(length));
    rest_.remove_prefix(taken.size());
    return taken;
  }
  std::string_view Run(bool (*belongs)(char)) {
    return Take(std::ranges::find_if_not(rest_, belongs) - rest_.begin());
  }
  Token Word() {
    const auto word = Run(IsWord);
    if (IsKeyword(word, "FIRST")) return {Kind::kFirst, word};
    if (IsKeyword(word, "ANY")) return {Kind::kAny, word};
    return {Kind::kName, word};
  }
  // A doubled quote stands for one and does not end the name.
  Token Quoted() {
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] != '"') continue;
      if (i + 1 < rest_.size() && rest_[i + 1] == '"')
        ++i;
      else
        return {Kind::kName, Take(static_cast<std::ptrdiff_t>(i) + 1)};
    }
    return {Kind::kBad, rest_};
  }

  std::string_view rest_;
};

// From a name (a number is one too) up to `end`, which must be followed by nothing.
bool IsList(Lexer& lexer, Token token, Kind end) {
  while (token.kind == Kind::kName || token.kind == Kind::kNumber) {
    token = lexer.Next();
    if (token.kind == end) return end == Kind::kEnd || lexer.Next().kind == Kind::kEnd;
    if (token.kind != Kind::kComma) return false;
    token = lexer.Next();
  }
  return false;
}

// `n (list)`, the number read already and the lexer behind the parenthesis.
std::optional<std::int64_t> Counted(Lexer& lexer, std::string_view number) {
  std::int64_t count = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), count);
  if (parsed.ec != std::errc() || count <= 0) return std::nullopt;
  if (!IsList(lexer, lexer.Next(), Kind::kClose)) return std::nullopt;
  return count;
}

}  // namespace

std::optional<std::int64_t> RequiredStandbys(std::string_view names) {
  Lexer lexer(names);
  Token token = lexer.Next();
  if (token.kind == Kind::kEnd) return 0;
  const bool keyword = token.kind == Kind::kFirst || token.kind == Kind::kAny;
  if (keyword) token = lexer.Next();
  if (token.kind == Kind::kNumber) {
    Lexer ahead = lexer;
    if (ahead.Next().kind == Kind::kOpen) return Counted(ahead, token.text);
  }
  if (keyword || !IsList(lexer, token, Kind::kEnd)) return std::nullopt;
  return 1;
}

}  // namespace pgfleet::collectors
