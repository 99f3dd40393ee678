#include "http/drift_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <initializer_list>
#include <optional>

#include "http/drift_view.h"
#include "http/html.h"

namespace pgfleet::http {
namespace {

constexpr std::size_t kMostOfOneList = 200, kMostEntries = 4000;
constexpr std::string_view kNotKnown = "not known";

struct Page {
  std::string body;
  ListBudget budget{kMostOfOneList, kMostEntries};

  template <typename... Arguments>
  void Add(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    Append(body, text, std::forward<Arguments>(arguments)...);
  }
};

std::string More(std::size_t all, std::size_t shown) {
  return all > shown ? fmt::format("and {} more", all - shown) : "";
}

void AddRow(Page& page, std::initializer_list<std::string_view> cells) {
  page.Add("<tr>");
  for (const std::string_view cell : cells) page.Add("<td>{}</td>", Show(cell));
  page.Add("</tr>\n");
}

// A table with a row for each entry that is shown; nothing for an empty list.
template <typename T>
void AddTable(Page& page, const std::vector<T>& list, std::initializer_list<std::string_view> heads,
              const auto& add_row) {
  if (list.empty()) return;
  page.Add("<table>\n<thead><tr>");
  for (const std::string_view head : heads) page.Add("<th scope=\"col\">{}</th>", head);
  page.Add("</tr></thead>\n<tbody>\n");
  const auto shown = page.budget.Take(list);
  for (const T& entry : shown) add_row(entry);
  page.Add("</tbody>\n</table>\n");
  if (shown.size() < list.size()) page.Add("<p>{}</p>\n", More(list.size(), shown.size()));
}

// `what` and how much of it there is; what it means that nothing is declared is said, too.
void AddCount(Page& page, std::string_view what, std::optional<std::size_t> count, bool declared) {
  page.Add("<p>{}: ", what);
  if (!declared)
    page.Add("nothing is declared");
  else if (!count)
    page.Add("{}", kNotKnown);
  else if (*count == 0)
    page.Add("<span class=\"up\">none</span>");
  else
    page.Add("<span class=\"down\">{}</span>", *count);
  page.Add("</p>\n");
}

template <typename T>
std::optional<std::size_t> SizeOf(const std::optional<std::vector<T>>* list) {
  return list != nullptr && *list ? std::optional((*list)->size()) : std::nullopt;
}

void AddSettings(Page& page, const std::optional<std::vector<model::SettingDrift>>& list) {
  if (!list) return;
  AddTable(page, *list, {"Setting", "Expected", "Actual", ""}, [&](const auto& drift) {
    AddRow(page, {drift.setting, drift.expected, drift.actual, drift.note});
  });
}

// Null: not known. `total`: how many there are where the list itself was cut.
std::string Names(Page& page, const std::vector<std::string>* names, std::int64_t total = 0) {
  if (names == nullptr) return std::string(kNotKnown);
  if (names->empty() && total == 0) return "none";
  std::vector<std::string> shown;
  for (const std::string& name : page.budget.Take(*names)) shown.push_back(Show(name));
  const std::size_t all = std::max(names->size(), static_cast<std::size_t>(total));
  if (all > shown.size()) shown.push_back(More(all, shown.size()));
  return fmt::format("{}", fmt::join(shown, ", "));
}

void AddDrift(Page& page, const NodeDriftView& node, const DriftView& cluster) {
  const model::NodeDrift* drift = node.drift;
  if (cluster.reference != node.node) {
    AddCount(page, "Settings that differ from the reference",
             SizeOf(drift == nullptr ? nullptr : &drift->node), /*declared=*/true);
    if (drift != nullptr) AddSettings(page, drift->node);
  }
  AddCount(page, "Settings that differ from the baseline",
           SizeOf(drift == nullptr ? nullptr : &drift->baseline), cluster.baseline_declared);
  if (drift != nullptr) AddSettings(page, drift->baseline);
  if (drift != nullptr && drift->not_comparable > 0)
    page.Add("<p>Settings that could not be compared: {}</p>\n", drift->not_comparable);
  if (drift != nullptr && !drift->unchecked.empty())
    page.Add("<p>Declared, and not to be seen: {}</p>\n", Names(page, &drift->unchecked));
}

std::string Errors(std::int64_t errors) {
  if (errors == 0) return "no errors";
  return fmt::format("<span class=\"down\">errors: {}</span>", errors);
}

std::string Rules(const model::RuleFileFacts* file) {
  return file == nullptr ? std::string(kNotKnown) : Errors(file->errors);
}

std::string Conf(const model::FileSettingsFacts* files) {
  if (files == nullptr) return std::string(kNotKnown);
  return Errors(files->errors) +
         (files->reload_refused ? "; <span class=\"down\">the server refused the last reload</span>"
                                : "");
}

void AddFiles(Page& page, const NodeDriftView& node) {
  page.Add("<table>\n<tbody>\n");
  const auto row = [&](std::string_view what, std::string_view said) {
    page.Add("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", what, said);
  };
  row("postgresql.conf", Conf(node.files));
  row("waits for a reload",
      node.files == nullptr ? std::string(kNotKnown)
                            : Names(page, &node.files->pending_names, node.files->pending_reload));
  row("waits for a restart",
      Names(page, node.settings == nullptr ? nullptr : &node.settings->pending_restart));
  row("set by ALTER SYSTEM", Names(page, node.auto_conf ? &*node.auto_conf : nullptr));
  row("pg_hba.conf", Rules(node.hba));
  row("pg_ident.conf", Rules(node.ident));
  page.Add("</tbody>\n</table>\n");
}

void AddNode(Page& page, const NodeDriftView& node, const DriftView& cluster) {
  page.Add("<h3>{}{}{}</h3>\n", Show(node.node),
           cluster.reference == node.node ? ", the reference" : "",
           node.up ? "" : " <span class=\"down\">down</span>");
  AddDrift(page, node, cluster);
  AddFiles(page, node);
}

std::string Path(Page& page, const std::vector<std::string>& path) {
  std::vector<std::string> steps;
  for (const std::string& role : page.budget.Take(path, kLongestPath)) steps.push_back(Show(role));
  if (steps.size() < path.size()) steps.push_back(More(path.size(), steps.size()));
  return fmt::format("{}", fmt::join(steps, " &rarr; "));
}

void AddPrivileged(Page& page, const std::vector<model::PrivilegedRole>& privileged) {
  page.Add("<p>Privileged roles: {}</p>\n", privileged.size());
  AddTable(page, privileged, {"Role", "Privilege", "Via", "Path"},
           [&](const model::PrivilegedRole& role) {
             page.Add("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n", Show(role.role),
                      NameOf(model::kPrivilegeNames, role.privilege),
                      NameOf(model::kViaNames, role.via), Path(page, role.path));
           });
}

void AddAccess(Page& page, const DriftView& cluster) {
  const model::AccessFindings* access = cluster.access;
  page.Add("<h3>Roles</h3>\n");
  AddCount(page, "Differences from the declared roles",
           access == nullptr ? std::nullopt : std::optional(access->drift.size()),
           cluster.roles_declared);
  if (access == nullptr) return page.Add("<p>Privileged roles: {}</p>\n", kNotKnown);
  AddTable(page, access->drift, {"Kind", "Role", "Detail", "Expected", "Actual"},
           [&](const model::AccessDrift& drift) {
             AddRow(page, {NameOf(model::kAccessKindNames, drift.kind), drift.role, drift.detail,
                           drift.expected, drift.actual});
           });
  AddPrivileged(page, access->privileged);
}

void AddRoleSettings(Page& page, const model::RoleSettingsFacts* facts) {
  if (facts == nullptr) return page.Add("<p>Settings of roles and databases: {}</p>\n", kNotKnown);
  page.Add("<p>Settings of roles and databases: {}</p>\n", facts->total);
  AddTable(page, facts->settings, {"Role", "Database", "Setting"}, [&](const auto& setting) {
    AddRow(page, {setting.role.empty() ? "all" : setting.role,
                  setting.database.empty() ? "all" : setting.database, setting.name});
  });
}

void AddCluster(Page& page, const DriftView& cluster) {
  page.Add("<h2><a href=\"/drift?cluster={}\">{}</a></h2>\n", EncodeParameter(cluster.cluster),
           Show(cluster.cluster));
  for (const NodeDriftView& node : cluster.nodes) AddNode(page, node, cluster);
  AddAccess(page, cluster);
  AddRoleSettings(page, cluster.role_settings);
}

}  // namespace

std::string RenderDriftPage(std::span<const model::SnapshotPtr> clusters, model::Monotonic now) {
  Page page;
  page.Add(
      "<h1>Drift</h1>\n<p><a href=\"/\">Nodes</a>, <a href=\"/drift\">every cluster</a>, "
      "<a href=\"/api/v1/drift\">as JSON</a>. Long lists are cut here; the JSON has more.</p>\n");
  for (const model::SnapshotPtr& cluster : clusters)
    if (cluster) AddCluster(page, MakeDriftView(*cluster, now));
  return HtmlDocument("pgfleet: drift", page.body);
}

}  // namespace pgfleet::http
