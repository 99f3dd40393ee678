#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/watch.h"

// What the page says of a cluster, and how soon after it became true.
namespace pgfleet::test {

// One statement about a page.
struct Fact {
  std::string name;
  LabelMap labels{};
  std::optional<double> value{};  // absent: no such series
};
using Facts = std::vector<Fact>;

Fact Is(const std::string& name, double value);
Fact IsOn(const std::string& node, const std::string& name, double value, LabelMap labels = {});
Fact PrimaryIs(const std::string& state);  // pgfleet_cluster_primary_state
Fact StandbyIs(const std::string& node, const std::string& state);
// One primary, nobody diverged, nobody foreign.
Facts Sound(const std::vector<std::string>& nodes);

// A pgfleet.yml with the product's own pulse of one second. `keys` are more of the cluster's:
// "expect: {standbys: 1}".
ExporterOptions Overlooking(const std::vector<DeclaredNode>& nodes, int major,
                            const std::vector<std::string>& keys = {});

bool Holds(const Page& page, const Facts& facts);
// Those of the facts that the page denies, with what it says instead; "" when it denies none.
std::string Denied(const Page& page, const Facts& facts);

// Two pulses of one second, and half a second for a busy machine.
inline constexpr double kTwoPulses = 2.5;

// Waits for a page with all of these facts. Reports a failure when there is none, or none within
// two pulses of `visible`: the instant when the servers themselves said so.
Page ExpectNamed(const ExporterProcess& exporter, Clock::time_point visible, const Facts& facts);
// Waits for a page with all of these facts, which may take its time: sessions are made anew.
Page ExpectCleared(const ExporterProcess& exporter, const Facts& facts);
// That they hold on every page for so long.
void ExpectKept(const ExporterProcess& exporter, Milliseconds time, const Facts& facts);

}  // namespace pgfleet::test
