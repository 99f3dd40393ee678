#pragma once

#include <vector>

#include "truth/plays.h"

// The table of docs/lag.md, between its two marks: a line for every act. Safe while other processes
// do the same.
namespace pgfleet::test {

bool LagDocumentHas(const Act& act);
// Writes the act's line.
void RecordInLagDocument(const Act& act, const std::vector<Look>& looks);

}  // namespace pgfleet::test
