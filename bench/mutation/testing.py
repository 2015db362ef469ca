"""The tests of one process: few examples, no output, stop at the first failure."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest

EXAMPLES = 10  # of a hypothesis test; the same ones each time
OWN_SETTINGS = "_hypothesis_internal_use_settings"
MEMORY_BYTES = 8 * 2**30
OPTIONS = ("-x", "-q", "-o", "addopts=", "--import-mode=importlib", "--strict-markers")
OPTIONS += ("-W", "ignore::pytest.PytestAssertRewriteWarning")  # plugins are loaded beforehand
OPTIONS += ("-m", "not long", "-p", "no:cacheprovider", "-p", "no:logging", "--tb=no")


class Frugal:
    """Puts the quick tests first; lets hypothesis try few examples, always the same."""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Move the properties to the end, and replace their settings."""
        from hypothesis import HealthCheck, Phase, settings

        items.sort(key=lambda item: hasattr(getattr(item, "obj", None), OWN_SETTINGS))
        for item in items:
            test = getattr(item, "obj", None)
            own = getattr(test, OWN_SETTINGS, None)
            if own is not None:
                few = settings(
                    own,
                    max_examples=min(own.max_examples, EXAMPLES),
                    derandomize=True,
                    database=None,
                    deadline=None,
                    phases=[Phase.explicit, Phase.generate],
                    suppress_health_check=list(HealthCheck),
                )
                setattr(test, OWN_SETTINGS, few)


def run_quietly(tests: Path, *plugins: object) -> int:
    """Run the tests of a file up to the first that fails, and return pytest's code."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    silence = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(silence, number)
    return int(pytest.main([*OPTIONS, str(tests)], plugins=[Frugal(), *plugins]))
