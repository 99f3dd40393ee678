"""Child processes: started as an unprivileged user, logged to a file, stopped by pid and never left behind."""
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import time

DEADLINE = 30  # seconds for anything that should be a matter of moments


class Trouble(Exception):
    """What went wrong, in words for the person at the terminal."""


def find_program(*names, hint):
    for name in names:
        path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/bin")
        if path:
            return path
    raise Trouble(f"{names[0]} is missing: {hint}")


def unprivileged(command):
    """PostgreSQL refuses to run as root, and nothing else here needs to."""
    command = [str(word) for word in command]
    if os.geteuid() != 0:
        return command
    setpriv = find_program("setpriv", hint="apt-get install util-linux")
    return [setpriv, "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--pdeathsig=INT", "--", *command]


def give_away(path):
    """Makes `path` belong to the user that the children run as."""
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(path, nobody.pw_uid, nobody.pw_gid)


def make_folder(path, mode=0o755):
    path = pathlib.Path(path)
    path.mkdir(parents=True)
    path.chmod(mode)
    give_away(path)
    return path


def write_file(path, text, mode=0o644):
    path = pathlib.Path(path)
    path.touch(mode=mode)
    path.write_text(text)
    give_away(path)
    return path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(command, feed=None, **options):
    """Runs a command to its end; its output is the error message if it fails."""
    done = subprocess.run(unprivileged(command), input=feed, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=120, check=False, cwd="/", **options)
    if done.returncode != 0:
        raise Trouble(f"{pathlib.Path(str(command[0])).name} failed with {done.returncode}:\n{done.stdout.strip()}")
    return done.stdout.strip()


def wait_for(what, condition, process=None, deadline=DEADLINE):
    """Asks every 0.1 s until `condition` holds and returns what it returned. `process` must stay alive meanwhile."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if process is not None and not process.running():
            raise Trouble(f"{process.name} ended with {process.child.returncode} while waiting for {what}\n{process.tail()}")
        if time.monotonic() > end:
            raise Trouble(f"no {what} within {deadline} s" + (f"\n{process.tail()}" if process else ""))
        time.sleep(0.1)


class Process:
    """One child in a session of its own, so that Ctrl-C reaches it only through us, in our order."""

    def __init__(self, name, command, log, environment=None, stdin=subprocess.DEVNULL, stop_signal=signal.SIGTERM):
        self.name, self.log, self.stop_signal = name, pathlib.Path(log), stop_signal
        with open(self.log, "ab") as out:
            self.child = subprocess.Popen(unprivileged(command), stdin=stdin, stdout=out, stderr=out, cwd="/",
                                          start_new_session=True, text=stdin == subprocess.PIPE,
                                          env=None if environment is None else {**os.environ, **environment})

    def running(self):
        return self.child.poll() is None

    def stop(self):
        if self.running():
            self.child.send_signal(self.stop_signal)
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait(10)

    def tail(self, lines=15):
        text = self.log.read_text(errors="replace").splitlines()[-lines:] if self.log.exists() else []
        return "\n".join([f"--- the end of {self.name}'s log", *text])
