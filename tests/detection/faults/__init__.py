"""The faults: what is broken, and who must be told of it.

Each belongs to a cluster of its own kind; those of different clusters run at the same time.
"""
from faults.access import ACCESS, ACCESS_CLUSTER
from faults.archive import ARCHIVE, ARCHIVE_CLUSTER
from faults.chain import CHAIN, CHAIN_CLUSTER
from faults.exporter import EXPORTER, PENDING, PENDING_CLUSTER
from faults.fault import UNREACHABLE
from faults.jobs import JOBS, JOBS_CLUSTER
from faults.old import OLD, OLD_CLUSTER, OLDEST, OLDEST_CLUSTER
from faults.pair import PAIR, PAIR_CLUSTER
from faults.slots import SLOTS, SLOTS_CLUSTER

# Quick ones of two clusters, for every run of the suite.
SAMPLE = {"standby killed", "receiver cut", "node out of the exporter's reach", "no primary",
          "synchronous standby killed", "synchronous replication switched off"}

CLUSTERS = [PENDING_CLUSTER, CHAIN_CLUSTER, PAIR_CLUSTER, ARCHIVE_CLUSTER, SLOTS_CLUSTER, ACCESS_CLUSTER, JOBS_CLUSTER,
            OLD_CLUSTER, OLDEST_CLUSTER]
FAULTS = [*PENDING, *CHAIN, *PAIR, *ARCHIVE, *SLOTS, *ACCESS, *JOBS, *OLD, *OLDEST, *EXPORTER]
