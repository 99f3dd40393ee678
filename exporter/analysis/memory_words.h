#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/lsn.h"

// What the memory's text is made of; ToText and FromText share it.
namespace pgfleet::analysis::memory_words {

// One line, one fact; the last line counts those before it, so that a file that was cut off is no
// file. Names are those of the configuration: they hold no space.
inline constexpr std::string_view kFirstLine = "pgfleet-state 1";
inline constexpr std::string_view kNone = "-";

// The words of a line, taken one after another. After one that is none, `ok` stays false.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}

  std::string_view Next() {
    const auto end = std::min(rest_.find(' '), rest_.size());
    const auto word = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ok_ = ok_ && !word.empty();
    return word;
  }
  template <typename T>
  T Number() {
    const auto word = Next();
    T number{};
    const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    ok_ = ok_ && error == std::errc{} && stop == word.data() + word.size();
    return number;
  }
  std::string Text() {
    const auto word = Next();
    return word == kNone ? std::string() : std::string(word);
  }
  // Absent for the word that stands for nothing.
  template <typename T>
  std::optional<T> MaybeNumber() {
    if (rest_ != kNone && !rest_.starts_with("- ")) return Number<T>();
    Next();
    return std::nullopt;
  }
  model::Lsn Position() { return {Number<std::uint64_t>()}; }
  void Fail() { ok_ = false; }
  bool Done() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace pgfleet::analysis::memory_words
