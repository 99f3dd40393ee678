#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "drift/settings_drift.h"

// Settings as the collector would give them.
namespace pgfleet::drift {

using Type = model::ServerSetting::Type;
using Value = model::ServerSetting::Value;
using Kind = model::Setting::Kind;

inline model::ServerSetting Number(std::string name, double number, Type type = Type::kInteger) {
  return {.name = std::move(name),
          .value = Value::kNumber,
          .kind = Kind::kValue,
          .number = number,
          .context = "sighup",
          .source = "configuration file",
          .type = type};
}

inline model::ServerSetting Bytes(std::string name, double number, double step = 1024) {
  model::ServerSetting setting = Number(std::move(name), number);
  setting.kind = Kind::kBytes;
  setting.step = step;
  return setting;
}

inline model::ServerSetting Seconds(std::string name, double number, double step = 1e-3) {
  model::ServerSetting setting = Number(std::move(name), number);
  setting.kind = Kind::kSeconds;
  setting.step = step;
  return setting;
}

inline model::ServerSetting Bool(std::string name, bool is_on) {
  model::ServerSetting setting = Number(std::move(name), is_on ? 1 : 0, Type::kBool);
  setting.kind = Kind::kEnabled;
  return setting;
}

inline model::ServerSetting Text(std::string name, std::string text, Type type = Type::kString) {
  return {.name = std::move(name),
          .value = Value::kText,
          .text = std::move(text),
          .context = "sighup",
          .source = "configuration file",
          .type = type};
}

inline model::ServerSetting Word(std::string name, std::string text) {
  return Text(std::move(name), std::move(text), Type::kEnum);
}

inline model::ServerSetting Secret(std::string name, bool is_set) {
  return {.name = std::move(name), .value = Value::kRedacted, .is_default = !is_set};
}

inline model::ServerSetting Hidden(model::ServerSetting setting) {
  setting.value = Value::kHidden;
  setting.number = 0;
  setting.text.clear();
  return setting;
}

inline model::SettingsFacts Facts(std::vector<model::ServerSetting> all) {
  return {.settings = {}, .pending_restart = {}, .all = std::move(all), .from_auto_conf = {}};
}

// A node that our role sees all settings of.
inline NodeSettings Node(std::vector<model::ServerSetting> all,
                         model::NodeRole role = model::NodeRole::kStandby, int version = 160000) {
  all.push_back(Text("data_directory", "/" + std::to_string(all.size())));
  return {.name = "n",
          .settings = std::make_shared<const model::SettingsFacts>(Facts(std::move(all))),
          .role = role,
          .version_number = version};
}

// The standby's drift from a primary with these settings.
inline model::NodeDrift Compared(std::vector<model::ServerSetting> primary,
                                 std::vector<model::ServerSetting> standby,
                                 const model::DesiredSettings& desired = {}, int version = 160000) {
  const std::vector<NodeSettings> nodes = {
      Node(std::move(primary), model::NodeRole::kPrimary, version),
      Node(std::move(standby), model::NodeRole::kStandby, version)};
  return CompareSettings(nodes, 0, desired).at(1);
}

}  // namespace pgfleet::drift
