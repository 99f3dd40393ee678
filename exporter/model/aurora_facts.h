#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/fact.h"

// What Amazon Aurora says of the instances that share its storage.
namespace pgfleet::model {

struct AuroraInstance {
  std::string server;  // the platform's name of the instance
  bool writer = false;
  std::optional<double> lag;             // seconds behind the writer; absent for the writer
  std::optional<double> replay_latency;  // seconds that replaying is expected to take; likewise
};

struct AuroraFacts {
  std::vector<AuroraInstance> instances;  // by name
  std::int64_t replicas = 0;              // all, also those that have no series of their own
  std::int64_t dropped = 0;               // instances above the cap
};

}  // namespace pgfleet::model
