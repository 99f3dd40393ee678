#include "config/setting_rules.h"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <system_error>

#include "config/scalars.h"

namespace pgfleet::config {
namespace {

// Endings of names whose values may hold passwords or tokens: nobody may see them, and so nobody
// can compare them. As the collector of settings has them.
constexpr std::array<std::string_view, 7> kSecrets = {
    "_command", "conninfo", "krb_server_keyfile", "passphrase", "password", "secret", "token"};

bool MayHoldASecret(std::string_view setting) {
  const std::string name = Lowered(setting);
  return std::ranges::any_of(kSecrets,
                             [&](std::string_view ending) { return name.ends_with(ending); });
}

// A number that has a unit or none.
struct Quantity {
  enum class Kind : std::uint8_t { kPlain, kBytes, kSeconds };
  Kind kind = Kind::kPlain;
  double value = 0;
};

struct Unit {
  std::string_view name;
  Quantity::Kind kind;
  double factor;
};
using enum Quantity::Kind;
constexpr std::array<Unit, 12> kUnits = {{{"", kPlain, 1},
                                          {"B", kBytes, 1},
                                          {"kB", kBytes, 0x1p10},
                                          {"MB", kBytes, 0x1p20},
                                          {"GB", kBytes, 0x1p30},
                                          {"TB", kBytes, 0x1p40},
                                          {"us", kSeconds, 1e-6},
                                          {"ms", kSeconds, 1e-3},
                                          {"s", kSeconds, 1},
                                          {"min", kSeconds, 60},
                                          {"h", kSeconds, 3600},
                                          {"d", kSeconds, 86400}}};

std::string UnitHint(std::string_view unit) {
  std::array<std::string_view, kUnits.size()> names;
  std::ranges::transform(kUnits, names.begin(), &Unit::name);
  return DidYouMean(unit, names);
}

struct BoundDraft {
  Quantity quantity;
  Place place;
};

struct RuleDraft {
  model::SettingRule rule;
  Place place;
  bool exact = false, one_of = false, bounded = false, set = false;  // which of them is given
  std::optional<BoundDraft> least, most;
};

void ReadExact(Reader& reader, const YamlNode& value, RuleDraft& draft) {
  draft.exact = true;
  if (value.kind == YamlNode::Kind::kScalar)
    draft.rule.one_of.push_back(value.text);
  else
    reader.faults.Add(
        value.place,
        fmt::format("'exact' needs a single value, not {}{}", KindName(value.kind),
                    value.kind == YamlNode::Kind::kNull ? ": write \"\" for an empty one" : ""));
}

void ReadOneOf(Reader& reader, const YamlNode& value, RuleDraft& draft) {
  draft.one_of = true;
  const auto items = ReadItems(reader, value, {"one_of", "values", "[replica, logical]"});
  if (value.kind == YamlNode::Kind::kSequence && items.empty())
    reader.faults.Add(value.place, "'one_of' is empty: it needs at least one value");
  for (const YamlNode& item : items) {
    if (item.kind == YamlNode::Kind::kScalar)
      draft.rule.one_of.push_back(item.text);
    else
      reader.faults.Add(
          item.place,
          fmt::format("a value of 'one_of' must be a single value, not {}", KindName(item.kind)));
  }
}

std::optional<Quantity> ReadQuantity(Reader& reader, const YamlNode& value, std::string_view name) {
  const std::string_view text = value.text;
  double number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view unit(stop, text.data() + text.size());
  unit.remove_prefix(std::min(unit.find_first_not_of(' '), unit.size()));
  const auto known = std::ranges::find(kUnits, unit, &Unit::name);
  if (value.kind == YamlNode::Kind::kScalar && error == std::errc{} && std::isfinite(number) &&
      known != kUnits.end())
    return Quantity{.kind = known->kind, .value = number * known->factor};
  reader.faults.Add(
      value.place,
      fmt::format("'{}' needs a number and, if it has one, its unit (B, kB, MB, GB, TB, us, ms, s, "
                  "min, h, d), such as 64MB{}",
                  name, error == std::errc{} ? UnitHint(unit) : ""));
  return std::nullopt;
}

void ReadBound(Reader& reader, const YamlNode& value, std::string_view name, RuleDraft& draft,
               std::optional<std::string>& text, std::optional<BoundDraft>& bound) {
  draft.bounded = true;
  const auto quantity = ReadQuantity(reader, value, name);
  if (!quantity) return;
  text = value.text;
  bound = {.quantity = *quantity, .place = value.place};
}

void ReadSet(Reader& reader, const YamlNode& value, RuleDraft& draft) {
  draft.set = true;
  if (const auto flag = ReadFlag(reader, value, "set")) draft.rule.set = flag->value;
}

void ReadNodeRole(Reader& reader, const YamlNode& value, RuleDraft& draft) {
  static constexpr std::array<std::string_view, 2> kRoles = {"primary", "standby"};  // NodeRole's
  if (const auto role = ReadChoice(reader, value, "role", kRoles))
    draft.rule.role = static_cast<model::NodeRole>(role->value);
}

constexpr Key<RuleDraft> kRuleKeys[] = {
    {"exact", false, &ReadExact, "value", "", "it has this value; the same as the value alone"},
    {"one_of", false, &ReadOneOf, "list of values", "", "it has one of these values"},
    {"at_least", false,
     [](Reader& r, const YamlNode& v, RuleDraft& draft) {
       ReadBound(r, v, "at_least", draft, draft.rule.at_least, draft.least);
     },
     "number with its unit", "", "it is not less; may stand with `at_most`"},
    {"at_most", false,
     [](Reader& r, const YamlNode& v, RuleDraft& draft) {
       ReadBound(r, v, "at_most", draft, draft.rule.at_most, draft.most);
     },
     "number with its unit", "", "it is not more; may stand with `at_least`"},
    {"set", false, &ReadSet, "`true` or `false`", "",
     "it is set to something, or to nothing else than what is built in; the only rule for a "
     "setting "
     "that may hold a secret"},
    {"role", false, &ReadNodeRole, "`primary` or `standby`", "both",
     "the rule is only about nodes that are this now"},
};

void CheckBounds(const RuleDraft& draft, Faults& faults) {
  if (!draft.least || !draft.most) return;
  const Quantity &least = draft.least->quantity, &most = draft.most->quantity;
  if (least.kind == most.kind && least.value > most.value)
    faults.Add(draft.most->place, "'at_most' is less than 'at_least': no value can be both");
  else if (least.kind != most.kind && least.kind != kPlain && most.kind != kPlain)
    faults.Add(draft.most->place, "'at_most' and 'at_least': one is a size and the other a time");
}

// Whether the rule says one thing, and one that can be known of this setting.
void CheckRule(const RuleDraft& draft, Faults& faults) {
  const int ways = draft.exact + draft.one_of + draft.bounded + draft.set;
  if (ways == 0)
    faults.Add(draft.place, "a rule needs 'exact', 'one_of', 'at_least', 'at_most' or 'set'");
  else if (ways > 1)
    faults.Add(draft.place,
               "a rule says one thing: 'exact', 'one_of', 'set', or 'at_least' and 'at_most'");
  else if (!draft.set && MayHoldASecret(draft.rule.setting))
    faults.Add(draft.place,
               fmt::format("'{}' may hold a secret, so that its value is never read: write {{set: "
                           "true}} or {{set: false}}",
                           draft.rule.setting));
  CheckBounds(draft, faults);
}

RuleDraft ReadRule(Reader& reader, const std::string& setting, const YamlNode& value) {
  RuleDraft draft;
  draft.rule.setting = setting;
  draft.place = value.place;
  if (value.kind == YamlNode::Kind::kMapping)
    ReadMapping<RuleDraft>(reader, fmt::format("the rule for '{}'", setting), value, kRuleKeys,
                           draft);
  else
    ReadExact(reader, value, draft);
  CheckRule(draft, reader.faults);
  return draft;
}

// Two rules for one node would either say the same or contradict each other.
void CheckRoles(const std::vector<RuleDraft>& drafts, Faults& faults) {
  for (std::size_t i = 1; i < drafts.size() && i < 3; ++i)
    for (std::size_t j = 0; j < i; ++j) {
      const auto &one = drafts[j].rule.role, &other = drafts[i].rule.role;
      if (one && other && *one != *other) continue;
      faults.Add(
          drafts[i].place,
          fmt::format("a second rule of '{}' for the same nodes (first on line {}): give each "
                      "a 'role' of its own, or leave one",
                      drafts[i].rule.setting, drafts[j].place.line));
      break;
    }
}

void ReadRules(Reader& reader, const std::string& setting, const YamlNode& value,
               std::vector<model::SettingRule>& rules) {
  std::vector<RuleDraft> drafts;
  if (value.kind != YamlNode::Kind::kSequence)
    drafts.push_back(ReadRule(reader, setting, value));
  else if (value.items.empty())
    reader.faults.Add(value.place, fmt::format("'{}' has no rule", setting));
  else
    for (const YamlNode& item : value.items) drafts.push_back(ReadRule(reader, setting, item));
  CheckRoles(drafts, reader.faults);
  for (RuleDraft& draft : drafts) rules.push_back(std::move(draft.rule));
}

}  // namespace

void ReadBaseline(Reader& reader, const YamlNode& value, std::vector<model::SettingRule>& rules) {
  if (value.kind != YamlNode::Kind::kMapping)
    return reader.faults.Add(
        value.place,
        fmt::format("'baseline' must be a mapping of settings, not {}", KindName(value.kind)));
  std::map<std::string, int> lines;
  for (std::size_t i = 0; i + 1 < value.items.size(); i += 2) {
    const YamlNode& name = value.items[i];
    if (!CheckSettingName(reader, name)) continue;
    const auto [first, is_new] = lines.emplace(Lowered(name.text), name.place.line);
    if (is_new)
      ReadRules(reader, name.text, value.items[i + 1], rules);
    else
      reader.faults.Add(name.place,
                        fmt::format("setting '{}' is there twice (first on line {}): PostgreSQL "
                                    "does not tell upper from lower case",
                                    name.text, first->second));
  }
}

void DescribeSettingRules(std::vector<KeyDoc>& docs) {
  Describe<RuleDraft>("rule", kRuleKeys, docs);
}

}  // namespace pgfleet::config
