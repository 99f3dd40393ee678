"""The checkout and its tracked files."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def tracked_files():
    """Every file that git tracks or would track, as paths below ROOT."""
    # safe.directory: the tests may run as root in another user's checkout.
    names = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard",
         "-z"],
        check=True, capture_output=True, text=True).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]
