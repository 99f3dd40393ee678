#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace pgfleet::http {

// Writes JSON that is valid whatever bytes the texts hold (log/escape.h). The caller closes what it
// opens, and names what stands in an object.
class JsonWriter {
 public:
  JsonWriter& Open(char bracket) {  // '{' or '['
    Separate();
    text_ += bracket;
    first_ = true;
    return *this;
  }
  JsonWriter& Close(char bracket) {
    text_ += bracket;
    first_ = false;
    return *this;
  }
  JsonWriter& Key(std::string_view key);
  void Text(std::string_view value);
  void Bool(bool value) { Raw(value ? "true" : "false"); }
  void Number(std::integral auto value) { Raw(std::to_string(value)); }
  void Null() { Raw("null"); }

  std::string Take() { return std::move(text_); }

 private:
  void Raw(std::string_view value) {
    Separate();
    text_ += value;
  }
  void Separate();

  std::string text_;
  bool first_ = true;
};

}  // namespace pgfleet::http
