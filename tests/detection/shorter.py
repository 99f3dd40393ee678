"""The shipped rules and the shipped Alertmanager configuration with every duration divided by one factor.

Prometheus' durations are divided: `for`, `keep_firing_for`, `interval`, ranges and offsets. Numbers are not: what is
compared with seconds that a server tells (the age of a backup, the end of a password) stays as it is.
"""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
ALERTS = ROOT / "alerts"
UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
DURATION = r"(?:\d+(?:ms|[smhdwy]))+"
RULE_PLACES = re.compile(
    rf"(?m)^(\s+(?:- )?(?:for|keep_firing_for|interval): )({DURATION})$|(\boffset\s+)({DURATION})\b"
    rf"|(\[)({DURATION})(?=\])")
WAIT_PLACES = re.compile(rf"(?m)^(\s+(?:group_wait|group_interval|repeat_interval): )({DURATION})$")


def seconds(duration):
    return sum(int(n) * UNITS[unit] for n, unit in re.findall(r"(\d+)(ms|[smhdwy])", duration))


def written(time):
    return f"{round(time * 1000)}ms"


class Shorter:
    """Divides by `factor`; a range is never shorter than SAMPLES of `scrape` seconds, and `floored` tells which were."""

    SAMPLES = 3  # a range holds at least so many samples, or rate() and deriv() would have nothing to say

    def __init__(self, factor, scrape):
        self.factor, self.least = factor, self.SAMPLES * scrape
        self.floored = set()

    def duration(self, text, is_range=False):
        time = seconds(text) / self.factor
        if is_range and time < self.least:
            self.floored.add(text)
            time = self.least
        return written(time)

    def rules(self, text):
        def shorten(match):
            places = [group for group in match.groups() if group is not None]
            return places[0] + self.duration(places[1], is_range=places[0] == "[")
        result = RULE_PLACES.sub(shorten, text)
        self.prove(text, result)
        return result

    def prove(self, text, result):
        """Token by token nothing but durations differs, and these by the factor."""
        before, after = (re.findall(r"\w+|\W", each) for each in (text, result))
        assert len(before) == len(after), "the shortened rules have another shape"
        for old, new in zip(before, after):
            if old == new:
                continue
            assert re.fullmatch(DURATION, old) and re.fullmatch(DURATION, new), f"{old} became {new}"
            expected = seconds(old) / self.factor
            assert abs(seconds(new) - expected) < 0.001 or (old in self.floored and seconds(new) == self.least), \
                f"{old} became {new}, not {expected} s"
        left = [match[0] for match in RULE_PLACES.finditer(result) if match[0] in text]
        assert self.factor == 1 or not left, f"not shortened: {left}"

    def write_rules(self, folder):
        for path in sorted([*ALERTS.glob("*.rules.yml"), *ALERTS.glob("recording/*.rules.yml")]):
            (pathlib.Path(folder) / path.name).write_text(self.rules(path.read_text()))

    def alertmanager(self, webhook):
        """Routes and inhibition as shipped, with shorter waits; every receiver that tells somebody tells `webhook`."""
        text = (ALERTS / "alertmanager" / "alertmanager.example.yml").read_text()
        text = WAIT_PLACES.sub(lambda m: m[1] + self.duration(m[2]), text)
        match = re.search(r"(?ms)^receivers:\n(.*?)(?=^\S|\Z)", text)
        receivers = re.split(r"(?m)^  - (?=name:)", match[1])[1:]
        lines = "".join(self.receiver(each, webhook) for each in receivers)
        return text[:match.start(1)] + lines + text[match.end(1):]

    @staticmethod
    def receiver(text, webhook):
        name = re.match(r'name: "?([\w-]+)', text)[1]
        told = f"    webhook_configs: [{{url: \"{webhook}/{name}\", send_resolved: true}}]\n" if "_configs:" in text else ""
        return f"  - name: {name}\n{told}"
