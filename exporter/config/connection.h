#pragma once

#include <map>
#include <string>

#include "config/faults.h"
#include "config/yaml_tree.h"

namespace pgfleet::config {

struct Setting {
  std::string value;  // ${ENV} replaced; may be secret
  Place place;
};

// What one `connection` mapping (or a node with its flat keys) says, by keyword.
using Settings = std::map<std::string, Setting, std::less<>>;

// Reads the value of one keyword into `settings`, checked by its kind. A fault names the keyword
// and never the value.
void ReadSetting(std::string_view keyword, const YamlNode& value, const Environment& environment,
                 Faults& faults, Settings& settings);

// Reads a `connection` mapping. host and hostaddr do not stand here but beside the node's name.
void ReadConnection(const YamlNode& mapping, const Environment& environment, Faults& faults,
                    Settings& settings);

// Lays defaults under `settings`: what is set already stays.
void LayUnder(const Settings& defaults, Settings& settings);

// The keywords of a node whose defaults have been laid under, with sslmode made explicit. Adds what
// is wrong with the whole: no host, or verify-full without a name to verify. `place` is the node's.
// Pure.
std::map<std::string, std::string> Finish(const Settings& settings, Place place, Faults& faults);

// What sslmode is when nothing says so: "verify-full", or "prefer" on Unix sockets and loopback. An
// address decides before a name does. Pure.
std::string_view DefaultSslMode(std::string_view host, std::string_view hostaddr);

}  // namespace pgfleet::config
