#pragma once

#include "analysis/list.h"

// Which declared node a walsender serves. A label must not change when the standby cannot be asked
// for a moment, so there is evidence that needs the standby's own facts and evidence that does not.
// In this order, and the first that points to exactly one other node of the same system wins:
//   1. the standby receives through the very slot that the sender walks;
//   2. the standby's application_name is the sender's, and the sender's client address is one by
//      which the config knows the standby;
//   3. the standby's application_name is the sender's, and no other sender and no other standby has
//      it;
//   4. the slot is named like a declared node ('-' and '.' stand as '_', case does not count);
//   5. the application_name is a declared node's name, as Patroni and repmgr set it.
// Else the label is the application_name, or "unknown" where it is empty. Labels that would be
// alike within one sending node are numbered #2, #3 by start time, declared nodes first. Base
// backups, pg_receivewal and logical senders are never matched.
