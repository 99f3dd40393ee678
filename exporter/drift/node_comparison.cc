#include "drift/node_comparison.h"

#include <algorithm>

#include "drift/setting_value.h"

namespace pgfleet::drift {
namespace {

using model::NodeRole;
using model::ServerSetting;
using Comparison = SettingRules::Comparison;
using Entry = SettingTable::Entry;

constexpr int kFirstThatPauses = 140000;

class Comparer {
 public:
  Comparer(const SettingTable& reference, const SettingTable& node, std::optional<NodeRole> role)
      : reference_(reference), node_(node), role_(role) {}

  SettingFindings Run() {
    VisitBoth(reference_, node_,
              [this](const Entry* expected, const Entry* actual) { Visit(expected, actual); });
    return std::move(findings_);
  }

 private:
  void Visit(const Entry* expected, const Entry* actual) {
    const Comparison comparison = ComparisonOf(expected, actual);
    if (comparison == Comparison::kNone) return;
    if (expected == nullptr || actual == nullptr) {
      Report(*(expected != nullptr ? expected : actual)->setting, DisplayedOf(expected),
             DisplayedOf(actual));
    } else if (IsHidden(*expected->setting) || IsHidden(*actual->setting)) {
      findings_.not_comparable.insert(actual->name);
    } else if (comparison == Comparison::kNotLess) {
      CompareOneSided(*expected->setting, *actual->setting);
    } else if (!IsAlike(*expected->setting, *actual->setting)) {
      ReportValues(*expected->setting, *actual->setting);
    }
  }

  // What only one of the two would compare is compared: it was set there.
  Comparison ComparisonOf(const Entry* expected, const Entry* actual) const {
    const Comparison one = expected != nullptr ? expected->comparison : Comparison::kNone;
    const Comparison other = actual != nullptr ? actual->comparison : Comparison::kNone;
    const Entry& entry = *(expected != nullptr ? expected : actual);
    if (entry.name == "archive_command" && entry.word != SettingRules::Word::kMustMatch &&
        ArchivesDiffer())
      return Comparison::kNone;
    return one == Comparison::kNone ? other : one;
  }

  bool ArchivesDiffer() const {
    const ServerSetting* one = reference_.Find("archive_mode");
    const ServerSetting* other = node_.Find("archive_mode");
    return one != nullptr && other != nullptr && !IsAlike(*one, *other);
  }

  // A standby has to hold what the primary may use at once. More does no harm.
  void CompareOneSided(const ServerSetting& expected, const ServerSetting& actual) {
    const bool is_lower = actual.number < expected.number && !IsAlike(expected, actual);
    if (role_ == NodeRole::kPrimary || !is_lower) return;
    Report(actual, "at least " + Displayed(expected), Displayed(actual), Consequence());
  }

  std::string Consequence() const {
    if (node_.version_number() == 0) return "a standby needs at least as much as its primary";
    return node_.version_number() >= kFirstThatPauses
               ? "replay pauses when the primary's value arrives"
               : "the standby shuts down when the primary's value arrives";
  }

  void ReportValues(const ServerSetting& expected, const ServerSetting& actual) {
    const bool is_private = IsCustom(actual.name) && !IsRedacted(expected) && !IsRedacted(actual);
    if (is_private)
      Report(actual, "set", std::string(kDiffers));
    else if (IsRedacted(expected) || IsRedacted(actual))
      Report(actual, SetOrNot(!expected.is_default), SetOrNot(!actual.is_default));
    else
      Report(actual, Displayed(expected), Displayed(actual));
  }

  static std::string DisplayedOf(const Entry* entry) {
    return entry != nullptr ? Displayed(*entry->setting) : std::string(kNotThere);
  }

  void Report(const ServerSetting& setting, std::string expected, std::string actual,
              std::string note = {}) {
    findings_.drift.push_back({.setting = setting.name,
                               .against = model::Against::kNode,
                               .expected = std::move(expected),
                               .actual = std::move(actual),
                               .note = std::move(note)});
  }

  const SettingTable& reference_;
  const SettingTable& node_;
  std::optional<NodeRole> role_;
  SettingFindings findings_;
};

}  // namespace

NodeComparison CompareWithReference(const SettingTable& reference, const SettingTable& node,
                                    std::optional<NodeRole> role) {
  if (reference.SeesAll() != node.SeesAll()) {
    NodeComparison none;
    for (const Entry& entry : node.entries())
      if (entry.comparison != Comparison::kNone) none.not_comparable.insert(entry.name);
    return none;
  }
  SettingFindings findings = Comparer(reference, node, role).Run();
  return {.drift = std::move(findings.drift), .not_comparable = std::move(findings.not_comparable)};
}

}  // namespace pgfleet::drift
