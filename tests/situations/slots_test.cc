// What becomes of a replication slot, from healthy to lost.
#include <gmock/gmock.h>

#include "support/watch.h"

namespace pgfleet::test {
namespace {

constexpr double kMebibyte = 1 << 20;

// A slot that nothing streams from, on a server whose limits the test moves. Only 13 and later take
// WAL away from a slot.
class Slots : public testing::TestWithParam<int> {
 protected:
  static LabelMap Of(const std::string& slot) { return On("pg1", {{"slot", slot}}); }
  static std::string Status(const Page& page) {
    return page.State("pgfleet_slot_wal_status", "status", Of("slow"));
  }
  PostgresServer& server() { return cluster_.primary(); }
  std::string ServersStatus() {
    return server().Value("SELECT wal_status FROM pg_replication_slots WHERE slot_name = 'slow'");
  }
  Page WaitForStatus(const std::string& status) const {
    return exporter_.WaitForPage([&](const Page& page) { return Status(page) == status; });
  }
  void SetLimits(const std::string& keep, const std::string& max_wal_size) {
    server().Execute("ALTER SYSTEM SET max_slot_wal_keep_size = '" + keep + "'");
    server().Execute("ALTER SYSTEM SET max_wal_size = '" + max_wal_size + "'");
    server().Execute("SELECT pg_reload_conf()");
  }
  // Reserves WAL from now on; the slot's own file is the one that it cannot do without.
  void MakeSlot() {
    server().Execute("SELECT pg_create_physical_replication_slot('slow', true)");
    needed_ = server().data() / "pg_wal" /
              server().Value(
                  "SELECT pg_walfile_name(restart_lsn) FROM pg_replication_slots"
                  " WHERE slot_name = 'slow'");
  }
  void PutInDanger() {
    MakeSlot();
    WriteWal(server(), 6);
    SetLimits("3MB", "64MB");
    WaitForStatus("unreserved");
  }

  Cluster cluster_{GetParam(), {.primary_conf = {"min_wal_size = 2MB"}}};
  ExporterProcess exporter_{Watching(Declared(cluster_), GetParam())};
  std::filesystem::path needed_;
};
INSTANTIATE_TEST_SUITE_P(Server, Slots, testing::ValuesIn(MajorsFrom(13)),
                         testing::PrintToStringParamName());

TEST_P(Slots, WithoutALimitIsReservedAndHasNoDistanceToItsLoss) {
  MakeSlot();
  const Page page = WaitForStatus("reserved");
  EXPECT_EQ(ServersStatus(), "reserved");
  EXPECT_EQ(page.Value("pgfleet_slot_invalid", Of("slow")), 0);
  EXPECT_EQ(page.Value("pgfleet_slot_active", Of("slow")), 0);
  EXPECT_TRUE(page.Has("pgfleet_slot_retained_wal_bytes", Of("slow")));
  EXPECT_FALSE(page.Has("pgfleet_slot_safe_wal_bytes", Of("slow")));
  EXPECT_FALSE(page.Has("pgfleet_slot_invalid_reason"));
}

TEST_P(Slots, BeyondMaxWalSizeIsExtendedAndStillSafe) {
  MakeSlot();
  SetLimits("32MB", "2MB");
  WriteWal(server(), 5);
  const Page page = WaitForStatus("extended");
  EXPECT_EQ(ServersStatus(), "extended");
  EXPECT_EQ(page.Value("pgfleet_slot_invalid", Of("slow")), 0);
  EXPECT_GE(page.Value("pgfleet_slot_retained_wal_bytes", Of("slow")), 5 * kMebibyte);
  EXPECT_GT(page.Value("pgfleet_slot_safe_wal_bytes", Of("slow")), 0);
}

TEST_P(Slots, InDangerIsUnreservedWithNothingSafeLeft) {
  PutInDanger();
  const Page page = WaitForStatus("unreserved");
  EXPECT_EQ(ServersStatus(), "unreserved");
  EXPECT_TRUE(std::filesystem::exists(needed_));
  const auto safe = page.Value("pgfleet_slot_safe_wal_bytes", Of("slow"));
  EXPECT_LT(safe.value_or(0), 0) << "negative: it should have been taken away already";
  EXPECT_EQ(safe, Number(server(), "SELECT safe_wal_size FROM pg_replication_slots"));
  EXPECT_EQ(page.Value("pgfleet_slot_invalid", Of("slow")), 0) << "it can still be rescued";
  EXPECT_GE(page.Value("pgfleet_slot_retained_wal_bytes", Of("slow")), 6 * kMebibyte);
}

TEST_P(Slots, InDangerIsReservedAgainOnceItIsAdvanced) {
  PutInDanger();
  server().Execute("SELECT pg_replication_slot_advance('slow', pg_current_wal_flush_lsn())");
  const Page page = WaitForStatus("reserved");
  EXPECT_EQ(ServersStatus(), "reserved");
  EXPECT_GT(page.Value("pgfleet_slot_safe_wal_bytes", Of("slow")), 0);
  EXPECT_LT(page.Value("pgfleet_slot_retained_wal_bytes", Of("slow")), kMebibyte);
}

TEST_P(Slots, LostIsInvalidForGoodAndRetainsNothing) {
  PutInDanger();
  server().Execute("CHECKPOINT");
  const Page page = WaitForStatus("lost");
  EXPECT_EQ(ServersStatus(), "lost");
  EXPECT_FALSE(std::filesystem::exists(needed_));
  EXPECT_THAT(server().LogTail(), testing::HasSubstr("slow"));
  EXPECT_EQ(page.Value("pgfleet_slot_invalid", Of("slow")), 1);
  LabelMap reason = Of("slow");
  reason["reason"] = "wal_removed";
  const bool reason_is_told = GetParam() != 16;
  EXPECT_EQ(page.Has("pgfleet_slot_invalid_reason", reason), reason_is_told);
  EXPECT_FALSE(page.Has("pgfleet_slot_retained_wal_bytes", Of("slow")));
  EXPECT_FALSE(page.Has("pgfleet_slot_safe_wal_bytes", Of("slow")));
  WriteWal(server(), 1);
  ForEachPage(exporter_, Milliseconds(600), [](const Page& later) {
    EXPECT_EQ(later.Value("pgfleet_slot_invalid", Of("slow")), 1);
    EXPECT_FALSE(later.Has("pgfleet_slot_retained_wal_bytes", Of("slow")));
  });
}

// A limit is set, so that a slot that holds WAL has a distance to its loss: what the other has not
// is not missing for want of a limit.
TEST_P(Slots, NeverUsedHasNoStatusAndNoDistanceToItsLoss) {
  SetLimits("32MB", "64MB");
  server().Execute("SELECT pg_create_physical_replication_slot('empty')");
  MakeSlot();
  WaitForStatus("reserved");
  const Page page = exporter_.WaitForPage([](const Page& each) {
    return each.Has("pgfleet_slot_safe_wal_bytes", Of("slow")) &&
           each.Has("pgfleet_slot_info", Of("empty"));
  });
  EXPECT_EQ(server().Value("SELECT restart_lsn IS NULL AND wal_status IS NULL"
                           " FROM pg_replication_slots WHERE slot_name = 'empty'"),
            "t");
  for (const char* name : {"pgfleet_slot_safe_wal_bytes", "pgfleet_slot_wal_status",
                           "pgfleet_slot_retained_wal_bytes", "pgfleet_slot_invalid_reason"})
    EXPECT_FALSE(page.Has(name, Of("empty"))) << name;
  EXPECT_EQ(page.Value("pgfleet_slot_active", Of("empty")), 0);
  EXPECT_EQ(page.Value("pgfleet_slot_invalid", Of("empty")), 0);
  EXPECT_EQ(page.Value("pgfleet_slots_used", On("pg1")), 2);
}

// Servers before 13 never take WAL away: there is no status, and the slot retains all it needs.
class OldSlots : public testing::TestWithParam<int> {};
std::vector<int> MajorsBefore13() {
  std::vector<int> majors = MajorsFrom(0);
  std::erase_if(majors, [](int major) { return major >= 13; });
  return majors;
}
INSTANTIATE_TEST_SUITE_P(Server, OldSlots, testing::ValuesIn(MajorsBefore13()),
                         testing::PrintToStringParamName());
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(OldSlots);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Slots);

TEST_P(OldSlots, RetainAllTheyNeedAndHaveNoStatus) {
  Cluster cluster(GetParam(), Alone());
  const ExporterProcess exporter(Watching(Declared(cluster), GetParam()));
  cluster.primary().Execute("SELECT pg_create_physical_replication_slot('slow', true)");
  cluster.primary().Execute("SELECT pg_create_physical_replication_slot('empty')");
  const LabelMap slow = On("pg1", {{"slot", "slow"}});
  const LabelMap empty = On("pg1", {{"slot", "empty"}});
  exporter.WaitForPage([&](const Page& page) {
    return page.Value("pgfleet_slot_retained_wal_bytes", slow) < kMebibyte;
  });
  WriteWal(cluster.primary(), 2);
  const Page page = exporter.WaitForPage([&](const Page& each) {
    return each.Value("pgfleet_slot_retained_wal_bytes", slow) >= 2 * kMebibyte;
  });
  EXPECT_EQ(page.Value("pgfleet_slot_invalid", slow), 0);
  EXPECT_EQ(page.Value("pgfleet_slot_invalid", empty), 0);
  EXPECT_FALSE(page.Has("pgfleet_slot_retained_wal_bytes", empty));
  EXPECT_FALSE(page.Has("pgfleet_slot_wal_status"));
  EXPECT_FALSE(page.Has("pgfleet_slot_safe_wal_bytes"));
}

}  // namespace
}  // namespace pgfleet::test
