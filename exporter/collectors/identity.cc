#include <array>

#include "collectors/freshness.h"
#include "collectors/list.h"
#include "collectors/row_reader.h"

namespace pgfleet::collectors {
namespace {

using metric::Kind;
using metric::MetricDesc;

enum Column : std::size_t { kNumber, kVersion, kStarted, kLoaded, kColumns };

constexpr std::array kSql = {
    pg::SqlVersion{9, pg::kLater,
                   "SELECT pg_catalog.current_setting('server_version_num')::int AS number,"
                   " pg_catalog.current_setting('server_version') AS version,"
                   " extract(epoch from pg_catalog.pg_postmaster_start_time()) AS started,"
                   " extract(epoch from pg_catalog.pg_conf_load_time()) AS loaded"}};
static_assert(pg::HasNoGapAndNoOverlap(kSql));

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  RowReader row(rows, 0);
  auto identity = std::make_shared<model::IdentityFacts>();
  identity->version_number = static_cast<int>(row.NeedInteger(kNumber));
  identity->version = row.NeedText(kVersion);
  identity->started = row.NeedReal(kStarted);
  identity->config_loaded = row.NeedReal(kLoaded);
  auto result = row.Result();
  if (result) facts.identity = std::move(identity);
  return result;
}

constexpr std::array<std::string_view, 2> kInfoLabels = {"server_version", "system_identifier"};
constexpr MetricDesc kInfo{.name = "pgfleet_node_info",
                           .kind = Kind::kInfo,
                           .labels = kInfoLabels,
                           .help = "What server this is.",
                           .source = "server_version, pg_control_system()"};
constexpr MetricDesc kVersionNumber{.name = "pgfleet_server_version_number",
                                    .help = "Version as a number, 150018 for 15.18.",
                                    .source = "server_version_num"};
constexpr MetricDesc kUntested{
    .name = "pgfleet_server_version_untested",
    .help = "1 when the server is of a major version that this exporter was not tested with.",
    .source = "server_version_num"};
constexpr MetricDesc kStart{.name = "pgfleet_node_start_timestamp_seconds",
                            .unit = "seconds",
                            .help = "When the server started, by its own clock.",
                            .source = "pg_postmaster_start_time()"};
constexpr MetricDesc kLoad{.name = "pgfleet_node_config_load_timestamp_seconds",
                           .unit = "seconds",
                           .help =
                               "When the server last loaded its configuration, by its clock; a "
                               "reload that the server rejects does not count.",
                           .source = "pg_conf_load_time()"};
constexpr std::array kMetrics = {&kInfo, &kVersionNumber, &kUntested, &kStart, &kLoad};

bool IsTested(int version_number) {
  const int major = pg::MajorOf(version_number);
  return major >= pg::kOldestMajor && major <= pg::kNewestKnownMajor;
}

void Write(const NodeView& view, metric::MetricWriter& out) {
  const auto& facts = view.node.facts;
  const model::IdentityFacts& identity = *facts.identity;
  if (facts.pulse && IsFresh(view.node, "pulse", view.now))
    out.Write(kInfo, {identity.version, facts.pulse->system_identifier}, 1);
  out.Write(kVersionNumber, static_cast<double>(identity.version_number));
  out.Write(kUntested, IsTested(identity.version_number) ? 0.0 : 1.0);
  out.Write(kStart, identity.started);
  out.Write(kLoad, identity.config_loaded);
}

}  // namespace

constexpr Collector kIdentity{.name = "identity",
                              .lane = model::Lane::kStatus,
                              .sql = kSql,
                              .columns = kColumns,
                              .decode = Decode,
                              .write = Write,
                              .metrics = kMetrics,
                              .privilege = "none"};

}  // namespace pgfleet::collectors
