#include "pg/version.h"

#include <fmt/format.h>
#include <libpq-fe.h>

namespace pgfleet::pg {

std::string LibpqVersion() {
  const int number = PQlibVersion();
  return fmt::format("{}.{}", number / 10000, number % 10000);
}

}  // namespace pgfleet::pg
