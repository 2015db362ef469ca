"""The command line with shorter times, to meet in seconds what takes minutes."""

from __future__ import annotations

import os
from functools import partial

from collector import collecting, event_stream, writer
from collector.backoff import Backoff
from kubedigest import watching
from kubedigest.cli import main

if __name__ == "__main__":
    seconds = int(os.environ["WATCH_SECONDS"])
    watch = partial(
        event_stream.WatchSettings,
        watch_seconds=(seconds, seconds + 1),
        read_slack_seconds=1.0,
        first_delay_seconds=0.02,
    )
    vars(watching).update(
        ANSWER_SECONDS=1.0,
        WatchSettings=watch,
        CollectorSettings=partial(collecting.CollectorSettings, grace_seconds=1.0),
    )
    vars(event_stream).update(Backoff=partial(Backoff, longest_seconds=0.1))
    vars(collecting).update(LAST_SECONDS=1.0)
    vars(writer).update(LONGEST_RETRY_SECONDS=0.5)
    main()
