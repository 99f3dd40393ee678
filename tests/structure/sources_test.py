"""Functions stay short, and no file names a place that only one machine has."""

import glob
import re
import subprocess
import unittest

from tree import ROOT, tracked_files

LONGEST_FUNCTION = 60


def functions(text):
    """(first line, length) of everything that looks like a function body: a line at the margin that opens a brace
    and the next closing brace at the margin."""
    begun = None
    for number, line in enumerate(text.split("\n"), 1):
        if re.match(r"[\w:<>~*&\[].*\)[^;=]*\{$", line) and not line.startswith("namespace"):
            begun = number
        elif line == "}" and begun is not None:
            yield begun, number - begun + 1
            begun = None


def registry_hosts():
    """Hosts that this machine's package managers are set up with."""
    text = ""
    for name in glob.glob("/etc/apt/sources.list") + glob.glob("/etc/apt/sources.list.d/*"):
        with open(name, errors="replace") as file:
            text += file.read()
    for command in (["npm", "config", "get", "registry"], ["go", "env", "GOPROXY"]):
        try:
            text += subprocess.run(command, capture_output=True, text=True, timeout=20).stdout
        except (OSError, subprocess.TimeoutExpired):
            pass  # not on this machine: nothing to name
    hosts = set(re.findall(r"https?://([^/ ,|\s]+)", text))
    return {host for host in hosts if not host.startswith(("localhost", "127."))}


class Sources(unittest.TestCase):
    def test_functions_are_short(self):
        long = []
        for source in sorted((ROOT / "exporter").glob("**/*.cc")):
            for line, length in functions(source.read_text()):
                if length > LONGEST_FUNCTION:
                    long.append(f"{source.relative_to(ROOT)}:{line}: {length} lines")
        self.assertEqual(long, [])

    def test_a_long_function_is_noticed(self):
        text = "int F() {\n" + "  x;\n" * 70 + "}\n"
        self.assertEqual([length for _, length in functions(text)], [72])

    def test_no_file_names_this_machine_or_a_registry(self):
        forbidden = [re.compile(re.escape(host)) for host in registry_hosts()]
        forbidden.append(re.compile(r"(?<![\w/.-])" + re.escape(str(ROOT)) + "/"))
        found = []
        for path in tracked_files():
            text = path.read_bytes().decode("utf-8", "replace")
            found += [f"{path.relative_to(ROOT)}: {word.pattern}" for word in forbidden if word.search(text)]
        self.assertEqual(found, [])

    def test_the_lock_file_has_checksums_and_no_addresses(self):
        lock = (ROOT / "tests/support/postgres/package-lock.json").read_text()
        self.assertNotIn('"resolved"', lock)
        self.assertEqual(lock.count('"integrity"'), 9)


if __name__ == "__main__":
    unittest.main()
