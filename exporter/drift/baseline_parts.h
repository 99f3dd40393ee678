#pragma once

#include <string>

#include "drift/baseline_text.h"

// The parts of BaselineText, indented as it is.
namespace pgfleet::drift {

// The key `settings`, or a comment that says why there is none.
std::string SettingsText(const BaselineSource& source);

// The keys `roles` and `roles_ignore`, or a comment.
std::string RolesText(const AccessFacts& access);

}  // namespace pgfleet::drift
