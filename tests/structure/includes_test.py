"""The arrows between the folders of exporter/ go one way, and each library has one folder."""

import pathlib
import re
import tempfile
import unittest

from tree import ROOT

# A folder may include itself and what stands here for it.
MAY_INCLUDE = {
    "model": [],
    "config": ["model"],
    "metric": ["model"],
    "pg": ["model"],
    "log": [],
    "collectors": ["model", "metric", "pg"],
    "analysis": ["model", "config", "metric", "pg", "log", "collectors"],
    "fleet": ["model", "config", "metric", "pg", "log", "collectors", "analysis"],
    "exposition": ["model", "config", "metric", "pg", "log", "collectors", "analysis", "fleet"],
    "http": ["model", "config", "metric", "pg", "log", "collectors", "analysis", "fleet", "exposition"],
    "cli": ["model", "config", "metric", "pg", "log", "collectors", "analysis", "fleet", "exposition", "http"],
}
# A header or function that only one folder may name.
ONLY_IN = {
    r"#include <libpq-fe\.h>": "pg",
    r"#include [<\"]civetweb\.h": "http",
    r"#include <yaml-cpp/": "config",
    r"\bgetaddrinfo\(": "pg",
}


def faults(exporter):
    found = []
    for source in sorted(exporter.glob("*/*.[hc]*")):
        folder = source.parent.name
        text = source.read_text()
        for included in re.findall(r'#include "(\w+)/', text):
            if included != folder and included not in MAY_INCLUDE[folder]:
                found.append(f"{folder}/{source.name} includes {included}/, which stands right of it")
        for pattern, owner in ONLY_IN.items():
            if folder != owner and re.search(pattern, text):
                found.append(f"{folder}/{source.name} uses what belongs to {owner}/: {pattern}")
    return found


class Includes(unittest.TestCase):
    def test_arrows_go_one_way(self):
        self.assertEqual(faults(ROOT / "exporter"), [])

    def test_every_folder_is_known(self):
        folders = {path.name for path in (ROOT / "exporter").iterdir() if path.is_dir()}
        self.assertEqual(folders, set(MAY_INCLUDE))

    def test_an_arrow_that_goes_back_is_noticed(self):
        with tempfile.TemporaryDirectory() as folder:
            model = pathlib.Path(folder, "model")
            model.mkdir()
            (model / "a.h").write_text('#include "fleet/fleet.h"\n#include <libpq-fe.h>\n')
            self.assertEqual(len(faults(pathlib.Path(folder))), 2)


if __name__ == "__main__":
    unittest.main()
