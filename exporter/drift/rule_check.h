#pragma once

#include <cstdint>
#include <string>

#include "model/configuration_facts.h"
#include "model/desired.h"

namespace pgfleet::drift {

struct RuleCheck {
  enum class Verdict : std::uint8_t {
    kHolds,
    kBroken,
    kUnreadable,  // what is declared is no value of this setting
    kUnknown,     // the value is hidden, or may be a secret
  };
  Verdict verdict = Verdict::kHolds;
  std::string expected, actual;  // for people, as SHOW would write them; of a broken rule only
};

RuleCheck CheckRule(const model::SettingRule& rule, const model::ServerSetting& setting,
                    int version_number);

// What the rule asks for, as it was declared; without the value where that is nobody's business.
std::string DeclaredText(const model::SettingRule& rule);

}  // namespace pgfleet::drift
