#include <algorithm>
#include <array>

#include "collectors/join.h"
#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/series_dropped.h"
#include "collectors/settings_list.h"
#include "collectors/settings_secrets.h"
#include "collectors/settings_units.h"
#include "collectors/values.h"

namespace pgfleet::collectors {
namespace {

using metric::Kind;
using metric::MetricDesc;
using SettingKind = model::Setting::Kind;

constexpr std::size_t kMostPending = 50;

enum Column : std::size_t {
  kName,
  kValue,
  kUnit,
  kType,
  kPending,
  kContext,
  kSource,
  kAutoConf,
  kIsDefault,
  kSecret,
  kColumns
};

// What our session has set for itself shows the server's value in reset_val, unless something was
// set for our role or database below it. What was set for our
// role or database hides the server's value altogether: not known. A value that may be a secret is
// not even selected; of those that an extension named (a.b) a bool, a number or a word cannot be
// one. A role without pg_read_all_settings sees no sourcefile. Whether a value is the built-in one
// is told by reset_val, because `setting` is what SHOW makes of it: "(disabled)", "0700".
constexpr std::string_view kHead =
    "SELECT s.name, CASE WHEN s.secret THEN NULL WHEN s.source = 'session' THEN"
    " CASE WHEN s.name NOT IN ";
constexpr std::string_view kNotOverlaid =
    " THEN s.reset_val END"
    " WHEN s.source NOT IN ('client', 'user', 'database', 'database user', 'global',"
    " 'interactive', 'test') THEN s.setting END AS value, s.unit, s.vartype, s.pending_restart,"
    " s.context, s.source, s.sourcefile ~ '(^|/)postgresql[.]auto[.]conf$' AS auto_conf,"
    " s.reset_val IS NOT DISTINCT FROM s.boot_val AS is_default, s.secret"
    " FROM (SELECT s.name, s.setting, s.reset_val, s.boot_val, s.unit, s.vartype,"
    " s.pending_restart, s.context, s.source, s.sourcefile,"
    " s.vartype = 'string' AND s.name ~ '[.]' OR ";
constexpr std::string_view kTail = " AS secret FROM pg_catalog.pg_settings s) s ORDER BY s.name";
constexpr std::array kSql = {
    pg::SqlVersion{9, pg::kLater, kJoin<kHead, kOverlaid, kNotOverlaid, kHoldsSecret, kTail>}};
static_assert(pg::HasNoGapAndNoOverlap(kSql));

bool IsShown(std::string_view name) { return std::ranges::binary_search(kShownSettings, name); }

using Value = model::ServerSetting::Value;
using Type = model::ServerSetting::Type;

struct NamedType {
  std::string_view name;
  Type type;
};
constexpr std::array<NamedType, 4> kTypes = {{{"bool", Type::kBool},
                                              {"integer", Type::kInteger},
                                              {"real", Type::kReal},
                                              {"enum", Type::kEnum}}};

Type TypeOf(std::string_view name) {
  const auto* found = std::ranges::find(kTypes, name, &NamedType::name);
  return found == kTypes.end() ? Type::kString : found->type;
}

// How its texts are read: also of one that is hidden.
void SetUnit(const RowReader& row, model::ServerSetting& setting) {
  const bool is_number = setting.type == Type::kInteger || setting.type == Type::kReal;
  const auto unit = ParseUnit(row.Text(kUnit));
  if (setting.type == Type::kBool) setting.kind = SettingKind::kEnabled;
  if (!is_number || !unit) return;
  setting.kind = unit->kind;
  setting.step = unit->factor;
  setting.is_octal = setting.type == Type::kInteger && IsOctal(row.Text(kValue));
}

// The value for comparing; `typed` is the same as a number where it is one.
void SetValue(const RowReader& row, const std::optional<model::Setting>& typed,
              model::ServerSetting& setting) {
  if (row.Null(kValue)) return;
  const bool is_number = typed && typed->kind != SettingKind::kState;
  setting.value = is_number ? Value::kNumber : Value::kText;
  if (is_number)
    setting.number = typed->number;
  else
    setting.text = row.Text(kValue);
}

std::expected<void, DecodeFault> DecodeRow(const pg::Rows& rows, std::size_t index,
                                           model::SettingsFacts& facts) {
  RowReader row(rows, index);
  model::ServerSetting setting{.name = row.NeedText(kName),
                               .pending_restart = row.NeedBoolean(kPending),
                               .is_default = row.NeedBoolean(kIsDefault),
                               .from_auto_conf = row.Boolean(kAutoConf),
                               .context = row.NeedText(kContext),
                               .source = row.NeedText(kSource)};
  const std::string type = row.NeedText(kType);
  setting.type = TypeOf(type);
  SetUnit(row, setting);
  const bool secret = row.NeedBoolean(kSecret);
  if (auto result = row.Result(); !result) return result;
  if (secret) {
    setting.value = Value::kRedacted;
  } else {
    auto typed = MakeSetting(setting.name, row.Text(kValue), row.Text(kUnit), type);
    SetValue(row, typed, setting);
    if (typed && !row.Null(kValue) && IsShown(setting.name)) facts.settings.push_back(*typed);
  }
  if (setting.pending_restart) facts.pending_restart.push_back(setting.name);
  facts.all.push_back(std::move(setting));
  return {};
}

std::optional<std::int64_t> CountFromAutoConf(const std::vector<model::ServerSetting>& all) {
  std::optional<std::int64_t> count;
  for (const model::ServerSetting& setting : all)
    if (setting.from_auto_conf) count = count.value_or(0) + (*setting.from_auto_conf ? 1 : 0);
  return count;
}

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  auto settings = std::make_shared<model::SettingsFacts>();
  settings->all.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (auto result = DecodeRow(rows, i, *settings); !result) return result;
  settings->from_auto_conf = CountFromAutoConf(settings->all);
  facts.settings = std::move(settings);
  return {};
}

constexpr std::array<std::string_view, 1> kSetting = {"setting"};
constexpr std::array<std::string_view, 2> kSettingState = {"setting", "state"};
constexpr std::string_view kView = "pg_settings";

constexpr MetricDesc kBytes{.name = "pgfleet_setting_bytes",
                            .unit = "bytes",
                            .labels = kSetting,
                            .help =
                                "Settings that are sizes; -1 and 0 mean what they mean to the "
                                "server.",
                            .source = kView};
constexpr MetricDesc kSeconds{.name = "pgfleet_setting_seconds",
                              .unit = "seconds",
                              .labels = kSetting,
                              .help =
                                  "Settings that are times; -1 and 0 mean what they mean to "
                                  "the server.",
                              .source = kView};
constexpr MetricDesc kEnabled{.name = "pgfleet_setting_enabled",
                              .labels = kSetting,
                              .help = "Settings that are on (1) or off (0).",
                              .source = kView};
constexpr MetricDesc kNumber{.name = "pgfleet_setting_value",
                             .labels = kSetting,
                             .help = "Settings that are numbers without a unit.",
                             .source = kView};
constexpr MetricDesc kState{.name = "pgfleet_setting_state",
                            .kind = Kind::kInfo,
                            .labels = kSettingState,
                            .help = "Settings that are one of several words.",
                            .source = kView};
constexpr MetricDesc kPendingCount{
    .name = "pgfleet_settings_pending_restart",
    .help =
        "Settings whose new value waits for a restart, as far as the monitoring role sees them.",
    .source = "pg_settings.pending_restart"};
constexpr MetricDesc kPendingSetting{.name = "pgfleet_setting_pending_restart",
                                     .kind = Kind::kInfo,
                                     .labels = kSetting,
                                     .help = "A setting whose new value waits for a restart.",
                                     .source = "pg_settings.pending_restart"};
constexpr MetricDesc kFromAutoConf{
    .name = "pgfleet_settings_from_auto_conf",
    .help =
        "Settings that run with a value from postgresql.auto.conf (ALTER SYSTEM); absent where the "
        "monitoring role sees no source files (no pg_monitor).",
    .source = "pg_settings.sourcefile"};
constexpr std::array kMetrics = {&kBytes, &kSeconds,      &kEnabled,        &kNumber,
                                 &kState, &kPendingCount, &kPendingSetting, &kFromAutoConf};

// By Setting::Kind, but for kState.
constexpr std::array kByKind = {&kBytes, &kSeconds, &kEnabled, &kNumber};

void WritePending(const std::vector<std::string>& names, metric::MetricWriter& out) {
  const std::size_t shown = std::min(names.size(), kMostPending);
  out.Write(kPendingCount, static_cast<double>(names.size()));
  for (std::size_t i = 0; i < shown; ++i) out.Write(kPendingSetting, {names[i]}, 1);
  out.Write(kSeriesDropped, {"pending_restart"}, static_cast<double>(names.size() - shown));
}

void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::SettingsFacts& facts = *view.node.facts.settings;
  for (const model::Setting& setting : facts.settings) {
    if (setting.kind == SettingKind::kState) {
      out.Write(kState, {setting.name, setting.state}, 1);
    } else {
      out.Write(*kByKind[static_cast<std::size_t>(setting.kind)], {setting.name}, setting.number);
    }
  }
  WritePending(facts.pending_restart, out);
  out.Write(kFromAutoConf, AsValue(facts.from_auto_conf));
}

}  // namespace

constexpr Collector kSettings{
    .name = "settings",
    .lane = model::Lane::kInventory,
    .sql = kSql,
    .columns = kColumns,
    .decode = Decode,
    .write = Write,
    .metrics = kMetrics,
    .privilege = "pg_monitor for the settings and source files that only superusers see"};

}  // namespace pgfleet::collectors
