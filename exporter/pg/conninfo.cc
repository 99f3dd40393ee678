#include "pg/conninfo.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <libpq-fe.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <vector>

namespace pgfleet::pg {
namespace {

using Options = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

void AddMissing(Keywords& keywords, const PQconninfoOption* option) {
  for (; option != nullptr && option->keyword != nullptr; ++option)
    if (option->val != nullptr) keywords.emplace(option->keyword, option->val);
}

std::string EnvironmentOr(const char* name, std::string otherwise) {
  const char* value =
      std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody writes the environment
  return value == nullptr ? std::move(otherwise) : std::string(value);
}

// Where libpq looks, in its order ("The Connection Service File").
std::vector<std::string> ServiceFiles() {
  return {EnvironmentOr("PGSERVICEFILE", EnvironmentOr("HOME", "") + "/.pg_service.conf"),
          EnvironmentOr("PGSYSCONFDIR", "/etc/postgresql-common") + "/pg_service.conf"};
}

// libpq itself would expand the service, but only while it connects, and then resolve the name it
// finds: blocking.
std::optional<Keywords> ReadService(const std::string& file, const std::string& service) {
  std::ifstream in(file);
  std::optional<Keywords> found;
  for (std::string line; std::getline(in, line);) {
    line.erase(0, line.find_first_not_of(" \t"));
    if (line.empty() || line.front() == '#') continue;
    if (line.front() == '[') {
      if (found) break;
      if (line.starts_with("[" + service + "]")) found.emplace();
      continue;
    }
    const auto equals = line.find('=');
    if (!found || equals == std::string::npos) continue;
    std::string value = line.substr(equals + 1);
    value.erase(value.find_last_not_of(" \t\r") + 1);
    found->emplace(line.substr(0, equals), value);
  }
  return found;
}

std::expected<void, std::string> ExpandService(Keywords& keywords) {
  const auto service = keywords.extract("service");
  if (!service) return {};
  for (const std::string& file : ServiceFiles()) {
    if (auto found = ReadService(file, service.mapped())) {
      keywords.merge(*found);
      return {};
    }
  }
  return std::unexpected(
      fmt::format("service '{}' stands in none of the service files (PGSERVICEFILE, "
                  "~/.pg_service.conf, PGSYSCONFDIR/pg_service.conf)",
                  service.mapped()));
}

std::expected<void, std::string> ReadPasswordFile(Keywords& keywords) {
  const auto file = keywords.extract("password_file");
  if (!file) return {};
  std::ifstream in(file.mapped());
  std::string password;
  if (!std::getline(in, password) || password.empty())
    // The value is not repeated: somebody may have put the password itself there.
    return std::unexpected(
        "the file that password_file names cannot be read or its first line is empty");
  if (password.ends_with('\r')) password.pop_back();
  keywords["password"] = std::move(password);
  return {};
}

bool IsAddress(const std::string& host) {
  in6_addr scratch{};
  return inet_pton(AF_INET, host.c_str(), &scratch) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &scratch) == 1;
}

bool IsSocketDirectory(const std::string& host) {
  return host.empty() || host.front() == '/' || host.front() == '@';
}

bool IsLocal(const std::string& host) {
  return IsSocketDirectory(host) || host == "localhost" || host == "::1" ||
         host.starts_with("127.");
}

// A password goes over a network only to a server that has proved who it is, unless somebody
// decided otherwise.
void DefaultToVerifiedTls(Keywords& keywords, const std::string& host) {
  const auto address = keywords.find("hostaddr");
  const bool local = IsLocal(host.empty() && address != keywords.end() ? address->second : host);
  if (!local && EnvironmentOr("PGSSLMODE", "").empty()) keywords.emplace("sslmode", "verify-full");
}

// libpq asks the system for the name of our user at every connect that names none; that may be a
// network call.
const std::string& OurUser() {
  static const std::string kUser = [] {
    const Options defaults(PQconndefaults(), &PQconninfoFree);
    for (const PQconninfoOption* o = defaults.get(); o != nullptr && o->keyword != nullptr; ++o)
      if (std::string_view(o->keyword) == "user" && o->val != nullptr) return std::string(o->val);
    return std::string();
  }();
  return kUser;
}

void AddFromEnvironment(Keywords& keywords, const char* keyword, const char* variable) {
  if (std::string value = EnvironmentOr(variable, ""); !value.empty())
    keywords.emplace(keyword, std::move(value));
}

// host and port decide where we go; what is not here libpq may default by itself.
void AddDefaults(Keywords& keywords) {
  if (!keywords.contains("host") && !keywords.contains("hostaddr")) {
    AddFromEnvironment(keywords, "host", "PGHOST");
    AddFromEnvironment(keywords, "hostaddr", "PGHOSTADDR");
  }
  AddFromEnvironment(keywords, "port", "PGPORT");
  AddFromEnvironment(keywords, "user", "PGUSER");
  if (!OurUser().empty()) keywords.emplace("user", OurUser());
}

}  // namespace

std::expected<Keywords, std::string> ParseDsn(const std::string& dsn) {
  char* error = nullptr;
  const Options parsed(PQconninfoParse(dsn.c_str(), &error), &PQconninfoFree);
  PQfreemem(error);
  if (!parsed)
    return std::unexpected(
        "not a valid connection string: expected postgresql://user@host:port/dbname or "
        "keyword=value pairs");
  Keywords keywords;
  AddMissing(keywords, parsed.get());
  return keywords;
}

std::expected<Target, std::string> MakeTarget(const Keywords& configured) {
  Target target{.keywords = configured, .host = {}, .port = {}, .needs_resolving = false};
  AddFromEnvironment(target.keywords, "service", "PGSERVICE");
  if (auto ok = ExpandService(target.keywords); !ok) return std::unexpected(ok.error());
  if (auto ok = ReadPasswordFile(target.keywords); !ok) return std::unexpected(ok.error());
  AddDefaults(target.keywords);
  target.host = target.keywords["host"];
  target.port = target.keywords["port"];
  if (target.host.contains(',') || target.port.contains(','))
    return std::unexpected(
        "several hosts in one node: a node is one server, so declare a node for each");
  if (target.host.empty()) target.keywords.erase("host");
  target.keywords["gssencmode"] = "disable";
  DefaultToVerifiedTls(target.keywords, target.host);
  // libpq would take a database named as the user; every server has this one, and what we ask is
  // the same in all.
  if (EnvironmentOr("PGDATABASE", "").empty()) target.keywords.emplace("dbname", "postgres");
  const bool has_address = target.keywords.contains("hostaddr");
  if (!has_address && IsAddress(target.host)) target.keywords["hostaddr"] = target.host;
  target.needs_resolving =
      !has_address && !IsSocketDirectory(target.host) && !IsAddress(target.host);
  return target;
}

}  // namespace pgfleet::pg
