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
  Comparer(const SettingTable& reference, const SettingTable& node, std::optional<NodeRole> role,
           bool replays_wal)
      : reference_(reference), node_(node), role_(role), replays_wal_(replays_wal) {}

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
      VisitSingle(expected, actual);
    } else if (IsHidden(*expected->setting) || IsHidden(*actual->setting)) {
      findings_.not_comparable.insert(actual->name);
    } else if (comparison == Comparison::kNotLess) {
      CompareOneSided(*expected->setting, *actual->setting);
    } else if (!IsAlike(*expected->setting, *actual->setting)) {
      ReportValues(*expected->setting, *actual->setting);
    }
  }

  // A setting that only one of the two has. That of a newer minor release says nothing as long as
  // nobody sets it, nor does that of an extension that only one of our sessions has loaded.
  void VisitSingle(const Entry* expected, const Entry* actual) {
    const Entry& entry = *(expected != nullptr ? expected : actual);
    const bool is_custom = IsCustom(entry.name);
    if (is_custom && (reference_.LoadsAtSessionStart() || node_.LoadsAtSessionStart())) {
      findings_.not_comparable.insert(entry.name);
      return;
    }
    const bool is_of_a_release = !is_custom && entry.setting->is_default &&
                                 reference_.version_number() != node_.version_number();
    if (!is_of_a_release) Report(*entry.setting, DisplayedOf(expected), DisplayedOf(actual));
  }

  // What only one of the two would compare is compared: it was set there.
  Comparison ComparisonOf(const Entry* expected, const Entry* actual) const {
    const Comparison one = expected != nullptr ? expected->comparison : Comparison::kNone;
    const Comparison other = actual != nullptr ? actual->comparison : Comparison::kNone;
    const Comparison comparison = one == Comparison::kNone ? other : one;
    if (comparison == Comparison::kNone) return comparison;
    const Entry& entry = *(expected != nullptr ? expected : actual);
    const bool archives = entry.name == "archive_command" || entry.name == "archive_library";
    if (archives && entry.word != SettingRules::Word::kMustMatch && ArchivesDiffer())
      return Comparison::kNone;
    return comparison;
  }

  bool ArchivesDiffer() const {
    const ServerSetting* one = reference_.Find("archive_mode");
    const ServerSetting* other = node_.Find("archive_mode");
    return one != nullptr && other != nullptr && !IsAlike(*one, *other);
  }

  // A standby has to hold what the primary may use at once. More does no harm.
  void CompareOneSided(const ServerSetting& expected, const ServerSetting& actual) {
    const bool is_lower = actual.number < expected.number && !IsAlike(expected, actual);
    if (role_ == NodeRole::kPrimary || !is_lower || !replays_wal_) return;
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
  bool replays_wal_;
  SettingFindings findings_;
};

}  // namespace

NodeComparison CompareWithReference(const SettingTable& reference, const SettingTable& node,
                                    std::optional<NodeRole> role, bool replays_wal) {
  if (reference.SeesAll() != node.SeesAll()) {
    NodeComparison none;
    for (const Entry& entry : node.entries())
      if (entry.comparison != Comparison::kNone) none.not_comparable.insert(entry.name);
    return none;
  }
  SettingFindings findings = Comparer(reference, node, role, replays_wal).Run();
  return {.drift = std::move(findings.drift), .not_comparable = std::move(findings.not_comparable)};
}

}  // namespace pgfleet::drift
