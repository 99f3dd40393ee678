#include "analysis/senders.h"

#include <gtest/gtest.h>

namespace pgfleet::analysis {
namespace {

// A cluster whose first node sends.
class Senders : public testing::Test {
 protected:
  Senders() {
    for (const char* name : {"pg1", "pg2", "pg-3"}) {
      auto& node = cluster_.nodes.emplace_back();
      node.declared = {.name = name, .addresses = {std::string("host-") + name}};
      Belongs(cluster_.nodes.size() - 1, "1");
    }
  }

  void Belongs(std::size_t node, const char* system_identifier) {
    auto pulse = std::make_shared<model::PulseFacts>();
    pulse->system_identifier = system_identifier;
    cluster_.nodes[node].facts.pulse = pulse;
  }
  void Receives(std::size_t node, const char* application, const char* slot) {
    auto receiver = std::make_shared<model::WalreceiverFacts>();
    receiver->present = true;
    receiver->application_name = application;
    receiver->slot = slot;
    cluster_.nodes[node].facts.walreceiver = receiver;
  }
  model::Walsender& Sends(const char* application, const char* slot = "",
                          const char* address = "") {
    auto& sender = senders_.emplace_back();
    sender.application_name = application;
    sender.state = "streaming";
    sender.slot = slot;
    sender.client_address = address;
    return sender;
  }
  std::vector<std::string> Labels() {
    auto facts = std::make_shared<model::WalsenderFacts>();
    facts->senders = senders_;
    cluster_.nodes[0].facts.walsenders = facts;
    kSenders.run(cluster_, memory_);
    return cluster_.analysis[0].sender_labels;
  }
  std::vector<bool> Matched() {
    Labels();
    return cluster_.analysis[0].sender_matched;
  }

  using Strings = std::vector<std::string>;
  model::ClusterSnapshot cluster_;
  Memory memory_;
  std::vector<model::Walsender> senders_;
};

TEST_F(Senders, TheSlotThatTheStandbyUsesComesFirst) {
  Receives(1, "walreceiver", "a");
  Receives(2, "pg2", "b");
  Sends("pg2", "b");
  Sends("walreceiver", "a");
  EXPECT_EQ(Labels(), (Strings{"pg-3", "pg2"}));
  EXPECT_EQ(Matched(), (std::vector<bool>{true, true}));
}

TEST_F(Senders, TheLabelOutlivesTheReceiversOwnWord) {
  Receives(1, "walreceiver", "a");
  Sends("walreceiver", "a");
  const Strings before = Labels();
  cluster_.nodes[1].last_receiver = cluster_.nodes[1].facts.walreceiver;
  cluster_.nodes[1].facts = {};
  EXPECT_EQ(before, (Strings{"pg2"}));
  EXPECT_EQ(Labels(), before);
}

TEST_F(Senders, TheAddressTellsTwoOfOneApplicationNameApart) {
  Receives(1, "walreceiver", "");
  Receives(2, "walreceiver", "");
  cluster_.nodes[1].declared.addresses = {"10.0.0.2"};
  cluster_.nodes[2].declared.addresses = {"10.0.0.3"};
  Sends("walreceiver", "", "10.0.0.3");
  Sends("walreceiver", "", "10.0.0.2");
  EXPECT_EQ(Labels(), (Strings{"pg-3", "pg2"}));
}

TEST_F(Senders, AnApplicationNameAloneMustBeUniqueOnBothSides) {
  Receives(1, "standby_b", "");
  Sends("standby_b");
  EXPECT_EQ(Labels(), Strings{"pg2"});
  Receives(2, "standby_b", "");
  EXPECT_EQ(Labels(), Strings{"standby_b"});
  EXPECT_EQ(Matched(), std::vector<bool>{false});
}

TEST_F(Senders, TwoSendersOfOneApplicationNameAreNotGuessed) {
  Receives(1, "walreceiver", "");
  Sends("walreceiver");
  Sends("walreceiver");
  EXPECT_EQ(Labels(), (Strings{"walreceiver", "walreceiver#2"}));
  EXPECT_EQ(Matched(), (std::vector<bool>{false, false}));
}

TEST_F(Senders, TheLabelStaysWhileTheStandbyCannotBeAsked) {
  Receives(1, "pg2", "pg2");
  Receives(2, "pg-3", "pg_3");
  Sends("pg2", "pg2");
  Sends("walreceiver", "pg_3");
  const auto before = Labels();
  for (auto& node : cluster_.nodes) node.facts = {};
  EXPECT_EQ(Labels(), before);
  EXPECT_EQ(Matched(), (std::vector<bool>{true, true}));
}

TEST_F(Senders, AStandbyOfAnotherSystemIsNeverMatched) {
  Belongs(1, "2");
  Receives(1, "pg2", "pg2");
  Sends("stranger", "pg2");
  EXPECT_EQ(Labels(), Strings{"stranger"});
  EXPECT_EQ(Matched(), std::vector<bool>{false});
}

TEST_F(Senders, ANodeDoesNotSendToItself) {
  Receives(0, "pg1", "pg1");
  Sends("pg1", "pg1");
  EXPECT_EQ(Matched(), std::vector<bool>{false});
}

TEST_F(Senders, AreNotMatchedWhenTheyServeNoStandby) {
  Sends("pg2").logical = true;
  Sends("pg2").state = "backup";
  Sends("pg_receivewal");
  EXPECT_EQ(Labels(), (Strings{"pg2", "pg2#2", "pg_receivewal"}));
  EXPECT_EQ(Matched(), (std::vector<bool>{false, false, false}));
}

TEST_F(Senders, WithoutANameAreUnknown) {
  Sends("");
  EXPECT_EQ(Labels(), Strings{"unknown"});
}

TEST_F(Senders, LookAlikesAreNumberedAndNeverDouble) {
  Sends("x");
  Sends("x");
  Sends("x#2");
  Sends("x");
  EXPECT_EQ(Labels(), (Strings{"x", "x#2", "x#2#2", "x#3"}));
}

TEST_F(Senders, ADeclaredNodeKeepsItsNameBeforeAStrangerThatCameFirst) {
  Receives(2, "walreceiver", "s");
  Sends("pg-3").logical = true;
  Sends("walreceiver", "s");
  EXPECT_EQ(Labels(), (Strings{"pg-3#2", "pg-3"}));
}

TEST_F(Senders, NothingIsSaidOfANodeThatGaveNoSenders) {
  kSenders.run(cluster_, memory_);
  ASSERT_EQ(cluster_.analysis.size(), 3U);
  EXPECT_TRUE(cluster_.analysis[0].sender_labels.empty());
}

}  // namespace
}  // namespace pgfleet::analysis
