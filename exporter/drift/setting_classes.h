#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/configuration_facts.h"
#include "model/desired.h"

namespace pgfleet::drift {

// What a difference between two nodes of a cluster means, by the nature of the setting.
enum class SettingClass : std::uint8_t {
  kCompared,       // must be alike: all that the table does not name, also of extensions
  kIdentity,       // fixed when the cluster or the server was made
  kOneSided,       // a standby must not have less than its primary
  kNodeLocal,      // paths, addresses, names of the node
  kRoleDependent,  // of a primary only, or of a standby only
  kSession,        // of one session, whatever the file says
  kComputed,       // the server found it out by itself
  kSecret,         // holds a secret and nothing else
};
inline constexpr std::array<std::string_view, 8> kSettingClassNames = {
    "compared",       "identity", "one_sided", "node_local",
    "role_dependent", "session",  "computed",  "secret"};

// By the built-in table alone. `version_number` is the server's server_version_num; 0: not known.
SettingClass ClassOf(const model::ServerSetting& setting, int version_number);

// True for a name that an extension or an application made up (a.b): what it holds is nobody's
// business.
bool IsCustom(std::string_view name);

// The name by which settings are told apart: PostgreSQL does not tell upper from lower case.
std::string Folded(std::string_view name);

// Everything that the built-in table says, as one text that changes with it.
std::string ClassTableText();

// The built-in table under the lists of the config.
class SettingRules {
 public:
  enum class Word : std::uint8_t { kNone, kMustMatch, kMayDiffer, kIgnore };
  enum class Comparison : std::uint8_t { kNone, kEqual, kNotLess };

  explicit SettingRules(const model::DesiredSettings& desired);

  // What the lists say: the cluster's before the fleet's, a name before a pattern, the longest
  // pattern first.
  Word WordOn(std::string_view name) const;
  bool Ignores(std::string_view name) const { return WordOn(name) == Word::kIgnore; }
  // How a setting is compared with that of another node.
  Comparison BetweenNodes(const model::ServerSetting& setting, int version_number) const;
  // False where a change means nothing: of the session, computed, following the role, or ignored.
  bool CountsChanges(const model::ServerSetting& setting, int version_number) const;

 private:
  struct Level {
    std::map<std::string, Word, std::less<>> names;
    std::vector<std::pair<std::string, Word>> patterns;  // without the star, longest first
  };
  static Level LevelOf(const model::ComparisonLists& lists);

  std::array<Level, 2> levels_;
};

}  // namespace pgfleet::drift
