#include "drift/baseline_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "drift/baseline_parts.h"
#include "drift/yaml_text.h"

namespace pgfleet::drift {
namespace {

// 16.4, 9.6.24
std::string VersionText(int number) {
  if (number == 0) return "version not known";
  if (number >= 100000) return fmt::format("{}.{}", number / 10000, number % 10000);
  return fmt::format("{}.{}.{}", number / 10000, number / 100 % 100, number % 100);
}

std::string NodesText(const BaselineSource& source) {
  std::vector<std::string> nodes;
  for (std::size_t i = 0; i < source.nodes.size(); ++i) {
    const NodeSettings& node = source.nodes[i];
    nodes.push_back(fmt::format("{} ({}{}{})", node.name, VersionText(node.version_number),
                                source.reference == i ? ", the reference" : "",
                                node.settings == nullptr ? ", its settings are not known" : ""));
  }
  return fmt::format("{}", fmt::join(nodes, ", "));
}

// One line, whatever it is.
std::string Line(std::string_view text) {
  const std::string quoted = Quoted(text);
  return quoted.substr(1, quoted.size() - 2);
}

std::string Head(const BaselineSource& source) {
  return fmt::format(
      "    # Cluster {} as it was: {}.\n"
      "    # Nodes: {}.\n"
      "    # Look it through, correct what should not be so, and put it below the `- name:` of "
      "the\n"
      "    # cluster in the config. What differs from it from then on is drift.\n",
      Line(source.cluster), Line(source.written), Line(NodesText(source)));
}

}  // namespace

std::string BaselineText(const BaselineSource& source) {
  return Head(source) + SettingsText(source) + RolesText(source.access);
}

}  // namespace pgfleet::drift
