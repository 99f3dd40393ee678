#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/connection.h"
#include "support/files.h"
#include "support/process.h"

namespace pgfleet::test {

// The major that Patroni runs here: Debian has pg_rewind and pg_controldata, which the servers of
// the other majors lack, for this one.
inline constexpr int kPatroniMajor = 15;

// A member of a Patroni cluster: Debian's Patroni, as the server user, with the server that it
// makes and runs. It has an address of its own on the loopback network, as a machine would.
class PatroniNode {
 public:
  PatroniNode(std::string name, std::string address);
  // Kills Patroni and the server.
  ~PatroniNode();
  PatroniNode(const PatroniNode&) = delete;
  PatroniNode& operator=(const PatroniNode&) = delete;

  void SetConfig(const std::string& text) const { WriteFile(config(), text); }
  void Start();
  // What a machine that loses its power does to them: SIGKILL to Patroni, to the postmaster and to
  // all its children. Returns when they are gone.
  void Kill();

  const std::string& name() const { return name_; }
  const std::string& address() const { return address_; }
  const std::filesystem::path& directory() const { return directory_.path(); }
  std::filesystem::path config() const { return directory() / "patroni.yml"; }
  std::filesystem::path data() const { return directory() / "data"; }
  static constexpr int port() { return 5432; }
  std::string Conninfo() const;
  // One session, as the superuser; throws when it cannot be had.
  std::string Value(const std::string& sql) const { return Connection(Conninfo()).Value(sql); }
  // Of Patroni and of the server, one after another.
  std::string Log() const { return ReadFile(log()); }
  std::string LogTail() const { return Tail(log()); }

 private:
  std::filesystem::path log() const { return directory() / "log"; }
  // The running server's, as the data directory says it.
  std::optional<pid_t> Postmaster() const;

  std::string name_;
  std::string address_;
  TempDir directory_;
  std::unique_ptr<Process> patroni_;
};

// pg1, pg2 and pg3 with Patroni's own Raft as their store, so that no other server is needed. One
// leads and the others stream from it once constructed.
class PatroniCluster {
 public:
  PatroniCluster();

  const std::vector<std::unique_ptr<PatroniNode>>& nodes() const { return nodes_; }
  PatroniNode& node(const std::string& name) const;
  // The name of the only node that is no standby, as the nodes themselves say; absent when there
  // is none.
  std::optional<std::string> Leader() const;
  // Waits until `leader`, or anybody if it is empty, leads, the two others stream from it and
  // Patroni says that all three run. Returns the leader.
  std::string WaitUntilHealthy(const std::string& leader = "") const;
  // `patronictl switchover`, now. Returns what it said; throws when it failed.
  std::string Switchover(const std::string& from, const std::string& to) const;
  // The end of each node's log.
  std::string Logs() const;

 private:
  std::string Control(const std::vector<std::string>& arguments) const;
  std::string ConfigOf(const PatroniNode& node) const;
  bool AllStreamFrom(const std::string& leader) const;

  TempDir programs_;
  std::vector<std::unique_ptr<PatroniNode>> nodes_;
};

}  // namespace pgfleet::test
