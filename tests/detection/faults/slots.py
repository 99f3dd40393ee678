"""Slots, consumers of changes, the WAL volume."""
import signal

import processes
from faults.fault import Fault, sql
from servers import CLIENTS, Cluster

CONSUMER = "-o", "proto_version=1", "-o", "publication_names=pub", "-F", "1", "-s", "1"


def consume(c, w=None):
    c.consumer = processes.Process(
        "consumer", [CLIENTS / "pg_recvlogical", "-h", c.pg1.folder, "-U", "postgres", "-d", "postgres", "--slot=cdc",
                     "--start", "-f", "/dev/null", *CONSUMER], c.folder / "consumer.log")
    c.extras.append(c.consumer)
    c.pg1.until("the consumer reads", "SELECT active FROM pg_replication_slots WHERE slot_name = 'cdc'")


def with_consumers(c):
    c.pg1.sql("CREATE PUBLICATION pub FOR TABLE orders; SELECT pg_create_logical_replication_slot('cdc', 'pgoutput')")
    consume(c)
    c.pg1.sql("CREATE DATABASE copy")
    for database in ("postgres", "copy"):
        c.pg1.sql("CREATE TABLE item (id int PRIMARY KEY)", database)
    c.pg1.sql("CREATE PUBLICATION items FOR TABLE item; SELECT pg_create_logical_replication_slot('items', 'pgoutput')")
    c.pg1.sql(f"CREATE SUBSCRIPTION items CONNECTION 'host={c.pg1.folder} user=postgres dbname=postgres' "
              "PUBLICATION items WITH (create_slot = false, copy_data = false)", "copy")


def abandon(megabytes):
    def change(c, w):
        c.pg1.slot("left")
        c.pg1.write(megabytes)
    return change


def await_alert(c, w, alert):
    processes.wait_for(alert, lambda: alert in w.receiver.arrivals(c.name, w.began[c.name]), deadline=60)


def abandon_for_long(c, w):
    """Such a slot is inactive long before it holds back much."""
    abandon(30)(c, w)
    await_alert(c, w, "PgSlotInactive warning")
    c.pg1.write(80)


def stick(c, w):
    """It reads no more and stays connected: the sender waits for it (wal_sender_timeout = 0)."""
    c.consumer.child.send_signal(signal.SIGSTOP)
    c.pg1.write(110)


def unstick(c, w):
    c.consumer.child.send_signal(signal.SIGCONT)


def drop_left(c, w):
    c.pg1.drop_slot("left")
    c.pg1.reset("max_slot_wal_keep_size")
    c.pg1.sql("CHECKPOINT")


def risk(c, w):
    c.pg1.sql("CHECKPOINT")
    c.pg1.set("max_slot_wal_keep_size", "32MB")
    abandon(45)(c, w)
    # What the others hold back would be lost with it.
    c.pg1.sql("SELECT pg_log_standby_snapshot()")
    c.pg1.until("the consumers have caught up", "SELECT max(pg_current_wal_lsn() - restart_lsn) < 1e7"
                " FROM pg_replication_slots WHERE slot_name <> 'left'")


def lose_slot(c, w):
    risk(c, w)
    c.pg1.sql("CHECKPOINT")


def drop_consumer(c, w):
    c.consumer.stop()
    c.pg1.drop_slot("cdc")


def consume_anew(c, w):
    c.pg1.sql("SELECT pg_create_logical_replication_slot('cdc', 'pgoutput')")
    consume(c)


def wrong_slot(c, w):
    drop_consumer(c, w)
    c.pg1.slot("cdc")


def right_slot(c, w):
    c.pg1.drop_slot("cdc")
    consume_anew(c, w)


def republish(c, w):
    """The slot knows the catalog of its time: a publication made anew is not there for what was written before."""
    c.pg1.sql("CREATE PUBLICATION pub FOR TABLE orders")
    drop_consumer(c, w)
    consume_anew(c, w)


def fill_volume(c, w):
    c.pg1.set("wal_keep_size", "1GB")
    c.pg1.write(300)
    await_alert(c, w, "PgWalVolumeFilling warning")
    c.pg1.write(60)


def empty_volume(c, w):
    c.pg1.reset("wal_keep_size")
    c.pg1.sql("CHECKPOINT")
    c.pg1.write(10)
    c.pg1.sql("CHECKPOINT")


SLOTS = [
    Fault("slot abandoned", "slots", {"PgSlotInactive warning"}, abandon(30), drop_left),
    Fault("slot abandoned for long", "slots", {"PgSlotInactive warning"}, abandon_for_long, drop_left,
          kept={"PgSlotWalRetention warning"}),
    Fault("consumer connected and stuck", "slots", {"PgSlotWalRetention warning"}, stick, unstick),
    Fault("slot about to be lost", "slots", {"PgSlotAtRisk critical", "PgSlotInactive warning"}, risk, drop_left,
          kept={"PgSlotWalRetention warning"}),
    Fault("slot lost", "slots", {"PgSlotLost critical"}, lose_slot, drop_left, restarts={"PgSlotAtRisk critical"}),
    Fault("slot of a consumer dropped", "slots", {"PgSlotMissing warning"}, drop_consumer, consume_anew),
    Fault("slot of the wrong kind", "slots", {"PgCdcBroken critical"}, wrong_slot, right_slot),
    Fault("publication dropped", "slots", {"PgCdcBroken critical"}, sql("DROP PUBLICATION pub"), republish),
    Fault("table left out of a publication", "slots", {"PgCdcBroken warning"},
          sql("ALTER PUBLICATION pub DROP TABLE orders"), sql("ALTER PUBLICATION pub ADD TABLE orders")),
    Fault("subscription fails to apply", "slots", {"PgSubscriptionFailing warning"},
          lambda c, w: (c.pg1.sql("INSERT INTO item VALUES (1)", "copy"), c.pg1.sql("INSERT INTO item VALUES (1)")),
          sql("DELETE FROM item", database="copy")),
    Fault("WAL volume fills", "slots", {"PgWalVolumeFilling warning", "PgWalVolumeFilling critical"}, fill_volume,
          empty_volume),
]

SLOTS_CLUSTER = Cluster("slots", declaration="kind: single\nwal_volume: 400MB\n"
        "cdc: [{{slot: cdc, database: postgres, publication: pub, tables: [public.orders]}}]",
        prepare=with_consumers, settings="max_slot_wal_keep_size = -1\nwal_sender_timeout = 0\n")
