#include "config/desired_settings.h"

#include <fmt/ranges.h>

#include <set>
#include <utility>

#include "config/setting_rules.h"

namespace pgfleet::config {
namespace {

template <std::vector<std::string> model::ComparisonLists::* kList>
void ReadPatterns(Reader& reader, const YamlNode& value, std::string_view key,
                  DesiredSettingsDraft& settings) {
  for (const YamlNode& item :
       ReadItems(reader, value, {key, "names of settings", "[cluster_name, \"log_*\"]"}))
    if (CheckSettingPattern(reader, item) &&
        CheckNotListed(reader, item, Lowered(item.text), key, settings.listed))
      (settings.lists.*kList).push_back(item.text);
}

bool CheckPractice(Reader& reader, const YamlNode& item) {
  const auto& known = model::kPracticeNames;
  if (std::ranges::find(known, std::string_view(item.text)) != known.end()) return true;
  reader.faults.Add(item.place, fmt::format("a practice must be one of {}{}",
                                            fmt::join(known, ", "), DidYouMean(item.text, known)));
  return false;
}

void ReadPractices(Reader& reader, const YamlNode& value, DesiredSettingsDraft& settings) {
  auto& practices = settings.practices.emplace();
  Listed listed;
  for (const YamlNode& item : ReadItems(reader, value, {"practices", "names", "[durability]"}))
    if (CheckPractice(reader, item) && CheckNotListed(reader, item, item.text, "practices", listed))
      practices.push_back(item.text);
}

constexpr std::string_view kListForm = "list of names or patterns";
constexpr Key<DesiredSettingsDraft> kKeys[] = {
    {"must_match", false,
     [](Reader& r, const YamlNode& v, DesiredSettingsDraft& settings) {
       ReadPatterns<&model::ComparisonLists::must_match>(r, v, "must_match", settings);
     },
     kListForm, "none", "compared between nodes although it would not be"},
    {"may_differ", false,
     [](Reader& r, const YamlNode& v, DesiredSettingsDraft& settings) {
       ReadPatterns<&model::ComparisonLists::may_differ>(r, v, "may_differ", settings);
     },
     kListForm, "none", "not compared between nodes; the baseline still holds"},
    {"ignore", false,
     [](Reader& r, const YamlNode& v, DesiredSettingsDraft& settings) {
       ReadPatterns<&model::ComparisonLists::ignore>(r, v, "ignore", settings);
     },
     kListForm, "none", "not looked at at all"},
    {"practices", false, &ReadPractices, "list of names", "none; in a cluster, those of the fleet",
     "baselines that come with the exporter"},
    {"baseline", false,
     [](Reader& r, const YamlNode& v, DesiredSettingsDraft& settings) {
       ReadBaseline(r, v, settings.baseline);
     },
     "mapping of settings", "nothing", "what settings should be"},
};

}  // namespace

void ReadDesiredSettings(Reader& reader, const YamlNode& value, DesiredSettingsDraft& settings) {
  ReadMapping<DesiredSettingsDraft>(reader, "'settings'", value, kKeys, settings);
}

model::DesiredSettings FinishDesiredSettings(const DesiredSettingsDraft& fleet,
                                             const DesiredSettingsDraft& cluster) {
  model::DesiredSettings done{
      .cluster = cluster.lists,
      .fleet = fleet.lists,
      .practices = cluster.practices.value_or(fleet.practices.value_or(std::vector<std::string>{})),
      .baseline = cluster.baseline};
  std::set<std::string> replaced;
  for (const model::SettingRule& rule : cluster.baseline) replaced.insert(Lowered(rule.setting));
  for (const model::SettingRule& rule : fleet.baseline)
    if (!replaced.contains(Lowered(rule.setting))) done.baseline.push_back(rule);
  std::ranges::sort(done.baseline, {}, [](const model::SettingRule& rule) {
    return std::pair(Lowered(rule.setting), rule.role);
  });
  return done;
}

void DescribeDesiredSettings(std::vector<KeyDoc>& docs) {
  Describe<DesiredSettingsDraft>("settings", kKeys, docs);
  DescribeSettingRules(docs);
}

}  // namespace pgfleet::config
