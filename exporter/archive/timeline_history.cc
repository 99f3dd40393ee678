#include "archive/timeline_history.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace pgfleet::archive {
namespace {

constexpr std::string_view kBlank = " \t\r\f\v";

std::string_view TakeWord(std::string_view& line) {
  const auto begin = line.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  line.remove_prefix(begin);
  const std::string_view word = line.substr(0, line.find_first_of(kBlank));
  line.remove_prefix(word.size());
  return word;
}

// "1<tab>0/3000000<tab>no recovery target specified"
std::optional<Ancestor> ReadLine(std::string_view line) {
  Ancestor ancestor;
  const std::string_view number = TakeWord(line);
  const auto [stop, error] =
      std::from_chars(number.data(), number.data() + number.size(), ancestor.timeline);
  const auto end = model::Lsn::Parse(TakeWord(line));
  if (error != std::errc{} || stop != number.data() + number.size() || !end) return std::nullopt;
  ancestor.end = *end;
  return ancestor;
}

bool HoldsSomething(std::string_view line) {
  const std::string_view word = TakeWord(line);
  return !word.empty() && word[0] != '#';
}

}  // namespace

std::expected<std::vector<Ancestor>, std::string_view> ParseTimelineHistory(
    std::string_view text, std::uint32_t timeline) {
  std::vector<Ancestor> ancestors;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (!HoldsSomething(line)) continue;
    const auto ancestor = ReadLine(line);
    if (!ancestor) return std::unexpected("one of its lines cannot be read");
    const std::uint32_t before = ancestors.empty() ? 0 : ancestors.back().timeline;
    if (ancestor->timeline <= before || ancestor->timeline >= timeline)
      return std::unexpected("its timelines are not in order");
    if (!ancestors.empty() && ancestor->end < ancestors.back().end)
      return std::unexpected("a timeline ends before it begins");
    ancestors.push_back(*ancestor);
  }
  if (ancestors.empty()) return std::unexpected("it names no timeline");
  return ancestors;
}

}  // namespace pgfleet::archive
