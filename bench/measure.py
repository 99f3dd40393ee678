"""The three parts of the measurement. Each returns plain figures; report.py makes the tables."""
import re
import threading
import time

import accounts
import scrapes


REST = 0.25  # seconds


def sleep_until(instant):
    time.sleep(max(0.0, instant - time.monotonic()))


class PacedScrapes:
    """Scrapes an exporter at every period from a thread of its own."""

    def __init__(self, address, began, period):
        self.scraper, self.began, self.period = scrapes.Scraper(address), began, period
        self.seconds, self.answer = [], b""
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        due = self.began
        while not self.over.is_set():
            sleep_until(due)
            seconds, self.answer = self.scraper.scrape()
            self.seconds.append(seconds)
            due += self.period

    def stop(self):
        self.over.set()
        self.thread.join(10)
        self.scraper.close()


def cpu(pids, addresses, period, periods, rounds):
    """Everybody at work at once, so that what the machine does besides falls on all alike. `addresses` are scraped at the
    common pace, evenly apart; the windows of the accounts lie between the scrapes."""
    began = time.monotonic() + period
    step = period / len(addresses)
    paced = {name: PacedScrapes(address, began + number * step, period)
             for number, (name, address) in enumerate(addresses.items())}
    account = accounts.Account(pids)
    sleep_until(began + 3 * period - step / 4)
    account.begin()
    for number in range(1, rounds + 1):
        sleep_until(began + (3 + number * periods) * period - step / 4)
        account.end(periods)
    for each in paced.values():
        each.stop()
    return account, paced


def latency(addresses, blocks, block):
    """Scrapes back to back, in blocks that take turns; seconds by name. Between the blocks is a rest in which a garbage
    collector ends its work: it would be the next one's delay."""
    scrapers = {name: scrapes.Scraper(address) for name, address in addresses.items()}
    seconds = {name: [] for name in addresses}
    for _ in range(blocks):
        for name, scraper in scrapers.items():
            time.sleep(REST)
            scraper.scrape()  # the first after the other's block pays for its cold caches
            seconds[name] += [scraper.scrape()[0] for _ in range(block)]
    for scraper in scrapers.values():
        scraper.close()
    return seconds


def sample(page, pattern):
    found = re.search(pattern + r" (\S+)$", page, re.MULTILINE)
    return float(found.group(1)) if found else None


def over_the_wire(bench, proxy, ours, peers, seconds):
    """Both exporters behind the long wire at the common pace. The counters of each connection per period, and the times."""
    period = bench.period_ms / 1000
    polls, scraped = [], []
    ours_scraper, peer_scraper = scrapes.Scraper(ours), scrapes.Scraper(peers)
    peer_scraper.scrape()
    began = time.monotonic() + period
    sleep_until(began)
    before = proxy.report()
    count = round(seconds / period)
    for number in range(count):
        sleep_until(began + (number + 0.02) * period)
        scraped.append(peer_scraper.scrape()[0])
        page = scrapes.text_of(ours_scraper.scrape()[1])
        polls.append(sample(page, r'pgfleet_poll_duration_seconds\{[^}]*lane="status"[^}]*\}'))
    sleep_until(began + count * period)
    after = proxy.report()
    wires = [{key: (now[key] - then[key]) / count for key in now} for then, now in zip(before, after)]
    return {"wires": wires, "polls": polls, "scrapes": scraped, "new": len(after) - len(before)}

