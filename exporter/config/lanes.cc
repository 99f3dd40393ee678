#include "config/lanes.h"

#include "config/units.h"

namespace pgfleet::config {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kShortest{100};
constexpr milliseconds kLeastAge{5'000};
constexpr milliseconds kGreatestAge{240'000};  // Prometheus forgets a series after 5 min
constexpr milliseconds kLongestInterval = std::chrono::hours(24);

std::optional<GivenTime> ReadLaneTime(Reader& reader, const YamlNode& value, std::string_view name,
                                      milliseconds longest = kLongestInterval) {
  return ReadTime(reader, value, name, {.least = kShortest, .most = longest});
}

constexpr Key<LaneDraft> kLaneKeys[] = {
    {"interval", false,
     [](Reader& r, const YamlNode& v, LaneDraft& lane) {
       lane.interval = ReadLaneTime(r, v, "interval");
     },
     "time", "1s, 10s, 60s", "from the start of one poll to the next; 100ms to 1d"},
    {"deadline", false,
     [](Reader& r, const YamlNode& v, LaneDraft& lane) {
       lane.deadline = ReadLaneTime(r, v, "deadline", kGreatestAge);
     },
     "time", "2s, 5s, 15s",
     "how long an answer may take before the session is closed; at least 100ms"},
    {"max_age", false,
     [](Reader& r, const YamlNode& v, LaneDraft& lane) {
       lane.max_age = ReadLaneTime(r, v, "max_age");
     },
     "time", "3 intervals, within 5s and 4min",
     "older data is not shown; at least interval + deadline"},
};

template <std::size_t kLane>
void ReadLane(Reader& reader, const YamlNode& value, LaneDrafts& lanes) {
  const std::string_view name = model::kLaneNames[kLane];
  if (value.kind == YamlNode::Kind::kMapping)
    ReadMapping<LaneDraft>(reader, fmt::format("lane '{}'", name), value, kLaneKeys, lanes[kLane]);
  else
    lanes[kLane].interval = ReadLaneTime(reader, value, name);
}

constexpr std::string_view kLaneForm = "time (its interval), or a mapping";
constexpr Key<LaneDrafts> kLanesKeys[] = {
    {"pulse", false, &ReadLane<0>, kLaneForm, "1s",
     "is it alive, its role, timeline and positions"},
    {"status", false, &ReadLane<1>, kLaneForm, "10s",
     "senders, receiver, slots, archiver, recovery"},
    {"inventory", false, &ReadLane<2>, kLaneForm, "60s", "settings, roles, memberships"},
};

milliseconds Choose(const std::optional<GivenTime>& over, const std::optional<GivenTime>& under,
                    milliseconds fallback) {
  return over ? over->value : under ? under->value : fallback;
}

milliseconds DerivedAge(const LaneConfig& lane) {
  const milliseconds age = std::clamp(3 * lane.interval, kLeastAge, kGreatestAge);
  return std::max(age, lane.interval + lane.deadline);
}

// Where the level says something about the lane; absent when it says nothing and so cannot be at
// fault.
std::optional<Place> PlaceOf(const LaneDraft& lane) {
  for (const auto* time : {&lane.max_age, &lane.deadline, &lane.interval})
    if (*time) return (*time)->place;
  return std::nullopt;
}

void Check(std::string_view name, const LaneConfig& lane, const LaneDraft& given, Faults& faults) {
  const auto place = PlaceOf(given);
  if (!place) return;
  const milliseconds least = lane.interval + lane.deadline;
  if (lane.max_age < least)
    faults.Add(*place, fmt::format("lane '{}': 'max_age' must be at least interval + deadline = {}",
                                   name, FormatDuration(least)));
}

}  // namespace

Lanes DefaultLanes() {
  Lanes lanes = {LaneConfig{milliseconds(1'000), milliseconds(2'000), {}},
                 LaneConfig{milliseconds(10'000), milliseconds(5'000), {}},
                 LaneConfig{milliseconds(60'000), milliseconds(15'000), {}}};
  for (LaneConfig& lane : lanes) lane.max_age = DerivedAge(lane);
  return lanes;
}

void ReadLanes(Reader& reader, const YamlNode& value, LaneDrafts& lanes) {
  ReadMapping<LaneDrafts>(reader, "'lanes'", value, kLanesKeys, lanes);
}

Lanes FinishLanes(const LaneDrafts& under, const LaneDrafts& over, Faults& faults) {
  Lanes lanes = DefaultLanes();
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    LaneConfig& lane = lanes[i];
    lane.interval = Choose(over[i].interval, under[i].interval, lane.interval);
    lane.deadline = Choose(over[i].deadline, under[i].deadline, lane.deadline);
    lane.max_age = Choose(over[i].max_age, under[i].max_age, DerivedAge(lane));
    Check(model::kLaneNames[i], lane, over[i], faults);
  }
  return lanes;
}

void DescribeLanes(std::vector<KeyDoc>& docs) {
  Describe<LaneDrafts>("lanes", kLanesKeys, docs);
  Describe<LaneDraft>("lane", kLaneKeys, docs);
}

}  // namespace pgfleet::config
