#include "drift/rule_check.h"

#include <optional>
#include <vector>

#include "drift/setting_table.h"
#include "drift/setting_value.h"

namespace pgfleet::drift {
namespace {

using model::ServerSetting;
using model::SettingRule;
using Verdict = RuleCheck::Verdict;

// A rule with its texts read, or as they are.
struct Demand {
  std::vector<std::string> one_of;
  std::string at_least, at_most;
};

std::string TextOf(const Demand& demand) {
  std::string text;
  for (std::size_t i = 0; i < demand.one_of.size(); ++i) {
    if (i > 0) text += i + 1 == demand.one_of.size() ? " or " : ", ";
    text += demand.one_of[i];
  }
  const auto add = [&text](std::string_view word, const std::string& value) {
    if (value.empty()) return;
    if (!text.empty()) text += ", ";
    text.append(word).append(value);
  };
  add("at least ", demand.at_least);
  add("at most ", demand.at_most);
  return text;
}

class Check {
 public:
  Check(const ServerSetting& setting, SettingValue actual, int version_number)
      : setting_(setting), actual_(std::move(actual)), version_number_(version_number) {}

  RuleCheck Run(const SettingRule& rule) {
    OneOf(rule.one_of);
    if (rule.at_least) demand_.at_least = Bound(*rule.at_least, false);
    if (rule.at_most) demand_.at_most = Bound(*rule.at_most, true);
    if (holds_ && is_readable_) return {};
    RuleCheck check{.verdict = is_readable_ ? Verdict::kBroken : Verdict::kUnreadable,
                    .expected = is_readable_ ? TextOf(demand_) : DeclaredText(rule),
                    .actual = ShownValue(setting_)};
    if (IsCustom(setting_.name)) {
      check.expected = kAsDeclared;
      check.actual = kDiffers;
    }
    return check;
  }

 private:
  void OneOf(const std::vector<std::string>& texts) {
    bool is_one = texts.empty(), is_each_readable = true;
    for (const std::string& text : texts) {
      const auto value = ReadValue(text, setting_, version_number_);
      if (!value) {
        is_each_readable = false;
        continue;
      }
      demand_.one_of.push_back(ShownValue(*value, setting_));
      is_one = is_one || SameValue(*value, actual_, setting_.name);
    }
    // A word of another version does no harm while one of the others is met.
    is_readable_ = is_readable_ && (is_each_readable || is_one);
    holds_ = holds_ && is_one;
  }

  std::string Bound(const std::string& text, bool is_upper) {
    const auto value = ReadValue(text, setting_, version_number_);
    const bool is_number = setting_.type == ServerSetting::Type::kInteger ||
                           setting_.type == ServerSetting::Type::kReal;
    const double* bound = value ? std::get_if<double>(&*value) : nullptr;
    const double* actual = std::get_if<double>(&actual_);
    if (!is_number || bound == nullptr || actual == nullptr) {
      is_readable_ = false;
      return {};
    }
    const bool is_inside = is_upper ? *actual <= *bound : *actual >= *bound;
    holds_ = holds_ && (is_inside || SameValue(*value, actual_, setting_.name));
    return ShownValue(*value, setting_);
  }

  const ServerSetting& setting_;
  SettingValue actual_;
  int version_number_;
  Demand demand_;
  bool holds_ = true, is_readable_ = true;
};

bool AsksForValue(const SettingRule& rule) {
  return !rule.one_of.empty() || rule.at_least || rule.at_most;
}

}  // namespace

std::string DeclaredText(const SettingRule& rule) {
  if (!AsksForValue(rule)) return SetOrNot(rule.set.value_or(true));
  if (IsCustom(rule.setting)) return std::string(kAsDeclared);
  return TextOf({.one_of = rule.one_of,
                 .at_least = rule.at_least.value_or(""),
                 .at_most = rule.at_most.value_or("")});
}

RuleCheck CheckRule(const SettingRule& rule, const ServerSetting& setting, int version_number) {
  if (IsHidden(setting)) return {.verdict = Verdict::kUnknown, .expected = {}, .actual = {}};
  if (rule.set && *rule.set == setting.is_default)
    return {.verdict = Verdict::kBroken,
            .expected = SetOrNot(*rule.set),
            .actual = SetOrNot(!*rule.set)};
  if (!AsksForValue(rule)) return {};
  auto actual = ValueOf(setting);
  if (!actual) return {.verdict = Verdict::kUnknown, .expected = {}, .actual = {}};
  return Check(setting, std::move(*actual), version_number).Run(rule);
}

}  // namespace pgfleet::drift
