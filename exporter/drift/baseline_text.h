#pragma once

#include <span>
#include <string>

#include "drift/access_drift.h"
#include "drift/settings_drift.h"

namespace pgfleet::drift {

struct BaselineSource {
  std::string cluster;
  std::string written;  // when and by what, for the comment at the head
  std::vector<NodeSettings> nodes;
  std::optional<std::size_t> reference;
  AccessFacts access;  // of the reference
  // What the config says already: its rules and the fleet's lists stay in force unless a rule of
  // the cluster replaces them.
  model::DesiredSettings inherited{};
};

// What is there now as YAML for a config: the keys `settings`, `roles` and their like of a cluster,
// indented by four spaces so that it can be put below its `- name:`. With it in the config nothing
// differs: what differs between the nodes now is named and allowed, each with a comment. Pure.
std::string BaselineText(const BaselineSource& source);

}  // namespace pgfleet::drift
