#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

namespace pgfleet::backup {

// What a backup is, told by its content.
namespace format {
inline constexpr std::string_view kPlain = "plain";                   // pg_dump
inline constexpr std::string_view kCluster = "plain_cluster";         // pg_dumpall
inline constexpr std::string_view kCustom = "custom";                 // pg_dump -Fc
inline constexpr std::string_view kDirectory = "directory";           // pg_dump -Fd
inline constexpr std::string_view kDumpTar = "tar";                   // pg_dump -Ft
inline constexpr std::string_view kBasebackup = "basebackup";         // pg_basebackup -Fp
inline constexpr std::string_view kBasebackupTar = "basebackup_tar";  // pg_basebackup -Ft
inline constexpr std::string_view kData = "data_directory";           // a copy of one, as it lies
inline constexpr std::string_view kDataTar = "data_directory_tar";
inline constexpr std::string_view kEmpty = "empty";
inline constexpr std::string_view kUnknown = "unknown";
inline constexpr std::string_view kPgBackRest = "pgbackrest";
inline constexpr std::string_view kBarman = "barman";
inline constexpr std::string_view kWalG = "wal_g";
inline constexpr std::string_view kExitCode = "exit_code";
}  // namespace format

struct Verdict {
  std::string_view format = format::kUnknown;
  std::string_view compression = "none";
  std::optional<bool> complete;  // absent: nobody can say
  std::error_code error;         // why it could not be read
};

}  // namespace pgfleet::backup
