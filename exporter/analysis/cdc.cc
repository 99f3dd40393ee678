#include <algorithm>
#include <array>

#include "analysis/list.h"
#include "analysis/nodes.h"
#include "collectors/values.h"

// What is declared of the consumers of changes, compared with the elected primary.
namespace pgfleet::analysis {
namespace {

using metric::MetricDesc;
using metric::Scope;
using model::CdcFinding;
using model::ClusterSnapshot;
using model::DeclaredCdc;
using model::PublishedTablesFacts;

constexpr std::array<std::string_view, 3> kLabels = {"slot", "database", "publication"};
constexpr std::array<std::string_view, 4> kTableLabels = {"slot", "database", "publication",
                                                          "table"};
constexpr MetricDesc kMismatch{
    .name = "pgfleet_cdc_slot_mismatch",
    .scope = Scope::kCluster,
    .labels = kLabels,
    .help =
        "1 when the slot of a declared consumer of changes is not a logical one of the declared "
        "database; absent while the slot is missing (pgfleet_slot_missing).",
    .source = "pg_replication_slots of the elected primary, configuration"};
constexpr MetricDesc kMissing{
    .name = "pgfleet_cdc_publication_missing",
    .scope = Scope::kCluster,
    .labels = kLabels,
    .help =
        "1 when the publication that a declared consumer of changes reads is not in its database: "
        "then the consumer stops at the next change.",
    .versions = "10+",
    .source = "pg_publication of the elected primary, configuration"};
constexpr MetricDesc kUncovered{
    .name = "pgfleet_cdc_tables_uncovered",
    .scope = Scope::kCluster,
    .labels = kLabels,
    .help =
        "Tables that the publication should hold and does not: their changes reach no consumer. "
        "A declared table or schema that does not exist counts as one. Absent where no table is "
        "declared or the publication is missing.",
    .versions = "10+",
    .source = "pg_get_publication_tables(), configuration"};
constexpr MetricDesc kTable{
    .name = "pgfleet_cdc_table_uncovered",
    .kind = metric::Kind::kInfo,
    .scope = Scope::kCluster,
    .labels = kTableLabels,
    .help =
        "A declared table that the publication does not hold, or a declared schema of which it "
        "does not hold all.",
    .versions = "10+",
    .source = "pg_get_publication_tables(), configuration"};
constexpr std::array kMetrics = {&kMismatch, &kMissing, &kUncovered, &kTable};

const PublishedTablesFacts* PublishedIn(const ClusterSnapshot& cluster,
                                        const model::NodeSnapshot& node,
                                        const std::string& database) {
  const auto found = node.facts.databases.find(database);
  if (found == node.facts.databases.end()) return nullptr;
  return Fresh(cluster, node, found->second.published_tables, "published_tables");
}

std::optional<bool> SlotMismatch(const ClusterSnapshot& cluster, const model::NodeSnapshot& node,
                                 const DeclaredCdc& cdc) {
  const auto* slots = node.up ? Fresh(cluster, node, node.facts.slots, "slots") : nullptr;
  if (slots == nullptr) return std::nullopt;
  const auto slot = std::ranges::find(slots->slots, cdc.slot, &model::Slot::name);
  if (slot == slots->slots.end()) return std::nullopt;
  return slot->kind != "logical" || (!cdc.database.empty() && slot->database != cdc.database);
}

// How many tables of what is declared as "schema.*" or "schema.table" the publication lacks.
// Absent: not known.
std::optional<std::int64_t> Lacking(const PublishedTablesFacts& facts, const DeclaredCdc& cdc,
                                    std::string_view declared) {
  const std::string_view schema = declared.substr(0, declared.find('.'));
  const std::string_view table = declared.substr(schema.size() + 1);
  const auto whole = std::ranges::find_if(facts.schemas, [&](const auto& each) {
    return each.publication == cdc.publication && each.schema == schema;
  });
  if (whole == facts.schemas.end())
    return facts.complete ? std::optional<std::int64_t>(1) : std::nullopt;
  if (table == "*") return whole->tables - whole->published;
  const bool listed = std::ranges::any_of(facts.tables, [&](const auto& each) {
    return each.publication == cdc.publication && each.schema == schema && each.table == table;
  });
  if (listed) return 0;
  return facts.complete ? std::optional<std::int64_t>(1) : std::nullopt;
}

void CompareTables(const PublishedTablesFacts& facts, const DeclaredCdc& cdc, CdcFinding& found) {
  std::int64_t lacking = 0;
  for (const std::string& declared : cdc.tables) {
    const auto some = Lacking(facts, cdc, declared);
    if (!some) return;
    lacking += *some;
    if (*some > 0) found.uncovered_names.push_back(declared);
  }
  if (!cdc.tables.empty()) found.uncovered = lacking;
}

void ComparePublication(const PublishedTablesFacts& facts, const DeclaredCdc& cdc,
                        CdcFinding& found) {
  const auto& names = facts.publications;
  const bool there = std::ranges::find(names, cdc.publication) != names.end();
  if (!there && !facts.complete) return;
  found.publication_missing = !there;
  if (there) CompareTables(facts, cdc, found);
}

void Run(ClusterSnapshot& cluster, Memory&) {
  if (!cluster.findings.primary) return;
  const auto& primary = cluster.nodes[*cluster.findings.primary];
  for (const DeclaredCdc& cdc : cluster.declared.cdc) {
    CdcFinding found{.slot = cdc.slot, .database = cdc.database, .publication = cdc.publication};
    found.slot_mismatch = SlotMismatch(cluster, primary, cdc);
    const auto* facts = PublishedIn(cluster, primary, cdc.database);
    if (facts != nullptr && !cdc.publication.empty()) ComparePublication(*facts, cdc, found);
    cluster.findings.cdc.push_back(std::move(found));
  }
}

void Write(const ClusterSnapshot& cluster, model::Monotonic, metric::MetricWriter& out) {
  for (const CdcFinding& found : cluster.findings.cdc) {
    const auto write = [&](const MetricDesc& metric, std::optional<double> value) {
      out.Write(metric, {found.slot, found.database, found.publication}, value);
    };
    write(kMismatch, collectors::AsValue(found.slot_mismatch));
    write(kMissing, collectors::AsValue(found.publication_missing));
    write(kUncovered, collectors::AsValue(found.uncovered));
    for (const std::string& table : found.uncovered_names)
      out.Write(kTable, {found.slot, found.database, found.publication, table}, 1);
  }
}

}  // namespace

constexpr Analysis kCdc{.name = "cdc", .run = Run, .write = Write, .metrics = kMetrics};

}  // namespace pgfleet::analysis
