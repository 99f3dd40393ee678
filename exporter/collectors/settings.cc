#include <algorithm>
#include <array>

#include "collectors/join.h"
#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/series_dropped.h"
#include "collectors/settings_list.h"
#include "collectors/settings_units.h"

namespace pgfleet::collectors {
namespace {

using metric::Kind;
using metric::MetricDesc;
using SettingKind = model::Setting::Kind;

constexpr std::size_t kMostPending = 50;

enum Column : std::size_t { kName, kValue, kUnit, kType, kPending, kColumns };

constexpr std::size_t kQuotedSize = [] {
  std::size_t size = 0;
  for (const auto name : kShownSettings) size += name.size() + 3;
  return size - 1;
}();

// 'a','b','c'
constexpr auto kQuotedText = [] {
  std::array<char, kQuotedSize> text{};
  auto* at = text.data();
  for (const auto name : kShownSettings) {
    if (at != text.data()) *at++ = ',';
    *at++ = '\'';
    at = std::copy(name.begin(), name.end(), at);
    *at++ = '\'';
  }
  return text;
}();
constexpr std::string_view kQuoted{kQuotedText.data(), kQuotedText.size()};

// What our session has set for itself shows the server's value in reset_val. What was set for our
// role or database hides the server's value altogether: not known.
constexpr std::string_view kHead =
    "SELECT s.name, CASE WHEN s.source = 'session' THEN s.reset_val"
    " WHEN s.source NOT IN ('client', 'user', 'database', 'database user', 'global')"
    " THEN s.setting END AS value, s.unit, s.vartype, s.pending_restart"
    " FROM pg_catalog.pg_settings s WHERE s.pending_restart OR s.name IN (";
constexpr std::string_view kTail = ") ORDER BY s.name";
constexpr std::array kSql = {pg::SqlVersion{9, pg::kLater, kJoin<kHead, kQuoted, kTail>}};
static_assert(pg::HasNoGapAndNoOverlap(kSql));

bool IsShown(std::string_view name) {
  return std::ranges::find(kShownSettings, name) != kShownSettings.end();
}

std::expected<void, DecodeFault> DecodeRow(const pg::Rows& rows, std::size_t index,
                                           model::SettingsFacts& facts) {
  RowReader row(rows, index);
  const std::string name = row.NeedText(kName);
  if (row.NeedBoolean(kPending)) facts.pending_restart.push_back(name);
  const std::string type = row.NeedText(kType);
  if (row.Result() && IsShown(name) && !row.Null(kValue))
    if (auto setting = MakeSetting(name, row.Text(kValue), row.Text(kUnit), type))
      facts.settings.push_back(*std::move(setting));
  return row.Result();
}

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  if (rows.size() == 0) return std::unexpected(NoRow());
  auto settings = std::make_shared<model::SettingsFacts>();
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (auto result = DecodeRow(rows, i, *settings); !result) return result;
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
constexpr std::array kMetrics = {&kBytes, &kSeconds,      &kEnabled,       &kNumber,
                                 &kState, &kPendingCount, &kPendingSetting};

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
}

}  // namespace

constexpr Collector kSettings{.name = "settings",
                              .lane = model::Lane::kInventory,
                              .sql = kSql,
                              .columns = kColumns,
                              .decode = Decode,
                              .write = Write,
                              .metrics = kMetrics,
                              .privilege = "none"};

}  // namespace pgfleet::collectors
