#include "config/name_lists.h"

namespace pgfleet::config {
namespace {

// As PostgreSQL has it: also every byte beyond ASCII.
bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool IsInName(char c) { return IsLetter(c) || (c >= '0' && c <= '9') || c == '$'; }

// Whether a name could begin with this text; "" and one that ends in a dot are such.
bool IsSettingPrefix(std::string_view text) {
  bool begins = true;  // a part of the name
  for (const char c : text) {
    if (begins ? !IsLetter(c) : !IsInName(c) && c != '.') return false;
    begins = c == '.';
  }
  return true;
}

// Whether it is a single value; `what`: "a setting".
bool CheckText(Reader& reader, const YamlNode& item, std::string_view what) {
  if (item.kind == YamlNode::Kind::kScalar) return true;
  const std::string_view hint =
      item.kind == YamlNode::Kind::kNull ? ": write it in quotes if that is its name" : "";
  reader.faults.Add(item.place, fmt::format("the name of {} must be a single value, not {}{}", what,
                                            KindName(item.kind), hint));
  return false;
}

// The text before the star of a pattern, or the name.
bool CheckStar(Reader& reader, const YamlNode& item, std::string_view& stem) {
  stem = item.text;
  if (stem.ends_with('*')) stem.remove_suffix(1);
  if (!stem.contains('*')) return true;
  reader.faults.Add(item.place, fmt::format("'{}': a * stands only at the end of a pattern",
                                            Printable(item.text)));
  return false;
}

bool CheckRoleText(Reader& reader, const YamlNode& item, std::string_view name) {
  constexpr std::size_t kLongest = 63;
  if (!name.empty() && name.size() <= kLongest) return true;
  reader.faults.Add(item.place,
                    "the name of a role must be of 1 to 63 bytes, as PostgreSQL cuts longer ones");
  return false;
}

}  // namespace

std::span<const YamlNode> ReadItems(Reader& reader, const YamlNode& value, const ListForm& form) {
  if (value.kind == YamlNode::Kind::kSequence) return value.items;
  reader.faults.Add(
      value.place, fmt::format("'{}' must be a list of {}, such as {}, not {}", form.key, form.what,
                               form.example, KindName(value.kind)));
  return {};
}

std::string Lowered(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

bool IsSettingName(std::string_view text) {
  return !text.empty() && text.back() != '.' && IsSettingPrefix(text);
}

std::string NotASettingName(std::string_view text) {
  return fmt::format(
      "'{}' cannot be the name of a setting: it is made of letters, digits, _ and $, begins with a "
      "letter, and has a dot if it is of an extension",
      Printable(text));
}

bool CheckSettingName(Reader& reader, const YamlNode& item) {
  if (!CheckText(reader, item, "a setting")) return false;
  if (IsSettingName(item.text)) return true;
  reader.faults.Add(item.place, NotASettingName(item.text));
  return false;
}

bool CheckRoleSetting(Reader& reader, const YamlNode& item) {
  if (!CheckText(reader, item, "a setting")) return false;
  if (IsSettingName(item.text) || item.text.contains('.')) return true;
  reader.faults.Add(item.place, NotASettingName(item.text));
  return false;
}

bool CheckSettingPattern(Reader& reader, const YamlNode& item) {
  std::string_view stem;
  if (!CheckText(reader, item, "a setting") || !CheckStar(reader, item, stem)) return false;
  if (item.text.ends_with('*') ? IsSettingPrefix(stem) : IsSettingName(stem)) return true;
  reader.faults.Add(item.place, NotASettingName(item.text));
  return false;
}

bool CheckRoleName(Reader& reader, const YamlNode& item) {
  return CheckText(reader, item, "a role") && CheckRoleText(reader, item, item.text);
}

bool CheckRolePattern(Reader& reader, const YamlNode& item) {
  std::string_view stem;
  if (!CheckText(reader, item, "a role") || !CheckStar(reader, item, stem)) return false;
  return item.text == "*" || CheckRoleText(reader, item, stem);
}

bool CheckNotListed(Reader& reader, const YamlNode& item, std::string name, std::string_view key,
                    Listed& listed) {
  const auto [first, is_new] =
      listed.emplace(std::move(name), ListedAt{.key = key, .line = item.place.line});
  if (is_new) return true;
  reader.faults.Add(
      item.place,
      first->second.key == key
          ? fmt::format("'{}' is listed twice (first on line {})", Printable(item.text),
                        first->second.line)
          : fmt::format("'{}' is in '{}' as well (line {}): it can only be in one of the lists",
                        Printable(item.text), first->second.key, first->second.line));
  return false;
}

}  // namespace pgfleet::config
