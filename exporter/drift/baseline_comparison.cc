#include "drift/baseline_comparison.h"

#include <fmt/format.h>

#include <map>

#include "drift/practices.h"
#include "drift/rule_check.h"

namespace pgfleet::drift {
namespace {

using model::NodeRole;
using model::ServerSetting;
using model::SettingDrift;
using model::SettingRule;
using Verdict = RuleCheck::Verdict;

class Comparer {
 public:
  Comparer(const SettingTable& node, std::optional<NodeRole> role, const SettingRules& rules)
      : node_(node), role_(role), rules_(rules) {}

  void Declared(const std::vector<SettingRule>& baseline) {
    for (const SettingRule& rule : baseline) {
      if (!Applies(rule)) continue;
      declared_.insert(Folded(rule.setting));
      if (const ServerSetting* setting = node_.Find(rule.setting))
        Declared(rule, *setting);
      else if (node_.SeesAll())
        Report(rule.setting, DeclaredText(rule), std::string(kNotThere), "");
      else
        findings_.not_comparable.insert(Folded(rule.setting));
    }
  }

  void Practised(const Practice& practice) {
    for (const PracticeRule& asked : practice.rules) {
      const SettingRule rule = AsSettingRule(asked);
      const ServerSetting* setting = node_.Find(rule.setting);
      if (setting == nullptr || !Applies(rule) || declared_.contains(rule.setting) ||
          IsSet(asked.unless_set))
        continue;
      RuleCheck check = Checked(rule, *setting);
      if (check.verdict == Verdict::kBroken)
        Report(setting->name, std::move(check.expected), std::move(check.actual),
               fmt::format("{}: {}", practice.name, asked.why));
    }
  }

  SettingFindings Take() {
    for (auto& [name, drift] : drift_) findings_.drift.push_back(std::move(drift));
    return std::move(findings_);
  }

 private:
  bool Applies(const SettingRule& rule) const {
    return (!rule.role || rule.role == role_) && !rules_.Ignores(rule.setting);
  }

  bool IsSet(std::string_view name) const {
    const ServerSetting* setting = name.empty() ? nullptr : node_.Find(name);
    return setting != nullptr && !IsHidden(*setting) && !setting->is_default;
  }

  void Declared(const SettingRule& rule, const ServerSetting& setting) {
    RuleCheck check = Checked(rule, setting);
    const bool is_unreadable = check.verdict == Verdict::kUnreadable;
    if (is_unreadable || check.verdict == Verdict::kBroken)
      Report(setting.name, std::move(check.expected), std::move(check.actual),
             is_unreadable ? "what is declared cannot be read as a value of this setting" : "");
  }

  RuleCheck Checked(const SettingRule& rule, const ServerSetting& setting) {
    RuleCheck check = CheckRule(rule, setting, node_.version_number());
    if (check.verdict == Verdict::kUnknown) findings_.not_comparable.insert(Folded(setting.name));
    return check;
  }

  // The first of a setting stands.
  void Report(const std::string& setting, std::string expected, std::string actual,
              std::string note) {
    drift_.emplace(Folded(setting), SettingDrift{.setting = setting,
                                                 .against = model::Against::kBaseline,
                                                 .expected = std::move(expected),
                                                 .actual = std::move(actual),
                                                 .note = std::move(note)});
  }

  const SettingTable& node_;
  std::optional<NodeRole> role_;
  const SettingRules& rules_;
  std::set<std::string> declared_;  // folded
  std::map<std::string, SettingDrift> drift_;
  SettingFindings findings_;
};

}  // namespace

SettingFindings CompareWithBaseline(const SettingTable& node, std::optional<NodeRole> role,
                                    const model::DesiredSettings& desired,
                                    const SettingRules& rules) {
  Comparer comparer(node, role, rules);
  comparer.Declared(desired.baseline);
  for (const std::string& name : desired.practices)
    if (const Practice* practice = FindPractice(name)) comparer.Practised(*practice);
  return comparer.Take();
}

}  // namespace pgfleet::drift
