"""What a template is given: the figures of the digest, and words that are inert."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

import pytest

from analytics.inert import printable
from analytics.language import Language, speaking
from reports.channels.channel import Letter
from reports.template_digest import document_digest, template_digest
from tests.unit.reports.digests import EVERY_DIGEST, busy, gone, message, row
from tests.unit.reports.hostile import HOSTILE_TEXTS, label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics.digest import Digest


def texts(value: object) -> Iterator[str]:
    """Return every text in a tree of dataclasses."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from texts(one)
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name))


@pytest.mark.parametrize("digest", EVERY_DIGEST.values(), ids=EVERY_DIGEST)
def test_sums_add_up(digest: Digest) -> None:
    """Shown and residual are the total, and groups and rows are the same."""
    given = document_digest(digest)
    assert sum(row.failures for row in given.rows) + given.residual.failures == given.failures
    assert given.total.failures == given.failures == sum(bar.failures for bar in given.histogram)
    assert given.total.rows == len(given.rows) + given.residual.rows
    assert [row for group in given.groups for row in group.rows] == list(given.rows)


def test_numbers_and_words_of_a_row_are_those_of_one_row() -> None:
    """Rows are sorted under their headings: words follow."""
    given = {(row.name, row.reason): row for row in document_digest(busy()).rows}
    for one in busy().rows:
        if (one.name, one.reason) in given:
            found = given[one.name, one.reason]
            assert (found.failures, found.first, found.trend) == (
                one.failures,
                one.first,
                one.trend,
            )
            assert found.workload.endswith(one.name)
    assert len(given) == len(busy().rows)


def test_messages_keep_their_numbers() -> None:
    """The most failures come first."""
    digest = busy(messages=(message(failures=1, pattern="few"), message(failures=2000)))
    given = document_digest(digest).messages
    assert [one.failures for one in given] == [2000, 1]
    assert given[1].pattern == "few"


@pytest.mark.parametrize("hostile", HOSTILE_TEXTS, ids=label)
def test_every_text_is_inert(hostile: str) -> None:
    """Whatever an event says, on one line and without a character that acts."""
    names = {"namespace": hostile, "kind": hostile, "name": hostile, "reason": hostile}
    digest = busy(
        clusters=(hostile,),
        silent=(hostile,),
        rows=(row(**names, cluster=hostile, message=hostile, kubectl=f"kubectl {hostile}"),),
        gone=(gone(**names, cluster=hostile),),
        messages=(message(**names, pattern=hostile, values=((hostile, 1),)),),
    )
    given = template_digest(Letter(digest=digest, id="ours"))
    for text in texts(given):
        assert text.isprintable(), ascii(text[:80])
        assert printable(text) == text


def test_marks_id_and_language_are_those_of_the_letter() -> None:
    """A test says so, and so does what may be a copy."""
    klingon = Language(tag="tlh", texts={}, plurals={}, form=lambda _: 0)
    with speaking(klingon):
        given = template_digest(Letter(digest=busy(), id="abc", is_test=True, is_resend=True))
    assert (given.id, given.language, len(given.marks)) == ("abc", "tlh", 2)
    assert document_digest(busy()).id == "daily-2026-11-21"
