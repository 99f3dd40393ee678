#include "http/drift_json.h"

#include <algorithm>
#include <cstdint>

#include "http/drift_view.h"
#include "http/html.h"
#include "http/json.h"

namespace pgfleet::http {
namespace {

constexpr std::size_t kMostOfOneList = 1000, kMostEntries = 20000;

void Put(JsonWriter& json, std::string_view key, std::string_view value) {
  json.Key(key).Text(Shorten(value));
}

// {"entries": [...], "more": 0}; `write(entry)` writes one of them. `more` counts up to `total`
// where the list itself was cut.
template <typename T>
void PutList(JsonWriter& json, ListBudget& budget, std::string_view key, const std::vector<T>* list,
             const auto& write, std::int64_t total = 0) {
  json.Key(key);
  if (list == nullptr) return json.Null();
  const auto shown = budget.Take(*list);
  json.Open('{').Key("entries").Open('[');
  for (const T& entry : shown) write(entry);
  const auto all = std::max(list->size(), static_cast<std::size_t>(total));
  json.Close(']').Key("more").Number(all - shown.size());
  json.Close('}');
}

template <typename T>
const T* Get(const std::optional<T>& value) {
  return value ? &*value : nullptr;
}

void PutNames(JsonWriter& json, ListBudget& budget, std::string_view key,
              const std::vector<std::string>* names, std::int64_t total = 0) {
  PutList(
      json, budget, key, names, [&](const std::string& name) { json.Text(Shorten(name)); }, total);
}

void PutDrift(JsonWriter& json, ListBudget& budget, std::string_view key,
              const std::vector<model::SettingDrift>* list) {
  PutList(json, budget, key, list, [&](const model::SettingDrift& drift) {
    json.Open('{');
    Put(json, "setting", drift.setting);
    Put(json, "expected", drift.expected);
    Put(json, "actual", drift.actual);
    Put(json, "note", drift.note);
    json.Close('}');
  });
}

void PutSettings(JsonWriter& json, ListBudget& budget, const NodeDriftView& node) {
  const model::NodeDrift* drift = node.drift;
  json.Key("settings").Open('{');
  PutDrift(json, budget, "node", drift == nullptr ? nullptr : Get(drift->node));
  PutDrift(json, budget, "baseline", drift == nullptr ? nullptr : Get(drift->baseline));
  json.Key("not_comparable");
  drift == nullptr ? json.Null() : json.Number(drift->not_comparable);
  PutNames(json, budget, "unchecked", drift == nullptr ? nullptr : &drift->unchecked);
  PutNames(json, budget, "pending_restart",
           node.settings == nullptr ? nullptr : &node.settings->pending_restart);
  PutNames(json, budget, "auto_conf", Get(node.auto_conf));
  json.Close('}');
}

void PutRules(JsonWriter& json, std::string_view key, const model::RuleFileFacts* file) {
  json.Key(key);
  if (file == nullptr) return json.Null();
  json.Open('{').Key("errors").Number(file->errors);
  json.Close('}');
}

void PutFiles(JsonWriter& json, ListBudget& budget, const NodeDriftView& node) {
  json.Key("files").Open('{').Key("postgresql.conf");
  if (node.files == nullptr) {
    json.Null();
  } else {
    json.Open('{').Key("errors").Number(node.files->errors);
    json.Key("reload_refused").Bool(node.files->reload_refused);
    json.Key("pending_reload").Number(node.files->pending_reload);
    PutNames(json, budget, "pending_names", &node.files->pending_names, node.files->pending_reload);
    json.Close('}');
  }
  PutRules(json, "pg_hba.conf", node.hba);
  PutRules(json, "pg_ident.conf", node.ident);
  json.Close('}');
}

void PutNode(JsonWriter& json, ListBudget& budget, const NodeDriftView& node) {
  json.Open('{');
  Put(json, "node", node.node);
  json.Key("up").Bool(node.up);
  PutSettings(json, budget, node);
  PutFiles(json, budget, node);
  json.Close('}');
}

void PutPrivileged(JsonWriter& json, ListBudget& budget, const model::PrivilegedRole& role) {
  json.Open('{');
  Put(json, "role", role.role);
  json.Key("privilege").Text(NameOf(model::kPrivilegeNames, role.privilege));
  json.Key("via").Text(NameOf(model::kViaNames, role.via));
  json.Key("path").Open('[');
  const auto path = budget.Take(role.path, kLongestPath);
  for (const std::string& step : path) json.Text(Shorten(step));
  json.Close(']').Key("path_more").Number(role.path.size() - path.size());
  json.Close('}');
}

void PutAccess(JsonWriter& json, ListBudget& budget, const model::AccessFindings* access) {
  json.Key("access");
  if (access == nullptr) return json.Null();
  json.Open('{');
  PutList(json, budget, "drift", &access->drift, [&](const model::AccessDrift& drift) {
    json.Open('{').Key("kind").Text(NameOf(model::kAccessKindNames, drift.kind));
    Put(json, "role", drift.role);
    Put(json, "detail", drift.detail);
    Put(json, "expected", drift.expected);
    Put(json, "actual", drift.actual);
    json.Close('}');
  });
  PutList(json, budget, "privileged", &access->privileged,
          [&](const model::PrivilegedRole& role) { PutPrivileged(json, budget, role); });
  json.Close('}');
}

void PutRoleSettings(JsonWriter& json, ListBudget& budget, const model::RoleSettingsFacts* facts) {
  PutList(
      json, budget, "role_settings", facts == nullptr ? nullptr : &facts->settings,
      [&](const model::RoleSetting& setting) {
        json.Open('{');
        Put(json, "database", setting.database);
        Put(json, "role", setting.role);
        Put(json, "setting", setting.name);
        json.Close('}');
      },
      facts == nullptr ? 0 : facts->total);
}

void PutCluster(JsonWriter& json, ListBudget& budget, const DriftView& view) {
  json.Open('{');
  Put(json, "cluster", view.cluster);
  json.Key("reference");
  view.reference ? json.Text(Shorten(*view.reference)) : json.Null();
  json.Key("declared").Open('{').Key("baseline").Bool(view.baseline_declared);
  json.Key("roles").Bool(view.roles_declared);
  json.Close('}').Key("nodes").Open('[');
  for (const NodeDriftView& node : view.nodes) PutNode(json, budget, node);
  json.Close(']');
  PutAccess(json, budget, view.access);
  PutRoleSettings(json, budget, view.role_settings);
  json.Close('}');
}

}  // namespace

std::string RenderDriftJson(std::span<const model::SnapshotPtr> clusters, model::Monotonic now) {
  JsonWriter json;
  ListBudget budget(kMostOfOneList, kMostEntries);
  json.Open('{').Key("clusters").Open('[');
  for (const model::SnapshotPtr& cluster : clusters)
    if (cluster) PutCluster(json, budget, MakeDriftView(*cluster, now));
  json.Close(']').Close('}');
  return json.Take() + "\n";
}

}  // namespace pgfleet::http
