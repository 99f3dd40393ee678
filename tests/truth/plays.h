#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "truth/witness.h"

namespace pgfleet::test {

// What the exporter must tell.
enum class Claim {
  kLag,              // the lag, at every look
  kBounds,           // bounds that hold, as soon as it is ready
  kNothingOrABound,  // nothing, or a lower bound that holds, once the primary is silent for long
  kNothingOrBounds,  // nothing, or bounds that hold
};

// A situation in which the lag is measured.
struct Act {
  std::string id;
  std::string title;  // its line in docs/lag.md
  Claim claim = Claim::kLag;
  double greatest_truth = 0;  // the lag gets at least so great, or there is nothing to see
  double round_trip = 0;      // between the exporter and its servers
};

// By id of the act.
using Looks = std::map<std::string, std::vector<Look>>;

// Acts on the same servers, one after another.
struct Play {
  std::vector<Act> acts;
  std::function<void(int major, Looks& looks)> perform;
};

const std::vector<Play>& Plays();

}  // namespace pgfleet::test
