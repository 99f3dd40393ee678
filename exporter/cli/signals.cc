#include "cli/signals.h"

#include <csignal>
#include <ctime>

namespace pgfleet::cli {
namespace {

sigset_t Ours() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGHUP, SIGINT, SIGTERM}) sigaddset(&set, signal);
  return set;
}

}  // namespace

void TakeSignals() {
  const sigset_t ours = Ours();
  pthread_sigmask(SIG_BLOCK, &ours, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

std::optional<int> WaitForSignal(std::chrono::microseconds patience) {
  const sigset_t ours = Ours();
  const timespec limit{.tv_sec = patience.count() / 1'000'000,
                       .tv_nsec = patience.count() % 1'000'000 * 1000};
  const int signal = sigtimedwait(&ours, nullptr, &limit);
  return signal > 0 ? std::optional(signal) : std::nullopt;
}

void GiveSignalsBack() {
  const sigset_t ours = Ours();
  pthread_sigmask(SIG_UNBLOCK, &ours, nullptr);
}

}  // namespace pgfleet::cli
