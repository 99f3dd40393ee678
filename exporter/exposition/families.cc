#include "exposition/families.h"

#include "analysis/analysis.h"
#include "collectors/catalog.h"
#include "exposition/knowledge.h"
#include "exposition/self_metrics.h"

namespace pgfleet::exposition {

std::vector<FamilyGroup> AllFamilyGroups() {
  std::vector<FamilyGroup> groups;
  groups.push_back({"nodes", "exporter", "", "", KnowledgeFamilies()});
  for (const collectors::Collector* collector : collectors::Catalog())
    groups.push_back({collector->name, "collector", model::Name(collector->lane),
                      collector->privilege, collector->metrics});
  for (const analysis::Analysis* subject : analysis::Catalog())
    groups.push_back({subject->name, "analysis", "", "", subject->metrics});
  groups.push_back({"process", "exporter", "", "", SelfFamilies()});
  return groups;
}

std::span<const metric::MetricDesc* const> AllFamilies() {
  static const std::vector<const metric::MetricDesc*> families = [] {
    std::vector<const metric::MetricDesc*> all;
    for (const FamilyGroup& group : AllFamilyGroups())
      all.insert(all.end(), group.metrics.begin(), group.metrics.end());
    return all;
  }();
  return families;
}

}  // namespace pgfleet::exposition
