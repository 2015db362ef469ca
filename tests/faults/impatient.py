"""The command line with shorter times, to meet in seconds what takes minutes."""

from __future__ import annotations

import os
from functools import partial

from collector import event_stream, writer
from kubedigest import watching
from kubedigest.cli import main

if __name__ == "__main__":
    seconds = int(os.environ["WATCH_SECONDS"])
    watching.ANSWER_SECONDS = 1.0
    watching.WatchSettings = partial(  # type: ignore[misc, assignment]
        event_stream.WatchSettings,
        watch_seconds=(seconds, seconds + 1),
        read_slack_seconds=1.0,
        first_delay_seconds=0.02,
    )
    event_stream.Backoff = partial(  # type: ignore[misc, assignment]
        event_stream.Backoff, longest_seconds=0.1
    )
    writer.LONGEST_RETRY_SECONDS = 0.5
    main()
