"""The notebooks run from top to bottom, say what is in the store, and make their pictures."""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

import kubedigest as kd
from kubedigest.demo_events import make_demo
from kubedigest.errors import UsageError
from tests.conftest import DEMO_AT, DEMO_ZONE

mpl = pytest.importorskip("matplotlib")
plt = pytest.importorskip("matplotlib.pyplot")
Image = pytest.importorskip("PIL.Image")

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
PICTURES = ROOT / "docs/notebooks"
MOST_BYTES = 60_000
MOST_ROUNDING = 8  # of 255, between processors
RESOLUTION = 90  # as notebooks/pictures.py


@pytest.fixture(autouse=True)
def _no_figures(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Draw into memory, and leave nothing open."""
    monkeypatch.setenv("MPLBACKEND", "Agg")
    plt.switch_backend("Agg")
    yield
    plt.close("all")


def run(name: str) -> dict[str, Any]:
    """Run a notebook as a script; return what it has computed."""
    [path] = NOTEBOOKS.glob(f"{name}*.py")
    found = runpy.run_path(str(path))
    assert repr(found["connection"]).endswith(", closed>")
    return found


def assert_pictures_are_the_shown_ones(*labels: str) -> None:
    """Compare each open figure with the documentation's, dot by dot.

    Another version of matplotlib sets letters a little differently: then the bulk has to agree.
    """
    assert plt.get_figlabels() == list(labels)
    for label in labels:
        path = PICTURES / f"{label}.png"
        assert path.stat().st_size < MOST_BYTES
        figure = plt.figure(label)
        figure.set_dpi(RESOLUTION)
        figure.canvas.draw()
        drawn = np.asarray(figure.canvas.buffer_rgba())[..., :3].astype(int)
        with Image.open(path) as picture:
            shown = np.asarray(picture.convert("RGB")).astype(int)
            same_version = picture.info["Software"] == f"matplotlib {mpl.__version__}"
        assert drawn.shape == shown.shape, "run notebooks/pictures.py again"
        differs = (np.abs(drawn - shown).max(axis=-1) > MOST_ROUNDING).mean()
        most = 0.0 if same_version else 0.02
        assert differs <= most, f"{label}: run notebooks/pictures.py again"


def test_a_first_look(ready_demo: str) -> None:
    """The total is that of the digest, whatever it is grouped by; 102 minutes were not watched."""
    found = run("01")
    assert found["total"] == 4583
    for answer in ("by_workload", "by_reason", "by_hour"):
        assert found[answer]["failures"].sum() == found["total"]
    assert found["failures"].attrs["watched_share"] == {
        "prod-eu": round(1 - 102 / 1440, 6),
        "staging": 1,
    }
    assert found["by_workload"]["workload"].tolist()[:3] == [
        "ledger-writer",
        "checkout-api",
        "ingress-gateway",
    ]
    assert found["groups"]["failures"].sum() == found["worst"]["failures"].sum()
    assert len(found["hours"]) == 24
    assert_pictures_are_the_shown_ones("first-look-hours")


def test_a_bad_night(ready_demo: str) -> None:
    """The two releases, the volume and the probes are new; two problems are left."""
    found = run("02")
    new = found["new"]
    assert {("checkout-api", "Failed"), ("ledger-writer", "BackOff")} <= set(
        zip(new["workload"], new["reason"], strict=True)
    )
    assert "timeseries" not in set(new["workload"])
    assert found["problems"]["failures"].sum() == found["night"]["failures"].sum()
    assert "hot" not in set(found["hot"]["verdict"])
    assert set(found["burning"]["workload"]) == {"search-index", "timeseries"}
    images = found["groups"].loc[found["groups"]["reason"] == "Failed", "values"].explode().dropna()
    assert {value for value, _ in images} == {"registry.example.com/payments/checkout-api:2.32.0"}
    assert_pictures_are_the_shown_ones("bad-night-timeline")


@pytest.mark.long
def test_a_month_in_review(ready_demo: str) -> None:
    """Only the leak grows; 721 hours, of which two stretches were not watched."""
    found = run("03")
    assert found["window"].hours == 721
    assert found["daily"]["failures"].sum() == found["month"]["failures"].sum()
    assert found["daily"]["failures"].iloc[-1] == 4583
    growing = found["growing"]
    assert set(growing["reason"]) == {"BackOff", "OOMKilling"}
    assert set(growing["workload"]) == {"timeseries", "eu-worker-01"}
    assert found["by_week"]["failures"].is_monotonic_decreasing
    assert found["by_week"]["minutes_between"].is_monotonic_increasing
    assert found["grid"].shape == (7, 24)
    assert found["grid"].mean().nlargest(2).index.tolist() == [1, 20]
    gaps = found["known"][found["known"]["state"] == "gap"]
    assert gaps["hours"].round(2).tolist() == [3.05, 1.7]
    assert_pictures_are_the_shown_ones("month-days", "month-week", "month-leak")


def test_every_picture_is_made_by_a_notebook() -> None:
    """No picture is left over in the documentation."""
    texts = "".join(path.read_text() for path in NOTEBOOKS.glob("[0-9]*.py"))
    for path in PICTURES.glob("*.png"):
        assert f'num="{path.stem}"' in texts


def test_the_demo_holds_what_it_told(demo_url: str) -> None:
    """Every occurrence of the story is in the store, once."""
    with kd.connect(demo_url, timezone=DEMO_ZONE) as connection:
        points = kd.load_points(connection, since="2026-10-01", until="2026-11-30")
    story = make_demo(datetime.fromisoformat(DEMO_AT).replace(tzinfo=ZoneInfo(DEMO_ZONE)))
    assert points["occurrences"].sum() == story.expected_total
    assert set(points["cluster"]) == set(story.clusters)


def test_the_demo_does_not_mix_with_a_store_in_use(demo_url: str) -> None:
    """It says so, and leaves the store as it was."""
    with pytest.raises(UsageError, match="holds events already"):
        kd.demo(demo_url, at=DEMO_AT, timezone=DEMO_ZONE)
    with pytest.raises(UsageError, match="at 'noon' is not a time"):
        kd.demo(demo_url, at="noon")
