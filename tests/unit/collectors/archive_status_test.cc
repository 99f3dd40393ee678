#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

// whole segments, all files, age of the oldest
const Row kThree = {"3", "4", "12.5"};

model::ArchiverFacts Archiver() {
  return {.mode = "on",
          .configured = true,
          .last_archived_wal = "000000010000000000000002",
          .segment_bytes = 16777216,
          .wal_lsn = model::Lsn::Parse("0/5000060")};
}

bool IsWanted(const model::ArchiverFacts& archiver) {
  model::NodeFacts facts;
  facts.archiver = std::make_shared<model::ArchiverFacts>(archiver);
  return kArchiveStatus.wanted(facts);
}

std::string PageWith(const model::ArchiverFacts& archiver) {
  OneNode one;
  MustDecode(kArchiveStatus, Answer(kArchiveStatus, {kThree}), one.facts());
  one.facts().archiver = std::make_shared<model::ArchiverFacts>(archiver);
  return one.Page(kArchiveStatus);
}

TEST(ArchiveStatus, WhatWaitsIsCountedAndAged) {
  EXPECT_EQ(PageWith(Archiver()),
            "pgfleet_archiver_ready_files 3\n"
            "pgfleet_archiver_oldest_ready_age_seconds 12.5\n");
}

TEST(ArchiveStatus, AnEmptyDirectoryHasNoAge) {
  OneNode one;
  MustDecode(kArchiveStatus, Answer(kArchiveStatus, {{"0", "0", kNull}}), one.facts());
  EXPECT_EQ(one.Page(kArchiveStatus), "pgfleet_archiver_ready_files 0\n");
}

TEST(ArchiveStatus, TheDirectoryIsReadWhileCompleteSegmentsWait) {
  model::ArchiverFacts archiver = Archiver();
  EXPECT_TRUE(IsWanted(archiver));
  archiver.wal_lsn = model::Lsn::Parse("0/3FFFFFF");
  EXPECT_FALSE(IsWanted(archiver));
  archiver.wal_lsn = model::Lsn::Parse("0/4000000");
  EXPECT_TRUE(IsWanted(archiver));
}

TEST(ArchiveStatus, TheDirectoryIsReadWhenNobodyCanReckonWhatWaits) {
  EXPECT_TRUE(kArchiveStatus.wanted({})) << "the archiver's facts are not known";
  model::ArchiverFacts archiver = Archiver();
  archiver.last_archived_wal = "";
  EXPECT_TRUE(IsWanted(archiver)) << "nothing was archived yet";
  archiver = Archiver();
  archiver.in_recovery = true;
  archiver.mode = "always";
  archiver.wal_lsn.reset();
  EXPECT_TRUE(IsWanted(archiver)) << "a standby that archives";
}

TEST(ArchiveStatus, WhereNoArchiverRunsTheDirectoryIsNotRead) {
  model::ArchiverFacts archiver = Archiver();
  archiver.mode = "off";
  EXPECT_FALSE(IsWanted(archiver));
  archiver.mode = "on";
  archiver.in_recovery = true;
  archiver.wal_lsn.reset();
  EXPECT_FALSE(IsWanted(archiver));
}

TEST(ArchiveStatus, AnOldCountIsNotShownOnceNothingWaits) {
  model::ArchiverFacts archiver = Archiver();
  archiver.wal_lsn = model::Lsn::Parse("0/3000060");
  EXPECT_EQ(PageWith(archiver), "");
  archiver.mode = "off";
  EXPECT_EQ(PageWith(archiver), "");
}

}  // namespace
}  // namespace pgfleet::collectors
