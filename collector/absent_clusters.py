"""Clusters that could not be watched at the start: a login failed, a file was missing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from collector.cluster_watch import ClusterWatch
from collector.errors import KubeconfigError

LOG = logging.getLogger(__name__)
RETRY_SECONDS = 300.0  # somebody may have logged in again

Find = Callable[[], ClusterWatch]  # or raises KubeconfigError


class AbsentClusters:
    """Looks for them now and then, and has those followed that are there again.

    *absent* has for each the sentence that says why, and how to find it.
    """

    def __init__(
        self,
        absent: Mapping[str, Find],
        follow: Callable[[ClusterWatch], None],
        wait: Callable[[float], bool],
    ) -> None:
        self._absent = dict(absent)
        self._follow = follow
        self._wait = wait

    def sentences(self) -> list[str]:
        """Return why each that is still absent is."""
        return list(self._absent)

    def run(self) -> None:
        """Look until none is absent or it is time to stop."""
        while self._absent and not self._wait(RETRY_SECONDS):
            for sentence, find in list(self._absent.items()):
                try:
                    watch = find()
                except KubeconfigError:
                    continue
                except Exception:
                    LOG.exception("%s", sentence)
                    continue
                del self._absent[sentence]
                LOG.info("the cluster can be watched now", extra={"cluster": watch.cluster})
                self._follow(watch)
