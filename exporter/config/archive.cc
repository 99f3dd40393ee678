#include "config/archive.h"

namespace pgfleet::config {
namespace {

constexpr std::size_t kLongest = 4096;  // Linux' PATH_MAX

// What is wrong with a directory; "": nothing.
std::string FaultOf(std::string_view path) {
  if (path.empty())
    return "'directory' is empty: give the path of the archive, or remove 'archive'";
  if (path.contains("://") || path.starts_with("s3:"))
    return "'directory' must be a directory of this machine: an object store must be mounted";
  if (path.contains('%'))
    return "'directory' must be the directory alone, without the %f or %p of archive_command";
  if (path.front() != '/') return "'directory' must be an absolute path, such as /mnt/wal/orders";
  if (path.find_first_not_of('/') == std::string_view::npos)
    return "'directory' is the root of the file system: give the directory of this cluster's WAL";
  if (path.size() > kLongest) return "'directory' is longer than any path";
  return "";
}

void ReadDirectory(Reader& reader, const YamlNode& value, ArchiveDraft& archive) {
  if (value.kind != YamlNode::Kind::kScalar)
    return reader.faults.Add(
        value.place,
        fmt::format("'directory' needs an absolute path such as /mnt/wal/orders, not {}",
                    KindName(value.kind)));
  const std::string fault = FaultOf(value.text);
  if (!fault.empty()) return reader.faults.Add(value.place, fault);
  archive.directory = value.text;
}

constexpr Key<ArchiveDraft> kKeys[] = {
    {"directory", true, &ReadDirectory, "absolute path", "required",
     "holds this cluster's segments and history files, and no other cluster's; not its "
     "subdirectories"},
};

}  // namespace

void ReadArchive(Reader& reader, const YamlNode& value, ArchiveDraft& archive) {
  ReadMapping<ArchiveDraft>(reader, "'archive'", value, kKeys, archive);
}

void DescribeArchive(std::vector<KeyDoc>& docs) { Describe<ArchiveDraft>("archive", kKeys, docs); }

}  // namespace pgfleet::config
