#pragma once

#include <chrono>
#include <optional>

namespace pgfleet::cli {

// Blocks the signals that the exporter answers to (HUP, INT, TERM) and ignores PIPE. To be called
// in main before any thread starts, so that only WaitForSignal ever sees them.
void TakeSignals();

// Waits for one of them; absent when the patience is over.
std::optional<int> WaitForSignal(std::chrono::microseconds patience);

// From here on a second INT or TERM ends the process at once.
void GiveSignalsBack();

}  // namespace pgfleet::cli
