#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "config/reader.h"

namespace pgfleet::config {

// What is said of a list that is none: "'ignore' must be a list of <what>, such as <example>".
struct ListForm {
  std::string_view key, what, example;
};

// The items of a list; none, and a fault, where the value is no list.
std::span<const YamlNode> ReadItems(Reader& reader, const YamlNode& value, const ListForm& form);

// In lower case, ASCII only: PostgreSQL does not tell upper from lower case in names of settings.
std::string Lowered(std::string_view text);

// Whether the text can be the name of a setting, `work_mem` or `auto_explain.log_format`.
bool IsSettingName(std::string_view text);
// The fault of a text that cannot.
std::string NotASettingName(std::string_view text);

// Each: false, and a fault, where the item is not such a thing.
bool CheckSettingName(Reader& reader, const YamlNode& item);
bool CheckSettingPattern(Reader& reader, const YamlNode& item);  // or a name
// Also what ALTER ROLE ... SET took before 14: anything that has a dot.
bool CheckRoleSetting(Reader& reader, const YamlNode& item);
bool CheckRoleName(Reader& reader, const YamlNode& item);
bool CheckRolePattern(Reader& reader, const YamlNode& item);  // or a name

// What stands in the lists so far, by name, and where.
struct ListedAt {
  std::string_view key;
  int line = 0;
};
using Listed = std::map<std::string, ListedAt, std::less<>>;

// Notes the name; false, and a fault, where it stands in this list or another one already.
bool CheckNotListed(Reader& reader, const YamlNode& item, std::string name, std::string_view key,
                    Listed& listed);

}  // namespace pgfleet::config
