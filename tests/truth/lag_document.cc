#include "truth/lag_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "support/files.h"

namespace pgfleet::test {
namespace {

constexpr const char* kBegin = "<!-- table: begin -->\n";
constexpr const char* kEnd = "<!-- table: end -->\n";
constexpr const char* kHeading =
    "| situation | true lag | pgfleet | `CASE` | `now() - pg_last_xact_replay_timestamp()` |"
    " `replay_lag` |\n| --- | --- | --- | --- | --- | --- |\n";

std::filesystem::path Path() {
  return std::filesystem::path(PGFLEET_SOURCE_DIR) / "docs" / "lag.md";
}

// The greatest error of a number that not every look has.
template <typename Number>
std::optional<double> GreatestError(const std::vector<Look>& looks, const Number& number) {
  std::optional<double> greatest;
  for (const Look& look : looks)
    if (const std::optional<double> value = number(look); value)
      greatest = std::max(greatest.value_or(0), look.truth.DistanceTo(*value));
  return greatest;
}

std::string Cell(std::optional<double> error, const char* without) {
  return error ? fmt::format("{:.1f} s", *error) : without;
}

std::string OurCell(const std::vector<Look>& looks) {
  const auto error = GreatestError(
      looks, [](const Look& look) { return look.lower_bound ? std::nullopt : look.lag; });
  std::string cell = error ? fmt::format("{:.1f} s", *error) : "";
  const auto add = [&cell](const char* what) {
    cell += (cell.empty() ? "" : ", ") + std::string(what);
  };
  if (std::ranges::any_of(looks, &Look::lower_bound)) add("lower bound");
  if (std::ranges::any_of(looks, [](const Look& look) { return !look.lag; })) add("absent");
  return cell;
}

const char* WithoutReplayLag(const std::vector<Look>& looks) {
  return looks.back().formulas.sender_answers ? "row gone" : "no answer";
}

std::string Line(const Act& act, const std::vector<Look>& looks) {
  double least = looks.at(0).truth.low;
  double most = 0;
  for (const Look& look : looks) {
    least = std::min(least, look.truth.low);
    most = std::max(most, look.truth.low);
  }
  const auto error = [&looks](std::optional<double> Formulas::* formula) {
    return GreatestError(looks, [formula](const Look& look) { return look.formulas.*formula; });
  };
  return fmt::format("| {} | {:.1f} to {:.1f} s | {} | {} | {} | {} |\n", act.title, least, most,
                     OurCell(looks), Cell(error(&Formulas::by_case), "absent"),
                     Cell(error(&Formulas::by_replay), "absent"),
                     Cell(error(&Formulas::replay_lag), WithoutReplayLag(looks)));
}

FileLock Lock() {
  return FileLock(std::filesystem::temp_directory_path() / "pgfleet-lag-document.lock");
}

struct Document {
  std::string before{}, after{};
  std::map<std::string, std::string> lines{};  // by title
};

Document Read() {
  const std::string text = ReadFile(Path());
  const auto begin = text.find(kBegin);
  const auto end = text.find(kEnd);
  if (begin == std::string::npos || end == std::string::npos)
    throw std::runtime_error("no marks of a table in " + Path().string());
  Document document{.before = text.substr(0, begin), .after = text.substr(end)};
  std::istringstream in(text.substr(begin, end - begin));
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("| ")) document.lines[line.substr(2, line.find(" | ") - 2)] = line + "\n";
  return document;
}

}  // namespace

bool LagDocumentHas(const Act& act) {
  const FileLock lock = Lock();
  return Read().lines.contains(act.title);
}

void RecordInLagDocument(const Act& act, const std::vector<Look>& looks) {
  const FileLock lock = Lock();
  Document document = Read();
  document.lines[act.title] = Line(act, looks);
  std::string text = document.before + kBegin + kHeading;
  for (const Play& play : Plays())
    for (const Act& each : play.acts) text += document.lines[each.title];
  WriteFile(Path(), text + document.after);
}

}  // namespace pgfleet::test
