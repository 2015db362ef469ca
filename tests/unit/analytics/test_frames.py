"""Contracts of frames: what they refuse, and rules that all of them follow."""

import pandas as pd
import pytest

from analytics import frames
from analytics.errors import FrameError
from analytics.frames import Column, Contract

CONTRACTS = {
    name: contract for name, contract in vars(frames).items() if isinstance(contract, Contract)
}
SMALL = Contract(
    name="SMALL",
    grain="one row a test",
    columns=(
        Column(name="who", dtype="str"),
        Column(name="share", dtype="float64", unit="0..1", nullable=True),
    ),
)
EVERY = pytest.mark.parametrize("name", sorted(CONTRACTS))


def small(**columns):
    """Make a frame that SMALL accepts, but for *columns*."""
    return pd.DataFrame({"who": ["a"], "share": [0.5]} | columns).astype({"who": "str"})


def test_a_frame_that_fits_comes_back_as_it_is():
    """Columns may stand in any order, and there may be more of them."""
    frame = small(more=[1])[["more", "share", "who"]]
    assert SMALL.check(frame) is frame
    assert SMALL.check(small(share=[None]).astype({"share": "float64"}))["share"].isna().all()


@pytest.mark.parametrize(
    ("frame", "sentence"),
    [
        (small().drop(columns="share"), "SMALL: the column 'share' is missing"),
        (small(share=[1]), "SMALL: the column 'share' has dtype int64, expected float64"),
        (small(who=[None]), "SMALL: the column 'who' has missing values"),
    ],
)
def test_what_is_off_is_named(frame, sentence):
    """The contract, the column, and what is wrong with it."""
    with pytest.raises(FrameError) as raised:
        SMALL.check(frame)
    assert str(raised.value) == sentence


@EVERY
def test_an_empty_frame_fits_its_own_contract(name):
    """All columns in order, and no row."""
    contract = CONTRACTS[name]
    empty = contract.check(contract.empty())
    assert empty.columns.tolist() == [column.name for column in contract.columns]
    assert len(empty) == 0


@EVERY
def test_a_contract_says_what_its_numbers_are(name):
    """It goes by the name of its constant; no name comes twice, and every number has a unit."""
    contract = CONTRACTS[name]
    assert contract.name == name
    assert contract.grain.startswith("one row a")
    assert len({column.name for column in contract.columns}) == len(contract.columns)
    numbers = [column for column in contract.columns if column.dtype in {"int64", "float64"}]
    assert [column.name for column in numbers if not column.unit] == []


@pytest.mark.parametrize(
    ("name", "nullable"),
    [
        ("POINTS", ["previous_time"]),
        ("HISTOGRAM", []),
        ("SILENCES", []),
        ("SPANS", []),
        ("COVERAGE", []),
        ("CLUSTER_COVERAGE", []),
        ("HOUR_OF_DAY", ["rate_per_hour"]),
        ("HEAT_MAP", ["rate_per_hour"]),
        ("HOTSPOTS", ["ratio", "p_value", "q_value"]),
        ("MESSAGES", []),
        ("MESSAGE_GROUPS", []),
    ],
)
def test_what_may_be_missing(name, nullable):
    """The time before the first point, and figures without a basis; nothing else."""
    columns = CONTRACTS[name].columns
    assert [column.name for column in columns if column.nullable] == nullable


def test_the_coverage_of_a_cluster_has_no_narrower_scope():
    """Everything that is said of a watch, but not of which namespace or field selector."""
    watch = [column.name for column in CONTRACTS["COVERAGE"].columns]
    cluster = [column.name for column in CONTRACTS["CLUSTER_COVERAGE"].columns]
    assert cluster == [name for name in watch if name not in {"namespace", "field_selector"}]
