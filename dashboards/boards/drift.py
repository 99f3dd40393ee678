"""What is not as its neighbours or its owner want it: settings, files, roles, jobs."""
from parts.dashboard import dashboard
from parts.panels import (BLUE, GREEN, RED, YES_IS_BAD, YELLOW, listing, matrix, row, series, stat, states, steps,
                          table, timeline)
from parts.queries import by_cluster, by_node, cluster, increase, named, node, once

LABELS = "{{pg_cluster}}/{{pg_node}}"
DIFFERS = states(one=("differs", YELLOW))
UNSAFE = 'setting=~"fsync|full_page_writes"'


def count_of(metric, more="", of=node):
    return f"sum({once(of(metric, more))})"


def now():
    return [
        stat("Between nodes", "Settings that differ from the elected primary's. When yellow: the matrix below names them; the "
             "values stand on the exporter's page /drift.", count_of("pgfleet_settings_drifted", 'against="node"'),
             steps(GREEN, (YELLOW, 1)), alerts=["PgConfigDrift"]),
        stat("From the baseline", "Settings that are not as declared. When yellow: revert the change, or declare it.",
             count_of("pgfleet_settings_drifted", 'against="baseline"'),
             steps(GREEN, (YELLOW, 1)), alerts=["PgConfigBaselineDrift"]),
        stat("Unsafe settings", "fsync or full_page_writes off. When red: a crash may destroy the cluster.",
             f"sum(1 - {once(node('pgfleet_setting_enabled', UNSAFE))})", steps(GREEN, (RED, 1)),
             alerts=["PgUnsafeSetting"]),
        stat("Restarts pending", "Changed settings that the next restart brings in. When yellow: plan one, or revert them.",
             count_of("pgfleet_settings_pending_restart"),
             steps(GREEN, (YELLOW, 1)), alerts=["PgPendingRestart"]),
        stat("Errors in files", "Faults in postgresql.conf, pg_hba.conf and pg_ident.conf. When red: the next reload is refused, "
             "the next start fails.", count_of("pgfleet_settings_file_errors"), steps(GREEN, (RED, 1)),
             alerts=["PgConfigFileError"]),
        stat("Access drift", "Roles and memberships that are not as declared. When yellow: revert the change, or declare it.",
             count_of("pgfleet_access_drift_entries", of=cluster),
             steps(GREEN, (YELLOW, 1)), alerts=["PgRoleDrift", "PgRoleMembershipDrift", "PgUnexpectedSuperuser"]),
        stat("Next password to end", "When the soonest password of a role ends.",
             f"1000 * min({cluster('pgfleet_role_password_expiry_timestamp_seconds')} > time())", steps(BLUE), "dateTimeFromNow",
             alerts=["PgRoleExpiring"], absent="none ends"),
        stat("Not comparable", "Settings that could not be compared. When yellow: give the monitoring role pg_monitor on every "
             "node.",
             count_of("pgfleet_settings_not_comparable"), steps(GREEN, (YELLOW, 1))),
    ]


def drifted(against):
    drift = node("pgfleet_setting_drift", f'against="{against}"')
    return f"max by (setting, node) ({named(drift)})"


def settings():
    return [
        matrix("Settings that differ from the primary's", "Settings down, nodes across. The values stand on the exporter's page "
               "/drift.", drifted("node"), "setting", "node", DIFFERS, alerts=["PgConfigDrift"],
               absent="No setting differs"),
        matrix("Settings that differ from the baseline", "Settings down, nodes across.",
               drifted("baseline"), "setting", "node", DIFFERS, alerts=["PgConfigBaselineDrift"],
               absent="No setting differs"),
        series("Drifted settings", "How many, over time.", "none", once(node("pgfleet_settings_drifted")), LABELS + " {{against}}",
               alerts=["PgConfigDrift", "PgConfigBaselineDrift"]),
        series("Changes of settings", "How many settings were seen with another value.", "none",
               increase(node("pgfleet_settings_changes_total")), LABELS),
        table("Wait for a restart", "Each changed setting that the next restart brings in.",
              [(None, "none", once(node("pgfleet_setting_pending_restart")), None, None)],
              ["pg_cluster", "pg_node", "setting"], hidden=["Value"], alerts=["PgPendingRestart"],
              absent="No setting waits"),
        table("Files", "The files of each node.", [
            ("Errors", "none", f"sum by (pg_cluster, pg_node) ({once(node('pgfleet_settings_file_errors'))})", steps(GREEN, (RED, 1)), None),
            ("Reload refused", "none", by_node(node("pgfleet_settings_reload_refused")), None, YES_IS_BAD),
            ("Wait for a reload", "none", by_node(node("pgfleet_settings_pending_reload")), steps(GREEN, (YELLOW, 1)), None),
            ("By ALTER SYSTEM", "none", by_node(node("pgfleet_settings_from_auto_conf")), None, None),
            ("For roles and databases", "none", by_node(node("pgfleet_role_settings")), None, None),
            ("Loaded", "dateTimeFromNow", f"1000 * {by_node(node('pgfleet_node_config_load_timestamp_seconds'))}", None, None)],
            ["pg_cluster", "pg_node"], alerts=["PgConfigFileError"]),
    ]


def access():
    return [
        table("Who has power", "Roles with a dangerous privilege, and by which way they have it.",
              [(None, "none", once(cluster("pgfleet_role_privileged")), None, None)],
              ["pg_cluster", "role", "privilege", "via"], width=12, hidden=["Value"], alerts=["PgUnexpectedSuperuser"]),
        table("Not as declared", "Each difference between the declared roles and those of the primary.",
              [(None, "none", once(cluster("pgfleet_access_drift")), None, None)],
              ["pg_cluster", "kind", "role", "detail"], width=12, hidden=["Value"],
              alerts=["PgRoleDrift", "PgRoleMembershipDrift"], absent="All is as declared, or nothing is declared"),
        table("Passwords that end", "When the password of each role ends; also in the past.",
              [("Ends", "dateTimeFromNow", f"1000 * max by (pg_cluster, role) ({cluster('pgfleet_role_password_expiry_timestamp_seconds')})",
                None, None)], ["pg_cluster", "role"], width=12, alerts=["PgRoleExpiring"], absent="No password ends"),
        series("Roles", "Roles by what they may do.", "none",
               f"sum by (pg_cluster, attribute) ({once(cluster('pgfleet_roles'))})", "{{pg_cluster}} {{attribute}}"),
        series("Changes of roles", "How often roles or memberships were seen to have changed.", "none",
               increase(cluster("pgfleet_access_changes_total")), "{{pg_cluster}}"),
        series("Logins by how the password is kept", "md5 should become scram-sha-256.", "none",
               once(cluster("pgfleet_roles_password_method")), "{{pg_cluster}} {{method}}"),
    ]


def jobs():
    per_agent = "max by (pg_cluster, agent_job) ({})".format
    began = "1000 * {}".format
    per_cron = "max by (pg_cluster, cron_job) ({})".format
    failed = 'status=~"failed|internal_failure|aborted"'
    return [
        table("pgAgent jobs", "One row per job.", [
            ("Enabled", "none", per_agent(cluster("pgfleet_pgagent_job_enabled")), None, states(zero=("no", BLUE), one=("yes", GREEN))),
            ("Failed", "none", per_agent(cluster("pgfleet_pgagent_job_status", failed)), None, YES_IS_BAD),
            ("Overdue", "none", per_agent(cluster("pgfleet_pgagent_job_overdue")), None, YES_IS_BAD),
            ("Stuck", "none", per_agent(cluster("pgfleet_pgagent_job_stuck")), None, YES_IS_BAD),
            ("Last success", "dateTimeFromNow", f"1000 * {per_agent(cluster('pgfleet_pgagent_job_last_success_timestamp_seconds'))}", None, None),
            ("Without agent", "none", per_agent(cluster("pgfleet_pgagent_job_without_agent")), None, YES_IS_BAD),
            ("Last start", "dateTimeFromNow",
             began(per_agent(cluster("pgfleet_pgagent_job_last_start_timestamp_seconds"))), None, None),
            ("Took", "s", per_agent(cluster("pgfleet_pgagent_job_last_duration_seconds")), None, None),
            ("Next", "dateTimeFromNow", f"1000 * {per_agent(cluster('pgfleet_pgagent_job_next_run_timestamp_seconds'))}", None, None)],
            ["pg_cluster", "agent_job"], alerts=["PgAgentJobFailed", "PgAgentJobOverdue", "PgJobSchedulerDown"],
            absent="No pgAgent jobs"),
        table("pg_cron jobs", "One row per job.", [
            ("Enabled", "none", per_cron(cluster("pgfleet_cron_job_enabled")), None, states(zero=("no", BLUE), one=("yes", GREEN))),
            ("Failed", "none", per_cron(cluster("pgfleet_cron_job_status", 'status="failed"')), None, YES_IS_BAD),
            ("Stuck", "none", per_cron(cluster("pgfleet_cron_job_stuck")), None, YES_IS_BAD),
            ("Last success", "dateTimeFromNow", f"1000 * {per_cron(cluster('pgfleet_cron_job_last_success_timestamp_seconds'))}", None, None),
            ("Last start", "dateTimeFromNow",
             began(per_cron(cluster("pgfleet_cron_job_last_start_timestamp_seconds"))), None, None),
            ("Took", "s", per_cron(cluster("pgfleet_cron_job_last_duration_seconds")), None, None)],
            ["pg_cluster", "cron_job"], alerts=["PgCronJobFailed"], absent="No pg_cron jobs"),
        timeline("Agents", "Whether a pgAgent was connected.",
                 f"clamp_max({by_cluster(cluster('pgfleet_pgagent_agents', 'state=' + chr(34) + 'alive' + chr(34)))}, 1)",
                 "{{pg_cluster}}", states(zero=("none", RED), one=("connected", GREEN)), alerts=["PgJobSchedulerDown"],
                 absent="No pgAgent"),
        timeline("Scheduler of pg_cron", "Whether it runs. When red: no job begins.",
                 by_cluster(cluster("pgfleet_cron_scheduler_up")), "{{pg_cluster}}",
                 states(zero=("down", RED), one=("runs", GREEN)), alerts=["PgJobSchedulerDown"], absent="No pg_cron"),
        series("Failed runs", "Runs that ended badly, and those that succeeded although a step failed.", "none",
               [(increase(cluster("pgfleet_pgagent_job_failures_total")), "{{pg_cluster}} {{agent_job}}"),
                (increase(cluster("pgfleet_pgagent_job_ignored_failures_total")),
                 "{{pg_cluster}} {{agent_job}} ignored"),
                (increase(cluster("pgfleet_cron_job_failures_total")), "{{pg_cluster}} {{cron_job}}")],
               width=24, absent="No jobs"),
    ]


def values():
    def of(title, unit, metric):
        return table(title, "Of each node. -1 and 0 mean what they mean to the server.",
                     [("Value", unit, once(node(metric)), None, None)], ["pg_cluster", "pg_node", "setting"], width=12)
    return row("Values of settings", of("Sizes", "bytes", "pgfleet_setting_bytes"), of("Times", "s", "pgfleet_setting_seconds"),
               of("Numbers", "none", "pgfleet_setting_value"),
               listing("Words", "Of each node.", once(node("pgfleet_setting_state")),
                       ["pg_cluster", "pg_node", "setting", "state"]))


def changes():
    return row(
        "Changes and memberships",
        table("Last changes of settings", "When a changed setting was last seen, since the exporter watches.", [
            ("Changed", "dateTimeFromNow",
             f"1000 * {by_node(node('pgfleet_settings_last_change_timestamp_seconds'))}", None, None)],
            ["pg_cluster", "pg_node"], width=12, absent="No change was seen"),
        table("Last changes of roles", "When a change of roles or memberships was last seen.", [
            ("Changed", "dateTimeFromNow",
             f"1000 * {by_cluster(cluster('pgfleet_access_last_change_timestamp_seconds'))}", None, None)],
            ["pg_cluster"], width=12, absent="No change was seen"),
        series("Memberships of roles", "All, and those that may be passed on.", "none",
               f"sum by (pg_cluster, attribute) ({once(cluster('pgfleet_role_memberships'))})", "{{pg_cluster}} {{attribute}}"),
        series("Logins whose password never ends", "How many roles.", "none",
               by_cluster(cluster("pgfleet_login_roles_without_expiry")), "{{pg_cluster}}"))


def board():
    return dashboard("pgfleet-drift", "Configuration and Access Drift",
                     "What is not as its neighbours or its owner want it: settings, files, roles, jobs.",
                     [row("Now"), *now(), row("Settings"), *settings(), row("Access"), *access(), row("Jobs"), *jobs(),
                      values(), changes()])
