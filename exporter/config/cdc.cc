#include "config/cdc.h"

#include <algorithm>
#include <set>

#include "config/expect.h"
#include "config/name_lists.h"
#include "config/names.h"

namespace pgfleet::config {
namespace {

constexpr std::size_t kLongestName = 63;  // PostgreSQL cuts names off after so many bytes

void ReadSlot(Reader& reader, const YamlNode& value, CdcDraft& cdc) {
  if (IsSlotName(value))
    cdc.slot = {.value = value.text, .place = value.place};
  else
    reader.faults.Add(value.place, std::string(kSlotNameFault));
}

// "" once it was at fault.
Given<std::string> ReadObjectName(Reader& reader, const YamlNode& value, std::string_view key) {
  if (value.kind == YamlNode::Kind::kScalar && !value.text.empty() &&
      value.text.size() <= kLongestName)
    return {.value = value.text, .place = value.place};
  reader.faults.Add(value.place, fmt::format("'{}' must be a name of 1 to 63 bytes", key));
  return {.value = "", .place = value.place};
}

// "schema.table" or "schema.*"; the table's own name may hold dots.
bool IsTable(const YamlNode& item) {
  if (item.kind != YamlNode::Kind::kScalar) return false;
  const auto dot = item.text.find('.');
  if (dot == std::string::npos || dot == 0 || dot > kLongestName) return false;
  if (item.text.find('*') < dot) return false;
  const auto table = item.text.size() - dot - 1;
  return table > 0 && table <= kLongestName;
}

void ReadTables(Reader& reader, const YamlNode& value, CdcDraft& cdc) {
  cdc.tables_at = value.place;
  std::set<std::string_view> seen;
  for (const YamlNode& item :
       ReadItems(reader, value,
                 {.key = "tables", .what = "tables", .example = R"([public.orders, "audit.*"])"})) {
    if (!IsTable(item))
      reader.faults.Add(item.place,
                        "a table is written with its schema, `public.orders`, as the server has "
                        "the names, without quotes; `public.*` is every table of the schema");
    else if (!seen.insert(item.text).second)
      reader.faults.Add(item.place, fmt::format("'{}' is listed twice", Printable(item.text)));
    else
      cdc.tables.push_back(item.text);
  }
}

constexpr Key<CdcDraft> kKeys[] = {
    {"slot", true, &ReadSlot, "slot name", "required",
     "the consumer's logical slot; expected also where `expect.slots` does not hold it"},
    {"database", false,
     [](Reader& r, const YamlNode& v, CdcDraft& cdc) {
       cdc.database = ReadObjectName(r, v, "database");
     },
     "name", "not compared", "the slot's database; required with `publication`, and then visited"},
    {"publication", false,
     [](Reader& r, const YamlNode& v, CdcDraft& cdc) {
       cdc.publication = ReadObjectName(r, v, "publication");
     },
     "name", "not compared", "the publication that the consumer reads (plugin pgoutput)"},
    {"tables", false, &ReadTables, "list of `schema.table` or `schema.*`", "not compared",
     "what the publication must hold; needs `publication`"},
};

void CheckOne(const CdcDraft& cdc, Faults& faults) {
  if (cdc.publication && !cdc.database)
    faults.Add(cdc.publication->place,
               "'publication' needs 'database': publications belong to one database, that of the "
               "slot");
  if (cdc.tables_at && !cdc.publication)
    faults.Add(*cdc.tables_at, "'tables' needs 'publication': name the one that should hold them");
}

}  // namespace

void ReadCdc(Reader& reader, const YamlNode& value, std::vector<CdcDraft>& cdc) {
  ReadList<CdcDraft>(reader, "cdc", "consumer", value, kKeys, cdc);
}

std::vector<model::DeclaredCdc> FinishCdc(const std::vector<CdcDraft>& cdc, Faults& faults) {
  std::vector<model::DeclaredCdc> done;
  std::set<std::string_view> seen;
  for (const CdcDraft& draft : cdc) {
    CheckOne(draft, faults);
    if (!draft.slot.value.empty() && !seen.insert(draft.slot.value).second)
      faults.Add(draft.slot.place, fmt::format("slot '{}' is declared twice: a slot has one "
                                               "consumer",
                                               draft.slot.value));
    done.push_back({.slot = draft.slot.value,
                    .database = draft.database ? draft.database->value : "",
                    .publication = draft.publication ? draft.publication->value : "",
                    .tables = draft.tables});
  }
  return done;
}

void VisitCaptured(const std::vector<model::DeclaredCdc>& cdc, NodeConfig& node) {
  const auto add = [](const std::string& name, std::vector<std::string>& names) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  for (const model::DeclaredCdc& each : cdc) {
    if (each.publication.empty() || each.database.empty()) continue;
    add(each.database, node.databases);
    add(each.database, node.captured);
  }
}

void DescribeCdc(std::vector<KeyDoc>& docs) { Describe<CdcDraft>("cdc", kKeys, docs); }

}  // namespace pgfleet::config
