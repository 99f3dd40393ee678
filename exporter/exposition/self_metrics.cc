#include "exposition/self_metrics.h"

#include <chrono>

#include "exposition/process.h"

namespace pgfleet::exposition {
namespace {

using metric::Kind;
using metric::MetricDesc;
using metric::Scope;

constexpr std::string_view kBuildLabels[] = {"version", "revision", "libpq", "civetweb"};
constexpr std::string_view kCodeLabel[] = {"code"};

constexpr MetricDesc kBuildInfo{
    .name = "pgfleet_build_info",
    .kind = Kind::kInfo,
    .scope = Scope::kProcess,
    .labels = kBuildLabels,
    .help = "The exporter's version and revision, and the versions of what it is linked to.",
    .versions = "",
    .source = "exporter",
};
constexpr MetricDesc kReloadOk{
    .name = "pgfleet_config_last_reload_successful",
    .scope = Scope::kProcess,
    .help = "Whether the last attempt to read the exporter's configuration went well.",
    .versions = "",
    .source = "exporter",
};
constexpr MetricDesc kReloadTime{
    .name = "pgfleet_config_last_reload_success_timestamp_seconds",
    .scope = Scope::kProcess,
    .unit = "seconds",
    .help = "When the exporter's configuration was last read well.",
    .versions = "",
    .source = "exporter",
};
constexpr MetricDesc kRequests{
    .name = "pgfleet_http_requests_total",
    .kind = Kind::kCounter,
    .scope = Scope::kProcess,
    .labels = kCodeLabel,
    .help = "HTTP requests that the exporter answered, by status code.",
    .versions = "",
    .source = "exporter",
};

constexpr MetricDesc Process(std::string_view name, Kind kind, std::string_view unit,
                             std::string_view help, std::string_view source) {
  return {.name = name,
          .kind = kind,
          .scope = Scope::kProcess,
          .unit = unit,
          .help = help,
          .versions = "",
          .source = source};
}

constexpr MetricDesc kCpu =
    Process("process_cpu_seconds_total", Kind::kCounter, "seconds",
            "User and system CPU time that the exporter spent.", "/proc/self/stat");
constexpr MetricDesc kResident = Process("process_resident_memory_bytes", Kind::kGauge, "bytes",
                                         "Resident memory of the exporter.", "/proc/self/stat");
constexpr MetricDesc kVirtual = Process("process_virtual_memory_bytes", Kind::kGauge, "bytes",
                                        "Virtual memory of the exporter.", "/proc/self/stat");
constexpr MetricDesc kOpenFds = Process("process_open_fds", Kind::kGauge, "",
                                        "Open file descriptors of the exporter.", "/proc/self/fd");
constexpr MetricDesc kMaxFds =
    Process("process_max_fds", Kind::kGauge, "",
            "The most file descriptors that the exporter may open.", "getrlimit(2)");
constexpr MetricDesc kStart =
    Process("process_start_time_seconds", Kind::kGauge, "seconds",
            "When the exporter started, in seconds since the epoch.", "/proc/self/stat");
constexpr MetricDesc kThreadCount =
    Process("process_threads", Kind::kGauge, "", "Threads of the exporter.", "/proc/self/stat");

constexpr const MetricDesc* kFamilies[] = {&kBuildInfo, &kReloadOk, &kReloadTime, &kRequests,
                                           &kCpu,       &kResident, &kVirtual,    &kOpenFds,
                                           &kMaxFds,    &kStart,    &kThreadCount};

void WriteProcess(metric::MetricWriter& out) {
  const ProcessFacts process = ReadProcess();
  out.Write(kCpu, process.cpu_seconds);
  out.Write(kResident, process.resident_bytes);
  out.Write(kVirtual, process.virtual_bytes);
  out.Write(kOpenFds, process.open_fds);
  out.Write(kMaxFds, process.max_fds);
  out.Write(kStart, process.start_time);
  out.Write(kThreadCount, process.threads);
}

}  // namespace

SelfMetrics::SelfMetrics(BuildInfo build)
    : build_(std::move(build)),
      requests_(prometheus::BuildCounter()
                    .Name(std::string(kRequests.name))
                    .Help(std::string(kRequests.help))
                    .Register(registry_)) {}

void SelfMetrics::ConfigLoaded(bool ok, model::Wall when) {
  const std::lock_guard lock(mutex_);
  config_ok_ = ok;
  if (ok) config_loaded_ = when;
}

void SelfMetrics::CountRequest(int status) {
  requests_.Add({{"code", std::to_string(status)}}).Increment();
}

void SelfMetrics::Write(metric::MetricWriter& out) const {
  out.EnterProcess();
  out.Write(kBuildInfo, {build_.version, build_.revision, build_.libpq, build_.civetweb}, 1);
  {
    const std::lock_guard lock(mutex_);
    if (config_ok_) out.Write(kReloadOk, *config_ok_ ? 1 : 0);
    if (config_loaded_)
      out.Write(kReloadTime,
                std::chrono::duration<double>(config_loaded_->time_since_epoch()).count());
  }
  for (const prometheus::MetricFamily& family : requests_.Collect())
    for (const prometheus::ClientMetric& metric : family.metric)
      out.Write(kRequests, {metric.label.front().value}, metric.counter.value);
  WriteProcess(out);
}

std::span<const MetricDesc* const> SelfFamilies() { return kFamilies; }

}  // namespace pgfleet::exposition
