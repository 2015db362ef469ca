"""Tests of foreign text in the markdown of DingTalk and WeCom."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from analytics.inert import printable
from reports.channels.markdown_text import JOINER, code, cut, escaped, is_copyable, plain
from tests.unit.reports.channels.markdown_letters import ATTACKS
from tests.unit.reports.hostile import label


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("shop/Deployment checkout, BackOff (120)!", "shop/Deployment checkout, BackOff (120)!"),
        ("[x](y)", "\uff3bx\uff3d(y)"),
        ("a|b", "a\uff5cb"),
        ("`c` *d* e_f ~g~ #1", "\uff40c\uff40 \uff0ad\uff0a e\uff3ff \uff5eg\uff5e \uff031"),
        ("<b> &lt;", "\uff1cb\uff1e \uff06lt;"),
        ("@all", f"@{JOINER}all"),
        ("http://x", f"http:{JOINER}//x"),
        ("at 12:30", "at 12:30"),
        ("- x", f"{JOINER}- x"),
        ("12. x", f"{JOINER}12. x"),
        ("12 x", "12 x"),
        ("=", f"{JOINER}="),
    ],
)
def test_what_could_be_markup_is_its_twin(text: str, shown: str) -> None:
    """Ordinary sentences stay; what a service acts on looks the same and does nothing."""
    assert escaped(text) == shown


@given(st.one_of(st.text(), st.sampled_from(ATTACKS)).map(printable))
def test_escaped_text_is_one_plain_paragraph(text: str) -> None:
    """Whatever the text, a parser of markdown with links finds text and nothing else."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    inline = [token for block in parser.parse(escaped(text)) for token in block.children or []]
    assert {token.type for token in inline} <= {"text"}
    # it strips white space at both ends of a paragraph
    assert "".join(token.content for token in inline) == escaped(text).strip()


@pytest.mark.parametrize("text", ATTACKS, ids=label)
def test_plain_text_starts_no_mention_and_no_address(text: str) -> None:
    """Even where there is no markup: no sign of an attack is left beside what it needs."""
    shown = plain(printable(text))
    for start in ("@", "<", "www", "WWW"):
        assert f"{start}a" not in shown
        assert f"{start}." not in shown
    assert "://" not in shown
    assert shown.replace(JOINER, "") == printable(text)


@pytest.mark.parametrize(
    ("line", "copyable"),
    [
        ("kubectl --context kubernetes-admin@kubernetes -n shop describe pod x-1", True),
        ("kubectl --context arn:aws:eks:eu-1:1:cluster/a_b get events", True),
        ("kubectl -n 订单 describe deployment 订单服务", True),
        ("kubectl -n shop describe pod '<b>'", False),
        ("kubectl -n shop describe pod @all", False),
        ("kubectl -n `x` describe pod y", False),
        ("kubectl --context https://evil.example get pods", False),
        ("kubectl --context www.evil.example get pods", False),
        ("kubectl " + "x" * 250, False),
        ("", False),
    ],
)
def test_a_command_stands_as_it_is_or_not_at_all(line: str, copyable: bool) -> None:
    """What is copied is what is run, so nothing in it may be escaped or cut."""
    assert is_copyable(line) == copyable
    assert code(line) == (f"`{line}`" if copyable else "")


@given(st.text().map(printable), st.integers(3, 60))
def test_a_cut_text_is_within_its_bytes(text: str, most: int) -> None:
    """Whatever the text: valid UTF-8 within the limit, its beginning, and a mark if it is cut."""
    shown = cut(text, most)
    assert len(shown.encode()) <= most
    assert shown == text or (shown.endswith("…") and text.startswith(shown[:-1]))


def test_a_family_is_not_cut_apart() -> None:
    """What several characters draw together goes as a whole."""
    family = "👩\u200d👩\u200d👧"
    assert cut(f"a{family}bbbb", 20) == "a…"
    assert cut(f"a{family}bbbb", 22) == f"a{family}…"
