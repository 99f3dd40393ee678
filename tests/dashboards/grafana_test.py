#!/usr/bin/env python3
"""What a Grafana is given: the provisioning files, and how the demo starts one that is installed.

No Grafana runs here: seen is what it would be told, and what the demo says where there is none.
"""
import configparser
import os
import pathlib
import re
import sys
import tempfile
import unittest
from unittest import mock

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "demo.d"))

import grafana  # noqa: E402
import processes  # noqa: E402


def shipped(file):
    return (ROOT / "dashboards" / "provisioning" / file / "pgfleet.yml").read_text()


def value(text, key):
    """Of a key that the file holds once, beside its comments."""
    found = re.findall(rf"(?m)^[\s-]*{key}: (.+)$", text)
    assert len(found) == 1, f"{key}: {found}"
    return found[0]


def install(folder, *programs):
    """A Grafana as far as the demo looks at it before it starts one."""
    home = pathlib.Path(folder, "share")
    (home / "conf").mkdir(parents=True)
    (home / "conf" / "defaults.ini").touch()
    (home / "bin").mkdir()
    for name in programs:
        (home / "bin" / name).touch(mode=0o755)
    return home


class Provisioning(unittest.TestCase):
    def test_rates_are_made_for_the_interval_at_which_prometheus_scrapes(self):
        scrape = value((ROOT / "deploy" / "prometheus" / "scrape.yml").read_text().split("\n\n")[0], "scrape_interval")
        self.assertEqual(value(shipped("datasources"), "timeInterval"), scrape)

    def test_the_files_are_of_the_one_version_that_there_is(self):
        for file in ("datasources", "dashboards"):
            self.assertEqual(value(shipped(file), "apiVersion"), "1")
        self.assertEqual(value(shipped("datasources"), "type"), "prometheus")
        self.assertEqual(value(shipped("dashboards"), "type"), "file")
        self.assertEqual(value(shipped("dashboards"), "allowUiUpdates"), "false")

    def test_the_demo_puts_its_addresses_in_and_changes_nothing_else(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            grafana.provision(folder, "127.0.0.1:4711")
            source = (folder / "provisioning" / "datasources" / "pgfleet.yml").read_text()
            boards = (folder / "provisioning" / "dashboards" / "pgfleet.yml").read_text()
            self.assertEqual((value(source, "url"), value(source, "timeInterval")), ("http://127.0.0.1:4711", "1s"))
            self.assertEqual(value(boards, "path"), f"{folder}/dashboards")
            for made, original in ((source, shipped("datasources")), (boards, shipped("dashboards"))):
                self.assertEqual(len(made.splitlines()), len(original.splitlines()))
            self.assertEqual({path.name: path.read_text() for path in (folder / "dashboards").iterdir()},
                             {path.name: path.read_text() for path in (ROOT / "dashboards").glob("*.json")})


class Demo(unittest.TestCase):
    def test_it_starts_what_is_installed(self):
        new, old = ["grafana", "server"], ["grafana-server"]
        for programs, begins in ((["grafana", "grafana-server"], new), (["grafana"], new), (["grafana-server"], old)):
            with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, PATH=""):
                home = install(folder, *programs)
                self.assertEqual(grafana.command([str(home)]),
                                 [f"{home}/bin/{begins[0]}", *begins[1:], f"--homepath={home}"])

    def test_without_its_files_or_its_program_there_is_none(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, PATH=""):
            self.assertIsNone(grafana.command([str(install(folder))]))
            self.assertIsNone(grafana.command([folder]))

    def test_where_there_is_none_it_says_so_in_a_line(self):
        line = grafana.where(None)
        self.assertEqual(line.count("\n"), 0)
        self.assertTrue(line.startswith("not installed"))
        self.assertTrue(line.endswith(f"{ROOT}/dashboards"))

    def test_nobody_else_hears_of_it(self):
        settings = configparser.ConfigParser()
        settings.read_string(grafana.SETTINGS.format(folder="/f", port=processes.free_port()))
        self.assertEqual(settings["server"]["http_addr"], "127.0.0.1")
        self.assertEqual(settings["auth.anonymous"]["org_role"], "Viewer")
        self.assertEqual({settings["analytics"][key] for key in settings["analytics"]}, {"false"})
        self.assertTrue(all(path.startswith("/f/") for path in settings["paths"].values()))


if __name__ == "__main__":
    unittest.main(verbosity=1)
