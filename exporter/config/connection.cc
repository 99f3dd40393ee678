#include "config/connection.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include "config/expand.h"
#include "config/keyword_check.h"
#include "config/keywords.h"
#include "config/suggest.h"

namespace pgfleet::config {
namespace {

bool IsSocket(std::string_view host) { return host.starts_with('/') || host.starts_with('@'); }

bool IsLoopback(const std::string& host) {
  in_addr four{};
  in6_addr six{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  if (inet_pton(AF_INET6, host.c_str(), &six) == 1) return IN6_IS_ADDR_LOOPBACK(&six);
  return host == "localhost";
}

std::string_view ValueOf(const Settings& settings, std::string_view keyword) {
  const auto found = settings.find(keyword);
  return found == settings.end() ? std::string_view{} : std::string_view{found->second.value};
}

// Says why a key cannot stand under `connection`; "" when it can.
std::string WhyNot(std::string_view key) {
  const Keyword* keyword = FindKeyword(key);
  if (keyword == nullptr)
    return fmt::format("unknown connection keyword '{}'{}", Printable(key),
                       DidYouMean(key, AcceptedKeywords()));
  if (keyword->kind == KeywordKind::kRefused)
    return fmt::format("'{}' cannot be set: {}", key, keyword->note);
  if (keyword->kind == KeywordKind::kHost || keyword->kind == KeywordKind::kAddress)
    return fmt::format("'{}' belongs to a node: write it beside the node's 'name'", key);
  return {};
}

}  // namespace

void ReadSetting(std::string_view keyword, const YamlNode& value, const Environment& environment,
                 Faults& faults, Settings& settings) {
  const Keyword& spec = *FindKeyword(keyword);
  if (value.kind != YamlNode::Kind::kScalar) {
    faults.Add(value.place,
               fmt::format("'{}' needs a single value, not {}", keyword, KindName(value.kind)));
    return;
  }
  if (spec.kind == KeywordKind::kSecret && !IsReference(value.text)) {
    faults.Add(value.place,
               fmt::format("'{}' does not stand in the file: use {}${{ENV}}", keyword,
                           keyword == "password" ? "passfile, password_file or " : ""));
    return;
  }
  auto expanded = Expand(value.text, environment);
  auto checked = expanded ? CheckValue(spec, *expanded, environment)
                          : std::expected<void, std::string>(std::unexpected(expanded.error()));
  if (!checked) {
    faults.Add(value.place, fmt::format("'{}': {}", keyword, checked.error()));
    // Kept, so that nobody is told as well that it is missing.
    settings.insert_or_assign(std::string(keyword), Setting{"", value.place});
    return;
  }
  settings.insert_or_assign(std::string(keyword), Setting{std::move(*expanded), value.place});
}

void ReadConnection(const YamlNode& mapping, const Environment& environment, Faults& faults,
                    Settings& settings) {
  if (mapping.kind != YamlNode::Kind::kMapping) {
    faults.Add(mapping.place, fmt::format("'connection' needs a mapping of libpq keywords, not {}",
                                          KindName(mapping.kind)));
    return;
  }
  for (std::size_t i = 0; i + 1 < mapping.items.size(); i += 2) {
    const YamlNode& key = mapping.items[i];
    if (std::string why = WhyNot(key.text); !why.empty())
      faults.Add(key.place, std::move(why));
    else
      ReadSetting(key.text, mapping.items[i + 1], environment, faults, settings);
  }
}

void LayUnder(const Settings& defaults, Settings& settings) {
  settings.insert(defaults.begin(), defaults.end());
}

std::string_view DefaultSslMode(std::string_view host, std::string_view hostaddr) {
  const std::string decisive(hostaddr.empty() ? host : hostaddr);
  return IsSocket(decisive) || IsLoopback(decisive) ? "prefer" : "verify-full";
}

std::map<std::string, std::string> Finish(const Settings& settings, Place place, Faults& faults) {
  std::map<std::string, std::string> keywords;
  for (const auto& [keyword, setting] : settings) keywords.emplace(keyword, setting.value);
  const bool has_host = settings.contains("host");
  const bool has_address = settings.contains("hostaddr");
  const bool has_service = settings.contains("service");
  if (!has_host && !has_address && !has_service)
    faults.Add(place, "the node needs 'host', 'hostaddr' or a 'service'");
  // A service may bring its own sslmode, so a node without a host of its own keeps what is written.
  if (has_host || has_address)
    keywords.try_emplace("sslmode",
                         DefaultSslMode(ValueOf(settings, "host"), ValueOf(settings, "hostaddr")));
  const bool verifies = keywords.contains("sslmode") && keywords["sslmode"] == "verify-full";
  if (verifies && has_address && !has_host && !has_service)
    faults.Add(place,
               "sslmode verify-full needs 'host', the name in the server's certificate, beside "
               "'hostaddr'");
  return keywords;
}

}  // namespace pgfleet::config
