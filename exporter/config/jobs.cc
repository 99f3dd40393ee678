#include "config/jobs.h"

#include "config/names.h"

namespace pgfleet::config {
namespace {

void ReadDatabase(Reader& reader, const YamlNode& value, JobsDraft& jobs) {
  if (IsDatabaseName(value))
    jobs.database = value.text;
  else
    reader.faults.Add(value.place,
                      "'database' must be the name of one database, a text of 1 to 63 bytes");
}

constexpr Key<JobsDraft> kKeys[] = {
    {"database", true, &ReadDatabase, "name of a database", "required",
     "where its extension is installed; need not stand in `databases` of the nodes"},
};

}  // namespace

void ReadJobs(Reader& reader, const YamlNode& value, std::string_view name, JobsDraft& jobs) {
  ReadMapping<JobsDraft>(reader, fmt::format("'{}'", name), value, kKeys, jobs);
}

void DescribeJobs(std::vector<KeyDoc>& docs) { Describe<JobsDraft>("jobs", kKeys, docs); }

}  // namespace pgfleet::config
