"""A Grafana for the demo, if the machine has one: our data source and our dashboards, and whoever comes may look."""
import pathlib
import shutil
import subprocess

import processes
import stack as stack_module
from processes import Process, Trouble

DASHBOARDS = stack_module.ROOT / "dashboards"
HOMES = ("/usr/share/grafana", "/usr/local/share/grafana")
# (program, what it is told first): of the two the first is there since Grafana 10.
PROGRAMS = (("grafana", ["server"]), ("grafana-server", []))

SETTINGS = """\
[paths]
data = {folder}/data
logs = {folder}/data/log
plugins = {folder}/data/plugins
provisioning = {folder}/provisioning
[server]
http_addr = 127.0.0.1
http_port = {port}
[auth.anonymous]
enabled = true
org_role = Viewer
[security]
disable_initial_admin_creation = true
[analytics]
reporting_enabled = false
check_for_updates = false
check_for_plugin_updates = false
[plugins]
preinstall_disabled = true
[log]
mode = console
level = warn
"""


def command(homes=HOMES):
    """What starts a server, without its settings; None where no Grafana is installed."""
    home = next((each for each in homes if pathlib.Path(each, "conf", "defaults.ini").is_file()), None)
    for name, words in PROGRAMS:
        path = home and (shutil.which(name) or shutil.which(name, path=f"{home}/bin"))
        if path:
            return [path, *words, f"--homepath={home}"]
    return None


def provision(folder, prometheus):
    """Writes below `folder` what Grafana is to find: the files that are shipped, with the demo's addresses in them."""
    boards = processes.make_folder(folder / "dashboards")
    subprocess.run([DASHBOARDS / "generate", f"--output={boards}"], check=True)
    source = {"http://localhost:9090": f"http://{prometheus}", "15s": stack_module.SCRAPE}
    for file, changes in (("datasources", source),
                          ("dashboards", {"/var/lib/grafana/dashboards/pgfleet": f"{boards}"})):
        text = (DASHBOARDS / "provisioning" / file / "pgfleet.yml").read_text()
        for old, new in changes.items():
            if text.count(old) != 1:
                raise Trouble(f"provisioning/{file}/pgfleet.yml does not hold {old} once")
            text = text.replace(old, new)
        processes.write_file(processes.make_folder(folder / "provisioning" / file) / "pgfleet.yml", text)


def start(stack):
    """The address of a Grafana that shows what the stack's Prometheus knows; None where none is installed."""
    begins = command()
    if begins is None:
        return None
    folder, port = processes.make_folder(stack.folder / "grafana"), processes.free_port()
    processes.make_folder(folder / "data")
    provision(folder, stack.prometheus)
    settings = processes.write_file(folder / "grafana.ini", SETTINGS.format(folder=folder, port=port))
    process = Process("grafana", [*begins, f"--config={settings}"], folder / "log")
    stack.running.append(process)
    address = f"127.0.0.1:{port}"
    processes.wait_for("ready Grafana", lambda: stack_module.fetch(address, "/api/health"), process, deadline=90)
    return address


def where(address):
    """The line of the demo that tells where the dashboards are."""
    if address is None:
        return f"not installed; the dashboards for one are in {DASHBOARDS}"
    return f"http://{address}/d/pgfleet-fleet"
