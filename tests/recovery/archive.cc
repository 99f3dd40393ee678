#include "recovery/archive.h"

#include <stdexcept>

#include "support/majors.h"
#include "support/wait.h"
#include "support/watch.h"
#include "topology/remake.h"

namespace pgfleet::test {
namespace {

namespace fs = std::filesystem;

ClusterOptions Archiving(const fs::path& directory) {
  ClusterOptions options = Alone();
  options.primary_conf = {"archive_mode = on",
                          "archive_command = 'cp %p " + directory.string() + "/%f'"};
  return options;
}

// There is one timeline only, and who asks for another is told so at once.
std::string RestoreCommand(const fs::path& shelf, bool waits) {
  const std::string file = shelf.string() + "/%f";
  const std::string copy = "cp " + file + " %p 2>/dev/null";
  if (!waits) return copy;
  return "case %f in *history) exit 1;; esac; until test -f " + file + "; do test -d " +
         shelf.string() + " || exit 1; sleep 0.05; done; " + copy;
}

bool IsSegment(const std::string& name) {
  return name.size() == 24 && name.find_first_not_of("0123456789ABCDEF") == std::string::npos;
}

}  // namespace

Archive::Archive(int major) : cluster_(major, Archiving(archived_.path())) {}

std::string Archive::Switch() {
  WriteWal(primary(), 1);  // an empty segment is not left
  const std::string segment =
      primary().Value("SELECT pg_walfile_name(pg_current_wal_insert_lsn())");
  primary().Execute("SELECT pg_switch_wal()");
  // The archiver copies in place: the whole file is there once the server says so.
  const std::string done =
      "SELECT coalesce(last_archived_wal, '') >= " + Quoted(segment) + " FROM pg_stat_archiver";
  if (!WaitUntil([&] { return primary().Value(done) == "t"; }))
    throw std::runtime_error("not archived; the log ends:\n" + primary().LogTail());
  return segment;
}

void Archive::Shelve(const std::string& segment) {
  for (const auto& file : fs::directory_iterator(archived_.path())) {
    const std::string name = file.path().filename();
    if (!IsSegment(name) || name > segment || fs::exists(shelf_.path() / name)) continue;
    // Into its place as a whole.
    fs::copy_file(file.path(), shelf_.path() / (name + ".part"));
    GiveToServerUser(shelf_.path());
    fs::rename(shelf_.path() / (name + ".part"), shelf_.path() / name);
  }
}

void Archive::Restore(PostgresServer& node, bool as_standby, bool waits,
                      const std::map<std::string, std::string>& recovery) {
  CopyOnline(primary(), node);
  for (const auto& file : fs::directory_iterator(node.data() / WalName(node.major(), "pg_wal")))
    if (IsSegment(file.path().filename())) fs::remove(file.path());
  std::string lines = "restore_command = '" + RestoreCommand(shelf_.path(), waits) + "'\n";
  for (const auto& [name, value] : recovery) lines += name + " = '" + value + "'\n";
  if (node.major() < 12) {
    if (as_standby) lines += "standby_mode = on\n";
    WriteFile(node.data() / "recovery.conf", lines);
    GiveToServerUser(node.data() / "recovery.conf");
    return;
  }
  node.AddConf({lines, "archive_mode = off"});
  // A server that reads ahead does not replay what it has while the command for the next waits.
  if (node.major() >= 15) node.AddConf({"recovery_prefetch = off"});
  const fs::path signal = node.data() / (as_standby ? "standby.signal" : "recovery.signal");
  WriteFile(signal, "");
  GiveToServerUser(signal);
}

}  // namespace pgfleet::test
