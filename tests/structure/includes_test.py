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
    "archive": ["model"],
    "backup": ["model"],
    "collectors": ["model", "metric", "pg"],
    "drift": ["model"],
    "analysis": ["model", "config", "metric", "pg", "log", "collectors", "drift"],
    "fleet": ["model", "config", "metric", "pg", "log", "archive", "backup", "collectors", "drift", "analysis"],
    "exposition": ["model", "config", "metric", "pg", "log", "collectors", "drift", "analysis", "fleet"],
    "http": ["model", "config", "metric", "pg", "log", "collectors", "drift", "analysis", "fleet", "exposition"],
    "cli": ["model", "config", "metric", "pg", "log", "collectors", "drift", "analysis", "fleet", "exposition", "http"],
}
# A header or function that only one folder may name.
ONLY_IN = {
    r"#\s*include\s*[<\"](?:postgresql/)?libpq-fe\.h": "pg",
    r"#\s*include\s*[<\"]civetweb\.h": "http",
    r"#\s*include\s*[<\"]yaml-cpp/": "config",
    r"#\s*include\s*[<\"](?:zlib|zstd)\.h": "backup",
    r"#\s*include\s*[<\"]nlohmann/": "backup",
    r"\bgetaddrinfo\s*\(": "pg",
}


def faults(exporter):
    found = []
    for source in sorted(exporter.rglob("*.[hc]*")):
        name = source.relative_to(exporter)
        if len(name.parts) == 1:
            continue  # main.cc wires everything
        folder, text = name.parts[0], source.read_text()
        for bracket, included in re.findall(r'^\s*#\s*include\s*([<"])([^>"]+)', text, re.MULTILINE):
            target = included.split("/")[0]
            if bracket == '"' and target not in MAY_INCLUDE:
                found.append(f'{name} includes "{included}": write "folder/file.h"')
            elif target in MAY_INCLUDE and target != folder and target not in MAY_INCLUDE.get(folder, []):
                found.append(f"{name} includes {target}/, which stands right of it")
        for pattern, owner in ONLY_IN.items():
            if folder != owner and re.search(pattern, text):
                found.append(f"{name} uses what belongs to {owner}/: {pattern}")
    return found


class Includes(unittest.TestCase):
    def faults_of(self, name, text):
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder, name)
            source.parent.mkdir(parents=True)
            source.write_text(text + "\n")
            return faults(pathlib.Path(folder))

    def test_arrows_go_one_way(self):
        self.assertEqual(faults(ROOT / "exporter"), [])

    def test_every_folder_is_known(self):
        folders = {path.name for path in (ROOT / "exporter").iterdir() if path.is_dir()}
        self.assertEqual(folders, set(MAY_INCLUDE))

    def test_what_is_allowed_is_no_fault(self):
        self.assertEqual(self.faults_of("pg/a.h", '#include <libpq-fe.h>\n#include "model/lsn.h"\ngetaddrinfo(a);'), [])

    def test_every_wrong_include_is_noticed(self):
        for name, text in (
                ("model/a.h", '#include "fleet/fleet.h"'),
                ("model/a.h", "#include <fleet/fleet.h>"),
                ("config/deep/a.cc", '#  include "metric/desc.h"'),  # folders side by side
                ("pg/a.cc", '#include "../fleet/fleet.h"'),
                ("pg/a.cc", '#include "session.h"'),
                ("fleet/a.cc", "#include <libpq-fe.h>"),
                ("fleet/a.cc", "#include <postgresql/libpq-fe.h>"),
                ("cli/a.cc", "#include <civetweb.h>"),
                ("pg/a.cc", "#include <yaml-cpp/yaml.h>"),
                ("http/a.cc", "int i = ::getaddrinfo(host, port, &hints, &list);"),
        ):
            with self.subTest(text):
                self.assertEqual(len(self.faults_of(name, text)), 1)


if __name__ == "__main__":
    unittest.main()
