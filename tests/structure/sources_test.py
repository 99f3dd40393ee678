"""Functions stay short, and no file names a place that only one machine has."""

import pathlib
import re
import subprocess
import tempfile
import unittest

from tree import ROOT, tracked_files

LONGEST_FUNCTION = 60
RAW_STRING = re.compile(r'R"(\w*)\(.*?\)\1"', re.DOTALL)
# These say nothing about the machine, even if the checkout is or lies there.
ORDINARY_FOLDERS = {"/", "/app", "/build", "/builds", "/etc", "/home", "/mnt", "/opt", "/root", "/src", "/srv", "/tmp",
                    "/usr", "/usr/local", "/usr/local/src", "/usr/src", "/var", "/var/lib", "/var/tmp", "/workspace"}


def functions(text):
    """(first line, length) of every function body at the margin: from the line that begins the declaration to the
    closing brace. Tables end in "};" and namespaces in a comment, so neither is taken for one."""
    text = RAW_STRING.sub(lambda raw: "\n".join(" " for _ in raw.group().split("\n")), text)
    begun = None
    for number, line in enumerate(text.split("\n"), 1):
        if line == "}" and begun is not None:
            yield begun, number - begun + 1
            begun = None
        elif re.match(r"[\w:~*&\[]", line) and not re.match(r"namespace\b|using\b|\w+:$", line):
            begun = number


def registry_hosts():
    """Hosts that this machine's package managers are set up with."""
    text = ""
    for source in (pathlib.Path("/etc/apt/sources.list"), *pathlib.Path("/etc/apt/sources.list.d").glob("*")):
        if source.is_file():
            text += source.read_text(errors="replace")
    for command in (["npm", "config", "get", "registry"], ["go", "env", "GOPROXY"]):
        try:
            text += subprocess.run(command, capture_output=True, text=True, timeout=20, check=False).stdout
        except (OSError, subprocess.TimeoutExpired):
            pass  # not on this machine: nothing to name
    hosts = set(re.findall(r"https?://(?:[^@/\s]*@)?([^/ :,|\s]+)", text))
    return {host for host in hosts if not host.startswith(("localhost", "127."))}


def forbidden_words(hosts, checkout):
    places = [place for place in (checkout, checkout.parent) if str(place) not in ORDINARY_FOLDERS]
    return ([re.compile(re.escape(host)) for host in sorted(hosts)] +
            [re.compile(r"(?<![\w/.-])" + re.escape(str(place)) + r"(?![\w.-])") for place in places])


def named_in(files, forbidden):
    found = []
    for path in files:
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{path}: {word.pattern}" for word in forbidden if word.search(text)]
    return found


class Sources(unittest.TestCase):
    def test_functions_are_short(self):
        long, seen = [], 0
        for source in sorted((ROOT / "exporter").rglob("*.[hc]*")):
            for line, length in functions(source.read_text()):
                seen += 1
                if length > LONGEST_FUNCTION:
                    long.append(f"{source.relative_to(ROOT)}:{line}: {length} lines")
        self.assertEqual(long, [])
        self.assertGreater(seen, 100, "functions are found at all")

    def test_a_long_function_is_noticed(self):
        body = "  x;\n" * 70 + "}\n"
        for head in ("int F() {\n", "auto F(int a,\n       int b) -> int {\n", "F::F(int a)\n    : a_(a) {\n",
                     'int F() {\n  auto sql = R"sql(\nSELECT )x" {\n)sql";\n'):
            with self.subTest(head):
                self.assertEqual([length for _, length in functions(head + body)], [71 + head.count("\n")])

    def test_a_table_is_no_function(self):
        text = "namespace a {\nconstexpr int kTable[] = {\n" + "  1,\n" * 70 + "};\n}  // namespace a\n"
        self.assertEqual(list(functions(text)), [])

    def test_no_file_names_this_machine_or_a_registry(self):
        files = tracked_files()
        self.assertIn(ROOT / "CMakeLists.txt", files)
        self.assertEqual(named_in(files, forbidden_words(registry_hosts(), ROOT)), [])

    def test_a_file_that_names_them_is_noticed(self):
        forbidden = forbidden_words({"registry.example"}, pathlib.Path("/somebody/checkout"))
        with tempfile.TemporaryDirectory() as folder:
            note = pathlib.Path(folder, "note.md")
            for text, count in (("from https://registry.example/x", 1), ("see /somebody/checkout/x", 2),
                                ("`/somebody/else`", 1), ("/etc/somebody/else and a/somebody/", 0)):
                with self.subTest(text):
                    note.write_text(text)
                    self.assertEqual(len(named_in([note], forbidden)), count)

    def test_the_lock_file_has_checksums_and_no_addresses(self):
        lock = (ROOT / "tests/support/postgres/package-lock.json").read_text()
        self.assertNotIn('"resolved"', lock)
        self.assertEqual(lock.count('"integrity"'), 9)


if __name__ == "__main__":
    unittest.main()
