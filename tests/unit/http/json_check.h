#pragma once

#include <cctype>
#include <string_view>

// Whether a text is JSON in UTF-8 without raw control characters (RFC 8259), nothing more and
// nothing less. It does not look for UTF-8 beyond its lead bytes.
namespace pgfleet::test {

class JsonCheck {
 public:
  explicit JsonCheck(std::string_view text) : rest_(text) {}
  bool Passes() { return Value() && (Spaces(), rest_.empty()); }

 private:
  void Spaces() {
    while (!rest_.empty() && std::string_view(" \t\r\n").contains(rest_.front()))
      rest_.remove_prefix(1);
  }
  bool Eat(std::string_view token) {
    Spaces();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  bool Digits() {
    const auto end = rest_.find_first_not_of("0123456789");
    const auto count = std::min(end, rest_.size());
    rest_.remove_prefix(count);
    return count > 0;
  }
  bool Escape() {
    if (rest_.empty()) return false;
    const char kind = rest_.front();
    rest_.remove_prefix(1);
    if (kind != 'u') return std::string_view("\"\\/bfnrt").contains(kind);
    if (rest_.find_first_not_of("0123456789abcdefABCDEF") < 4 || rest_.size() < 4) return false;
    rest_.remove_prefix(4);
    return true;
  }
  bool String() {
    if (!Eat("\"")) return false;
    while (!rest_.empty()) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      if (byte == '"') return true;
      if (byte < 0x20 || byte == 0xC0 || byte == 0xC1 || byte > 0xF4) return false;
      if (byte == '\\' && !Escape()) return false;
    }
    return false;
  }
  bool List(std::string_view end, auto&& item) {
    if (Eat(end)) return true;
    do {
      if (!item()) return false;
    } while (Eat(","));
    return Eat(end);
  }
  bool Value() {
    if (Eat("{")) return List("}", [this] { return String() && Eat(":") && Value(); });
    if (Eat("[")) return List("]", [this] { return Value(); });
    if (Eat("true") || Eat("false") || Eat("null")) return true;
    return rest_.starts_with('"') ? String() : (Eat("-"), Digits());
  }

  std::string_view rest_;
};

}  // namespace pgfleet::test
