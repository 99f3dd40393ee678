"""Debian's 15: backups by its pg_dump, jobs of pgAgent and pg_cron."""
import os

import processes
from faults.fault import Fault, sql
from servers import CLIENTS, DEBIAN, FILL, Cluster


def dump(c, rows=2000, name="nightly"):
    c.pg1.sql(f"TRUNCATE filler; {FILL.format(rows=rows)}")
    file = c.backups / f"{name}.{len(list(c.backups.iterdir()))}.sql"
    processes.run([CLIENTS / "pg_dump", "-h", c.pg1.folder, "-U", "postgres", "-t", "filler", "-f", file, "postgres"])
    return file


def with_jobs(c):
    c.backups = processes.make_folder(c.folder / "backups")
    for _ in range(2):
        dump(c)
    processes.write_file(c.folder / "status", "exit_code=0\n")
    c.pg1.sql("CREATE EXTENSION pg_cron; CREATE EXTENSION pgagent")
    c.pg1.sql("INSERT INTO pgagent.pga_job (jobjclid, jobname) VALUES (1, 'nightly')")
    c.pg1.sql("INSERT INTO pgagent.pga_jobstep (jstjobid, jstname, jstkind, jstcode, jstdbname) "
              "SELECT jobid, 'step', 's', 'SELECT 1', 'postgres' FROM pgagent.pga_job")
    c.grant()
    start_agent(c)


def start_agent(c, w=None):
    c.agent = processes.Process("pgagent", ["/usr/bin/pgagent", "-f", "-t", "1", "-l", "0",
                                            f"host={c.pg1.folder} user=postgres dbname=postgres"], c.folder / "agent.log")
    c.extras.append(c.agent)


def forget_backups(c, w):
    for path in c.backups.iterdir():
        os.utime(path, (1e9, 1e9))


def remember_backups(c, w):
    for path in c.backups.iterdir():
        os.utime(path)


def damage_backup(c, w):
    c.file = dump(c)
    text = c.file.read_text()
    c.file.write_text(text[:len(text) // 2 + len(text) // 4])


def shrink_backup(c, w):
    c.file = dump(c, rows=10)


def status(text):
    return lambda c, w: processes.write_file(c.folder / "status", text)


def run_agent_job(code):
    def change(c, w):
        c.pg1.sql(f"UPDATE pgagent.pga_jobstep SET jstcode = '{code}';"
                  "UPDATE pgagent.pga_job SET jobnextrun = now()")
    return change


JOBS = [
    Fault("backup overdue", "jobs", {"PgBackupOverdue critical"}, forget_backups, remember_backups),
    Fault("backup cut short", "jobs", {"PgBackupDamaged warning"}, damage_backup, lambda c, w: c.file.unlink()),
    Fault("backup far too small", "jobs", {"PgBackupShrunken warning"}, shrink_backup, lambda c, w: c.file.unlink()),
    Fault("backup job failed", "jobs", {"PgBackupJobFailed warning"}, status("exit_code=1\n"), status("exit_code=0\n")),
    Fault("pgAgent job failed", "jobs", {"PgAgentJobFailed warning"}, run_agent_job("SELECT 1/0"),
          run_agent_job("SELECT 1")),
    Fault("pgAgent killed", "jobs", {"PgJobSchedulerDown warning"},
          lambda c, w: (c.agent.child.kill(), c.agent.child.wait()), start_agent, kept={"PgAgentJobOverdue warning"}),
    # It begins with the next minute.
    Fault("pg_cron job failed", "jobs", {"PgCronJobFailed warning"},
          sql("SELECT cron.schedule('bad', '* * * * *', 'SELECT 1/0')"), sql("SELECT cron.unschedule('bad')")),
]

JOBS_CLUSTER = Cluster("jobs", DEBIAN, debian=True, prepare=with_jobs,
        settings="shared_preload_libraries = 'pg_cron'\ncron.use_background_workers = on\n",
        declaration='kind: single\npgagent: {{database: postgres}}\ncron: {{database: postgres}}\nbackups:\n'
        '  - {{name: nightly, files: "{folder}/backups/*.sql", schedule: "0 0 1 1 *", status_file: "{folder}/status"}}')
