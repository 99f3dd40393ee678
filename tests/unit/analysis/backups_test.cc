#include <gtest/gtest.h>

#include <chrono>

#include "analysis/list.h"
#include "model/backup_report.h"

namespace pgfleet::analysis {
namespace {

using namespace std::chrono_literals;

class BackupSamples : public testing::Test {
 protected:
  std::string Page(const model::BackupStatus& status) const {
    model::ClusterSnapshot cluster;
    cluster.name = "c";
    auto report = std::make_shared<model::BackupReport>();
    report->backups.push_back(status);
    cluster.backups = std::move(report);
    metric::MetricWriter out(kBackups.metrics);
    out.EnterCluster("c");
    kBackups.write(cluster, now_, out);
    std::string page;
    for (std::size_t i = 0; i < kBackups.metrics.size(); ++i) page += out.Lines(i);
    return page;
  }
  model::BackupStatus ReadBefore(std::chrono::seconds age) const {
    model::BackupFacts facts;
    facts.files = 2;
    facts.bytes = 30;
    facts.newest = 1000;
    facts.complete = false;
    facts.format = "custom";
    facts.compression = "none";
    return {.name = "b",
            .max_age = 3min,
            .read = model::Moment{now_ - age, model::Wall(7s)},
            .failure = {},
            .facts = std::make_shared<model::BackupFacts>(facts)};
  }

  model::Monotonic now_ = model::Monotonic() + 1h;
};

TEST_F(BackupSamples, WhatIsKnownIsWrittenAndNothingElse) {
  EXPECT_EQ(Page(ReadBefore(1min)),
            "pgfleet_backup_newest_timestamp_seconds{pg_cluster=\"c\",backup=\"b\"} 1000\n"
            "pgfleet_backup_complete{pg_cluster=\"c\",backup=\"b\"} 0\n"
            "pgfleet_backup_info{pg_cluster=\"c\",backup=\"b\",format=\"custom\","
            "compression=\"none\"} 1\n"
            "pgfleet_backup_files{pg_cluster=\"c\",backup=\"b\"} 2\n"
            "pgfleet_backup_growing_files{pg_cluster=\"c\",backup=\"b\"} 0\n"
            "pgfleet_backup_bytes{pg_cluster=\"c\",backup=\"b\"} 30\n"
            "pgfleet_backup_scan_timestamp_seconds{pg_cluster=\"c\",backup=\"b\"} 7\n");
}

TEST_F(BackupSamples, OldFactsAreDroppedAndTheirTimeIsKept) {
  auto status = ReadBefore(181s);
  status.failure = model::FailureReason::kTimeout;
  EXPECT_EQ(Page(status),
            "pgfleet_backup_scan_timestamp_seconds{pg_cluster=\"c\",backup=\"b\"} 7\n"
            "pgfleet_backup_scan_failure{pg_cluster=\"c\",backup=\"b\",reason=\"timeout\"} 1\n");
}

TEST_F(BackupSamples, BeforeTheFirstReadThereIsNothing) {
  EXPECT_EQ(Page({.name = "b", .max_age = 3min, .read = {}, .failure = {}, .facts = nullptr}), "");
}

}  // namespace
}  // namespace pgfleet::analysis
