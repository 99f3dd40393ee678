#include "exposition/reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include "exposition/families.h"

namespace pgfleet::exposition {
namespace {

using metric::Kind;
using metric::MetricDesc;
using metric::Scope;

TEST(Reference, IsCommittedAsTheCodeSaysIt) {
  const std::string path = PGFLEET_SOURCE_DIR "/METRICS.md";
  if (std::getenv("PGFLEET_UPDATE") != nullptr) std::ofstream(path) << MetricsReference();
  std::ifstream file(path);
  const std::string committed{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(committed == MetricsReference())
      << "METRICS.md is not what the code says; write it again with\n"
         "  pgfleet_exporter metrics-reference > METRICS.md";
}

TEST(Reference, HasEveryFamily) {
  const std::string reference = MetricsReference();
  for (const MetricDesc* desc : AllFamilies())
    EXPECT_THAT(reference, testing::HasSubstr("| `" + std::string(desc->name) + "` |"));
}

class EveryMetric : public testing::Test {
 protected:
  // Calls the check for each description and names the one that fails.
  template <typename Check>
  void ForEach(Check check) {
    for (const MetricDesc* desc : AllFamilies()) {
      SCOPED_TRACE(std::string(desc->name));
      check(*desc);
    }
  }
};

bool EndsWithAny(std::string_view name, std::initializer_list<std::string_view> endings) {
  return std::ranges::any_of(endings, [&](std::string_view end) { return name.ends_with(end); });
}

TEST_F(EveryMetric, HasANameOfItsOwn) {
  std::set<std::string_view> names;
  ForEach([&](const MetricDesc& desc) { EXPECT_TRUE(names.insert(desc.name).second); });
}

TEST_F(EveryMetric, HasThePrefix) {
  ForEach([](const MetricDesc& desc) {
    const bool process = desc.scope == Scope::kProcess && desc.name.starts_with("process_");
    EXPECT_TRUE(process || desc.name.starts_with("pgfleet_"));
    EXPECT_EQ(desc.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"),
              std::string_view::npos);
  });
}

TEST_F(EveryMetric, EndsAsItsKindDoes) {
  ForEach([](const MetricDesc& desc) {
    EXPECT_EQ(desc.name.ends_with("_total"), desc.kind == Kind::kCounter);
    EXPECT_FALSE(EndsWithAny(desc.name, {"_count", "_sum", "_bucket"}));
  });
}

TEST_F(EveryMetric, NamesItsUnitLast) {
  ForEach([](const MetricDesc& desc) {
    std::string_view name = desc.name;
    if (name.ends_with("_total")) name.remove_suffix(6);
    if (desc.unit.empty()) {
      EXPECT_FALSE(EndsWithAny(name, {"_seconds", "_bytes", "_ratio"}));
    } else {
      EXPECT_TRUE(name.ends_with("_" + std::string(desc.unit))) << desc.unit;
    }
  });
}

TEST_F(EveryMetric, LeavesTheLabelsAloneThatBelongToPrometheus) {
  constexpr std::string_view kForbidden[] = {"type",       "job",     "instance", "cluster", "env",
                                             "pg_cluster", "pg_node", "le",       "quantile"};
  ForEach([&](const MetricDesc& desc) {
    std::set<std::string_view> labels;
    for (const std::string_view label : desc.labels) {
      EXPECT_TRUE(labels.insert(label).second) << label << " comes twice";
      EXPECT_EQ(std::ranges::count(kForbidden, label), 0) << label;
      EXPECT_EQ(label.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos);
    }
  });
}

TEST_F(EveryMetric, ExplainsItselfInOneLine) {
  ForEach([](const MetricDesc& desc) {
    EXPECT_GT(desc.help.size(), 10U);
    EXPECT_TRUE(desc.help.ends_with("."));
    EXPECT_EQ(desc.help.find('\n'), std::string_view::npos);
    EXPECT_FALSE(desc.source.empty());
  });
}

TEST_F(EveryMetric, OfAStateSetHasALabelForTheState) {
  ForEach([](const MetricDesc& desc) {
    EXPECT_TRUE(desc.kind != Kind::kStateSet || !desc.labels.empty());
  });
}

}  // namespace
}  // namespace pgfleet::exposition
