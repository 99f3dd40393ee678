#include "config/expect.h"

#include <algorithm>
#include <set>

namespace pgfleet::config {

bool IsSlotName(const YamlNode& item) {
  constexpr std::size_t kLongest = 63;
  return item.kind == YamlNode::Kind::kScalar && !item.text.empty() &&
         item.text.size() <= kLongest && std::ranges::all_of(item.text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

namespace {

void ReadSlots(Reader& reader, const YamlNode& value, ExpectDraft& expect) {
  if (value.kind != YamlNode::Kind::kSequence)
    return reader.faults.Add(value.place,
                             fmt::format("'slots' must be a list of slot names, such as [a, b], or "
                                         "[] for none, not {}",
                                         KindName(value.kind)));
  std::vector<std::string>& slots = expect.slots.emplace();
  std::set<std::string_view> seen;
  for (const YamlNode& item : value.items) {
    if (!IsSlotName(item))
      reader.faults.Add(item.place, std::string(kSlotNameFault));
    else if (!seen.insert(item.text).second)
      reader.faults.Add(item.place, fmt::format("slot '{}' is listed twice", item.text));
    else
      slots.push_back(item.text);
  }
}

constexpr Key<ExpectDraft> kKeys[] = {
    {"standbys", false,
     [](Reader& r, const YamlNode& v, ExpectDraft& expect) {
       expect.standbys = ReadCount(r, v, "standbys");
     },
     "0 to 1000", "not compared", "standbys that stream"},
    {"synchronous", false,
     [](Reader& r, const YamlNode& v, ExpectDraft& expect) {
       expect.synchronous = ReadCount(r, v, "synchronous");
     },
     "0 to 1000", "not compared", "standbys that confirm a commit; at most `standbys`"},
    {"archiving", false,
     [](Reader& r, const YamlNode& v, ExpectDraft& expect) {
       if (const auto flag = ReadFlag(r, v, "archiving")) expect.archiving = flag->value;
     },
     "`true` or `false`", "not compared", "whether the primary's WAL should be archived"},
    {"slots", false, &ReadSlots, "list of slot names", "not compared",
     "the primary's slots: these and no others; `[]`: none"},
};

std::optional<std::int64_t> Value(const std::optional<Given<std::int64_t>>& given) {
  if (!given) return std::nullopt;
  return given->value;
}

void CheckSingle(const ExpectDraft& expect, Faults& faults) {
  for (const auto& [name, given] :
       {std::pair{"standbys", expect.standbys}, std::pair{"synchronous", expect.synchronous}})
    if (given && given->value > 0)
      faults.Add(given->place,
                 fmt::format("'{}' expects a standby, and a cluster of 'kind: single' has none: "
                             "remove one of the two",
                             name));
}

}  // namespace

void ReadExpect(Reader& reader, const YamlNode& value, ExpectDraft& expect) {
  ReadMapping<ExpectDraft>(reader, "'expect'", value, kKeys, expect);
}

model::Expected FinishExpect(const ExpectDraft& expect, model::ClusterKind kind, Faults& faults) {
  if (kind == model::ClusterKind::kSingle)
    CheckSingle(expect, faults);
  else if (expect.standbys && expect.synchronous &&
           expect.synchronous->value > expect.standbys->value)
    faults.Add(expect.synchronous->place,
               fmt::format("'synchronous' is {}, but 'standbys' only {}: a standby that confirms "
                           "commits is one of those that stream",
                           expect.synchronous->value, expect.standbys->value));
  return {.standbys = Value(expect.standbys),
          .synchronous = Value(expect.synchronous),
          .slots = expect.slots,
          .archiving = expect.archiving};
}

void DescribeExpect(std::vector<KeyDoc>& docs) { Describe<ExpectDraft>("expect", kKeys, docs); }

}  // namespace pgfleet::config
