"""The receiver keeps to its OpenAPI document, whatever schemathesis makes of it."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, seed, settings

from collector.receiver_page import openapi_document
from collector.receiver_routes import Protection, ReceiverRoute
from tests.receivers import EVERYBODY, outcomes, receiver

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of its own dependencies
    import schemathesis

ROOT = Path(__file__).parents[3]
OPERATIONS = 17
CHECKS = (  # no schema can say that a body has to be packed as a header says
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
REFUSALS = {400, 401, 404, 405, 411, 413, 415, 429, 431}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run one receiver for all requests; afterwards it has dropped none."""
    guarded = ReceiverRoute(
        path="/kubewatch", cluster="lab", protection=Protection(tokens=["correct-horse-battery"])
    )
    spool = tmp_path_factory.mktemp("spool")
    with receiver(spool, EVERYBODY, guarded, patience_seconds=0) as (running, metrics):
        yield f"http://{running.address}"
        assert requests.get(f"http://{running.address}/healthz", timeout=10).text == "ok\n"
        assert "dropped" not in outcomes(metrics)


def test_the_document_in_the_documentation_is_the_one_it_shows() -> None:
    """Byte for byte."""
    assert (ROOT / "docs/receiver/openapi.json").read_bytes() == openapi_document()


@pytest.mark.parametrize(
    "examples",
    [
        pytest.param(10, id="10 each"),
        pytest.param(600, id="600 each", marks=[pytest.mark.long, pytest.mark.timeout(1800)]),
    ],
)
def test_made_up_requests(address: str, examples: int) -> None:
    """No answer of 5xx but of /readyz, none that the document does not know."""
    schema = schemathesis.openapi.from_dict(json.loads(openapi_document()))
    operations = [one.ok() for one in schema.get_all_operations()]
    assert len(operations) == OPERATIONS
    for operation in operations:
        _try(operation, address, examples)


def _try(operation: schemathesis.APIOperation, address: str, examples: int) -> None:  # type: ignore[type-arg]
    with requests.Session() as session:

        @seed(20261128)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        @given(case=operation.as_strategy())
        def check(case: schemathesis.Case) -> None:
            answer = case.call(base_url=address, session=session, timeout=30)
            case.validate_response(answer, checks=[_check(name) for name in CHECKS])
            away = operation.path == "/readyz" and answer.status_code == 503
            assert answer.status_code == 200 or answer.status_code in REFUSALS or away

        check()


def _check(name: str) -> schemathesis.CheckFunction:
    return schemathesis.checks.CHECKS.get_one(name)
