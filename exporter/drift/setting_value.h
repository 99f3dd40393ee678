#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "model/configuration_facts.h"

namespace pgfleet::drift {

// A number as model::ServerSetting has it (bytes, seconds, plain; bool as 0/1), or a text.
using SettingValue = std::variant<double, std::string>;

// Absent where the value is hidden or redacted.
std::optional<SettingValue> ValueOf(const model::ServerSetting& setting);

// What `text`, in the syntax of postgresql.conf without quotes, would make of this setting on a
// server of this version (0: not known). Absent when it cannot be read so. Only type and unit of
// `setting` matter, not its value.
std::optional<SettingValue> ReadValue(std::string_view text, const model::ServerSetting& setting,
                                      int version_number);

// Equal as the server takes them: numbers within what it shows of them, spaces around the commas of
// a list aside.
bool SameValue(const SettingValue& a, const SettingValue& b, std::string_view setting);

// A text that is the same for values that are: for fingerprints.
std::string Canonical(const SettingValue& value, std::string_view setting);

// As SHOW writes it: 64MB, 5min, on. ReadValue gives the same value again. `setting` for its type
// and unit; the second is for its own value and "" where that is hidden or redacted.
std::string ShownValue(const SettingValue& value, const model::ServerSetting& setting);
std::string ShownValue(const model::ServerSetting& setting);

}  // namespace pgfleet::drift
