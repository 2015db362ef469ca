"""Runs that deliver digests and are killed at any moment; started by the tests of delivery.

The modules are imported once, and each run is a fork: a kill then hits what it does, not its start.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from analytics.window import Window
from collector.database import engine_on
from collector.errors import StoreError
from reports.delivering import Courier
from reports.errand import Patience
from reports.ledger import Address, Ledger
from tests.chat_servers.plain_channel import PlainChannel
from tests.unit.reports.digests import busy

TIMEOUT_SECONDS = 0.4
HASTY = Patience(
    seconds=0.5,
    tries=2,
    lease_seconds=0.5,
    spare_seconds=0.3,
    first_pause_seconds=0.01,
    longest_pause_seconds=0.02,
    poll_seconds=0.1,
)
FIRST = datetime(2026, 1, 1, 8, tzinfo=UTC)


def addresses(count: int) -> list[Address]:
    """Return so many digests, each of another day, all to one channel."""
    days = (Window.daily(FIRST + timedelta(days=day), "Europe/Berlin") for day in range(count))
    return [Address(channel="ops", window=window) for window in days]


def deliver_all(
    database: str,
    url: str,
    policy: Literal["at-least-once", "at-most-once"],
    count: int,
    patience: Patience,
    seed: int,
) -> None:
    """Deliver, again and again, until the ledger knows of each that it is sent or unclear."""
    engine = engine_on(database)
    courier, ledger = Courier(engine, patience=patience), Ledger(engine)
    channel = PlainChannel(url, policy=policy, timeout_seconds=TIMEOUT_SECONDS)
    wanted, rng = addresses(count), random.Random(seed)
    while wanted:
        rng.shuffle(wanted)
        for address in wanted:
            try:
                courier.deliver(channel, address, busy)
            except StoreError as error:
                sys.stderr.write(f"{error}\n")
        final = {"sent"} if policy == "at-least-once" else {"sent", "unclear"}
        with suppress(StoreError):  # of a server that has no connection left
            settled = {entry.address for entry in ledger.entries() if entry.state in final}
            wanted = [address for address in wanted if address not in settled]


def main() -> None:
    """Keep runs alive, kill them so many times, and let them come to an end."""
    asked = json.loads(sys.argv[1])
    rng = random.Random(asked["seed"])
    # runs that are not killed are given the time that a crowd of them needs
    patience = HASTY if asked["kills"] else replace(HASTY, seconds=120.0, lease_seconds=60.0)
    arguments = (asked["database"], asked["url"], asked["policy"], asked["count"], patience)
    alive: list[int] = []
    kills = seed = 0
    while True:
        while len(alive) < asked["runs"]:
            seed += 1
            child = os.fork()
            if child == 0:
                deliver_all(*arguments, seed)
                os._exit(0)
            alive.append(child)
        time.sleep(rng.uniform(0.05, 0.4))
        if kills < asked["kills"]:
            victim = rng.choice(alive)
            os.kill(victim, signal.SIGKILL)
            os.waitpid(victim, 0)
            alive.remove(victim)
            kills += 1
            continue
        codes = [os.waitpid(child, 0)[1] for child in alive]
        break
    sys.stdout.write(json.dumps({"kills": kills, "codes": codes}))


if __name__ == "__main__":
    main()
