#pragma once

#include <string_view>
#include <unordered_map>

#include "model/desired.h"

namespace pgfleet::drift {

// What is declared of a role, by its name. What it is made from must outlive it.
class DeclaredRoles {
 public:
  explicit DeclaredRoles(const model::DesiredAccess& desired);

  const model::DesiredRole* Find(std::string_view name) const;  // nullptr: nothing
  // A role that is declared is looked at whatever the patterns say.
  bool Ignores(std::string_view name) const;

 private:
  const model::DesiredAccess& desired_;
  std::unordered_map<std::string_view, const model::DesiredRole*> by_name_;
};

}  // namespace pgfleet::drift
