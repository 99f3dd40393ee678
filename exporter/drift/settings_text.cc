#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "drift/baseline_parts.h"
#include "drift/setting_classes.h"
#include "drift/setting_table.h"
#include "drift/settings_now.h"
#include "drift/yaml_text.h"

namespace pgfleet::drift {
namespace {

using model::SettingRule;

// What differs between nodes now, by folded name.
struct Difference {
  std::string setting;
  std::vector<std::string> remarks;  // a node each
};
using Differences = std::map<std::string, Difference>;

std::string RemarkOn(std::string_view node, const model::SettingDrift& drift) {
  if (drift.actual == kDiffers) return fmt::format("on {}", node);
  return fmt::format("{} has {} and not {}", node, Remark(drift.actual), Remark(drift.expected));
}

Differences DifferencesOf(const BaselineSource& source, std::size_t reference) {
  Differences differences;
  model::DesiredSettings fleet;
  fleet.fleet = source.inherited.fleet;
  const auto drift = CompareSettings(source.nodes, reference, fleet);
  for (std::size_t i = 0; i < drift.size(); ++i) {
    if (!drift[i].node) continue;
    for (const model::SettingDrift& found : *drift[i].node) {
      Difference& difference = differences[Folded(found.setting)];
      difference.setting = found.setting;
      difference.remarks.push_back(RemarkOn(source.nodes[i].name, found));
    }
  }
  return differences;
}

std::string ListText(const Differences& differences) {
  constexpr std::size_t kMost = 3;
  std::string text;
  for (const auto& [name, difference] : differences) {
    if (!IsWritable(difference.setting)) continue;
    const std::size_t count = std::min(difference.remarks.size(), kMost);
    const std::vector<std::string> told(
        difference.remarks.begin(),
        difference.remarks.begin() + static_cast<std::ptrdiff_t>(count));
    text += fmt::format("        - {}  # differs now: {}", YamlName(difference.setting),
                        fmt::join(told, "; "));
    if (difference.remarks.size() > count)
      text += fmt::format("; and {} more", difference.remarks.size() - count);
    text += '\n';
  }
  return text.empty() ? "" : "      may_differ:\n" + text;
}

std::string_view RoleName(model::NodeRole role) {
  return role == model::NodeRole::kPrimary ? "primary" : "standby";
}

// A rule of `exact`, `one_of` or `set`; DescribeSettings makes no other.
std::string RuleText(const SettingRule& rule) {
  if (rule.one_of.size() == 1 && !rule.role) return Quoted(rule.one_of.front());
  std::string text = "{";
  if (rule.set) {
    text += fmt::format("set: {}", *rule.set);
  } else if (rule.one_of.size() == 1) {
    text += "exact: " + Quoted(rule.one_of.front());
  } else {
    std::vector<std::string> values;
    values.reserve(rule.one_of.size());
    for (const std::string& value : rule.one_of) values.push_back(Quoted(value));
    text += fmt::format("one_of: [{}]", fmt::join(values, ", "));
  }
  if (rule.role) text += fmt::format(", role: {}", RoleName(*rule.role));
  return text + "}";
}

std::string RulesText(const std::vector<SettingRule>& rules) {
  if (rules.empty()) return "      baseline: {}\n";
  std::string text = "      baseline:\n";
  for (auto rule = rules.begin(); rule != rules.end(); ++rule) {
    const auto next = std::next(rule);
    text += fmt::format("        {}: ", YamlName(rule->setting));
    if (next != rules.end() && next->setting == rule->setting)
      text += fmt::format("[{}, {}]\n", RuleText(*rule++), RuleText(*next));
    else
      text += RuleText(*rule) + '\n';
  }
  return text;
}

// "": there are none of them.
std::string Note(std::string_view what, const std::vector<std::string>& settings) {
  if (settings.empty()) return "";
  std::vector<std::string> names;
  names.reserve(settings.size());
  for (const std::string& setting : settings) names.push_back(YamlName(setting));
  return fmt::format("      # {}: {}\n", what, fmt::join(names, ", "));
}

}  // namespace

std::string SettingsText(const BaselineSource& source) {
  const auto known = std::ranges::find_if(
      source.nodes, [](const NodeSettings& node) { return node.settings != nullptr; });
  if (known == source.nodes.end()) return "    # The settings of no node are known.\n";
  const std::size_t first = static_cast<std::size_t>(known - source.nodes.begin());
  const SettingsNow now = DescribeSettings(source.nodes, source.inherited);
  std::string text = "    settings:\n";
  text += Note("Hidden by a setting of the monitoring role or of its database", now.hidden);
  text += Note("Nothing that a rule could say is so on all nodes", now.without_a_rule);
  text += fmt::format("      practices: [{}]\n", fmt::join(now.practices, ", "));
  text += ListText(DifferencesOf(source, source.reference.value_or(first)));
  return text + RulesText(now.rules);
}

}  // namespace pgfleet::drift
