"""What the linker made: none of libpq's blocking functions, and the hardening that distributions build with."""

import subprocess
import sys
import unittest

BLOCKING = {
    "PQexec", "PQexecParams", "PQexecPrepared", "PQprepare", "PQdescribePrepared", "PQdescribePortal", "PQconnectdb",
    "PQconnectdbParams", "PQsetdb", "PQsetdbLogin", "PQcancel", "PQping", "PQpingParams", "PQreset", "PQfn",
    "PQputCopyEnd", "PQendcopy",
}
BINARY = ""
SANITIZED = False


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def functions_of_libpq(symbols):
    """From the output of nm -u; a symbol may carry its version."""
    names = (line.split()[-1].split("@")[0] for line in symbols.splitlines() if line.split())
    return {name for name in names if name.startswith("PQ")}


class Binary(unittest.TestCase):
    def test_no_blocking_function_of_libpq_is_called(self):
        used = functions_of_libpq(output("nm", "-u", BINARY))
        self.assertIn("PQconnectStartParams", used, "this is not the exporter")
        self.assertEqual(used & BLOCKING, set())

    def test_a_blocking_function_is_noticed(self):
        used = functions_of_libpq("                 U PQexec\n                 U PQping@LIBPQ_9.1\n    U PQgetvalue\n")
        self.assertEqual(used & BLOCKING, {"PQexec", "PQping"})

    def test_it_is_hardened(self):
        if SANITIZED:
            return  # sanitizers replace what these flags do
        self.assertIn("DYN", output("readelf", "-h", BINARY), "position independent")
        self.assertIn("GNU_RELRO", output("readelf", "-l", BINARY))
        self.assertIn("NOW", output("readelf", "-d", BINARY), "bound at start")
        self.assertIn("__stack_chk_fail", output("nm", "-u", BINARY))

    def test_it_says_what_it_is(self):
        self.assertRegex(output(BINARY, "--version"), r"^pgfleet_exporter \d+\.\d+\.\d+ ")


if __name__ == "__main__":
    BINARY, SANITIZED = sys.argv[1], sys.argv[2] != ""
    unittest.main(argv=sys.argv[:1])
