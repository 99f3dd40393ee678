#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What the inventory lane reads of a node's configuration. No value of a setting that may hold a
// secret is in here: it does not leave the server.
namespace pgfleet::model {

struct Setting {
  enum class Kind : std::uint8_t { kBytes, kSeconds, kEnabled, kValue, kState };
  std::string name;
  Kind kind = Kind::kValue;
  double number = 0;  // base unit; 0/1 for kEnabled
  std::string state;  // kState
};

// One row of pg_settings, for comparing nodes.
struct ServerSetting {
  enum class Value : std::uint8_t {
    kNumber,    // in `number`: bytes, seconds or without a unit; bool as 0/1
    kText,      // in `text`: strings, words, and numbers that cannot be read
    kRedacted,  // may hold a secret
    kHidden,    // something set for our role, database or session hides the server's own
  };
  enum class Type : std::uint8_t { kBool, kInteger, kReal, kEnum, kString };
  std::string name{};
  Value value = Value::kHidden;
  Setting::Kind kind = Setting::Kind::kState;  // of a number: its unit
  bool pending_restart = false;
  bool is_default = false;               // the built-in value; of a hidden one: not known
  std::optional<bool> from_auto_conf{};  // set by ALTER SYSTEM; absent: not visible to our role
  double number = 0;
  std::string text{};
  std::string context{};  // internal, postmaster, sighup, ... as pg_settings has it
  std::string source{};   // default, configuration file, command line, ...
  Type type = Type::kString;
  double step = 1;        // bytes or seconds of a number without a unit in postgresql.conf
  bool is_octal = false;  // shown with a leading 0, as file modes are

  bool operator==(const ServerSetting&) const = default;
};

struct SettingsFacts {
  std::vector<Setting> settings;             // the allow-list, by name
  std::vector<std::string> pending_restart;  // names, all settings that the role may see
  std::vector<ServerSetting> all;            // by name, all settings that the role may see
  // Settings from postgresql.auto.conf; absent where the role sees no source files. Such a role
  // does not see all settings either: do not compare its rows with those of another.
  std::optional<std::int64_t> from_auto_conf;
};

struct FileSettingsFacts {
  std::int64_t errors = 0;  // a setting that waits for a restart is none
  bool reload_refused = false;
  std::int64_t pending_reload = 0;
  std::vector<std::string> pending_names;  // at most 50
};

// A file of rules, as it is on disk and not as it was loaded.
struct RuleFileFacts {
  std::int64_t errors = 0;
  std::int64_t rules = 0;   // those without an error
  std::string fingerprint;  // of the rules in their order without their options; "" without rules
};

// ALTER ROLE ... SET, ALTER DATABASE ... SET.
struct RoleSetting {
  std::string database;     // "": all
  std::string role;         // "": all
  std::string name;         // of the setting
  std::string fingerprint;  // of its value; "" when that may hold a secret

  bool operator==(const RoleSetting&) const = default;
};

struct RoleSettingsFacts {
  std::int64_t total = 0;
  std::vector<RoleSetting> settings;  // by database, role, name; at most 1000
};

}  // namespace pgfleet::model
