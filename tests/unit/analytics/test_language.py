"""Sentences in a language, and catalogues of languages."""

from __future__ import annotations

import ast
from pathlib import Path

import polib
import pytest
from jinja2 import Environment, nodes

from analytics.errors import LanguageError
from analytics.language import (
    ENGLISH,
    SHIPPED,
    facts_listed,
    fields,
    language,
    names_listed,
    parts_listed,
    say,
    say_number,
    sentences,
    speaking,
    spoken,
)

ROOT = Path(__file__).parents[3]
CHINESE = ROOT / "analytics/languages/zh.po"
HEADER = (
    'msgid ""\nmsgstr ""\n"Language: sl\\n"\n'
    '"Plural-Forms: nplurals=4; plural=(n%100==1 ? 0 : n%100==2 ? 1 : n%100==3 || n%100==4 ? 2 : '
    '3);\\n"\n\n'
)
FIRST = 'msgid "z"\nmsgstr ""\n\n'

Key = tuple[str, ...]  # the text, or its singular and plural


def said_by_code(source: str, path: Path) -> set[Key]:
    """Return what a module says; a text that is not written out where it is said is an error."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            number = {"say": 1, "say_number": 2}.get(node.func.id, 0)
            texts = node.args[:number]
            for text in texts:
                assert isinstance(text, ast.Constant), f"{path}:{text.lineno}"
            found |= {tuple(ast.literal_eval(text) for text in texts)} if number else set()
    return found


def said_by_template(source: str) -> set[Key]:
    """Return what a template says."""
    found = set()
    for call in Environment(autoescape=True).parse(source).find_all(nodes.Call):
        name = call.node.name if isinstance(call.node, nodes.Name) else ""
        if number := {"say": 1, "say_number": 2}.get(name, 0):
            found.add(tuple(text.as_const() for text in call.args[:number]))
    return found


def every_key() -> set[Key]:
    """Return everything that a digest may say."""
    found = set()
    for folder in ("analytics", "reports"):
        for path in (ROOT / folder).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            if path.name == "language.py" or "analytics.language import" in source:
                found |= said_by_code(source, path)
        for path in (ROOT / folder).rglob("*.j2"):
            found |= said_by_template(path.read_text(encoding="utf-8"))
    return found


def key_of(entry: polib.POEntry) -> Key:
    """Return what an entry of a catalogue translates."""
    return (entry.msgid, entry.msgid_plural) if entry.msgid_plural else (entry.msgid,)


@pytest.fixture
def catalogue(tmp_path):
    """Return the path of a catalogue with this text."""

    def write(text: str) -> str:
        path = tmp_path / "my.po"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_the_chinese_catalogue_has_every_sentence_and_no_other():
    """What is new in the code is missing here, what is gone from it is stale."""
    keys, known = every_key(), {key_of(entry) for entry in polib.pofile(str(CHINESE))}
    assert sorted(keys - known) == []
    assert sorted(known - keys) == []
    assert len(keys) > 200


@pytest.mark.parametrize("entry", polib.pofile(str(CHINESE)), ids=lambda entry: entry.msgid[:40])
def test_a_chinese_sentence_has_the_values_of_the_english_one(entry):
    """Every one of them, and it is translated."""
    assert entry.translated()
    assert not entry.fuzzy
    texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
    assert len(texts) == 1
    assert fields(texts[0]) == fields(entry.msgid_plural or entry.msgid)
    if entry.msgid_plural:
        assert fields(entry.msgid) == fields(entry.msgid_plural)


def test_every_shipped_language_can_be_spoken():
    """And has its tag, which is that of its pages."""
    assert [language(name).tag for name in SHIPPED] == ["en", "zh-CN"]
    assert language("zh") is language("zh")


def test_a_language_is_spoken_inside_of_its_block():
    """And English again after it, also where the block fails."""
    assert spoken() is ENGLISH
    with speaking(language("zh")):
        assert say("No data") == "无数据"
        assert say_number("{number} workload", "{number} workloads", 4610) == "4,610 个工作负载"
        with speaking(ENGLISH):
            assert say("No data") == "No data"
    with pytest.raises(ValueError, match="stop"), speaking(language("zh")):
        raise ValueError("stop")
    assert say("No data") == "No data"


def test_values_are_put_in_as_they_are():
    """A brace in a name is a brace."""
    hostile = "{0} {number.__class__} {{x}}"
    assert say("No data from {cluster}.", cluster=hostile) == f"No data from {hostile}."
    assert say_number("{number} of {x}", "{number} of {x}", 2, x=hostile) == f"2 of {hostile}"


def test_lists_in_chinese():
    """Names have a comma of their own there, and sentences no space."""
    with speaking(language("zh")):
        assert names_listed(["a", "", "b", "c"]) == "a、b、c"
        assert facts_listed(["1 轮", "2 个对象"]) == "1 轮，2 个对象"
        assert parts_listed(["a", "b"]) == "a；b"
        assert sentences("无。", "", "有。") == "无。有。"
    assert sentences() == sentences("", "") == names_listed([]) == ""
    assert names_listed(name for name in "ab") == "a, b"


def test_a_catalogue_of_ones_own(catalogue):
    """A file; what it does not translate is English, and each number has its form."""
    own = language(
        catalogue(
            HEADER + 'msgid "No data"\nmsgstr "Ni podatkov"\n\n'
            'msgid "No failures"\nmsgstr ""\n\n'
            '#, fuzzy\nmsgid "Gone"\nmsgstr "Guess"\n\n'
            'msgid "{number} day"\nmsgid_plural "{number} days"\n'
            'msgstr[0] "{number} dan"\nmsgstr[1] "{number} dneva"\n'
            'msgstr[2] "{number} dnevi"\nmsgstr[3] "{number} dni"\n'
        )
    )
    assert own.tag == "sl"
    with speaking(own):
        assert [say(text) for text in ("No data", "No failures", "Gone", "Was")] == [
            "Ni podatkov",
            "No failures",
            "Gone",
            "Was",
        ]
        days = [say_number("{number} day", "{number} days", number) for number in (1, 2, 4, 5, 101)]
        assert days == ["1 dan", "2 dneva", "4 dnevi", "5 dni", "101 dan"]
        assert say_number("{number} hour", "{number} hours", 1) == "1 hour"


def test_a_catalogue_without_a_header_has_the_plurals_of_english(catalogue):
    """And a language that is not known."""
    days = 'msgid "{number} day"\nmsgid_plural "{number} days"\nmsgstr[0] "ein Tag"\n'
    own = language(catalogue(days + 'msgstr[1] "{number} Tage"\n'))
    assert own.tag == "und"
    with speaking(own):
        assert say_number("{number} day", "{number} days", 1) == "ein Tag"
        assert say_number("{number} day", "{number} days", 0) == "0 Tage"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('msgid "a"\nmsgstr "b" c\n', ", line 2, is not a .po file"),
        ('msgid "a"\nmsgstr "b"c"\n', ", line 2, is not a .po file: unescaped double quote found"),
        ("once upon a time\n", ", line 1, is not a .po file"),
        (
            'msgid "a {x}"\nmsgstr "{y}"\n',
            ", line 1: the English text has no {y}; it has {x}",
        ),
        (
            FIRST + 'msgid "a"\nmsgstr "{x.y}"\n',
            ", line 4: the English text has no {x.y}; it has no",
        ),
        ('msgid "a"\nmsgstr "50 } %"\n', ", line 1: Single '}' encountered in format string"),
        ('msgid "{x}"\nmsgstr "{x:>9}"\n', ", line 1: write {x} without a format"),
        (
            'msgid "a"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "c"\n',
            ", line 4, translates again what line 1 has: 'a'",
        ),
        (
            FIRST + 'msgid "{number} a"\nmsgid_plural "{number} as"\nmsgstr[0] "{n}"\n',
            ", line 4: the English text has no {n}; it has {number}",
        ),
    ],
)
def test_a_broken_catalogue_is_told_in_one_sentence(catalogue, text, sentence):
    """With its file, the line, and what is wrong there."""
    path = catalogue(text)
    with pytest.raises(LanguageError) as told:
        language(path)
    assert str(told.value).startswith(f"the catalogue {path}{sentence}")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("rule", ["n + 1", "n - 3", "n / 0", "n ** n", "__import__('os')"])
def test_a_plural_rule_that_leads_nowhere_is_refused(catalogue, rule):
    """Before anything is said with it."""
    text = (
        f'msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural={rule};\\n"\n\n'
        'msgid "{number} day"\nmsgid_plural "{number} days"\n'
        'msgstr[0] "{number} Tag"\nmsgstr[1] "{number} Tage"\n'
    )
    with pytest.raises(LanguageError, match="plural rule"):
        language(catalogue(text))


def test_a_language_that_is_not_there(tmp_path):
    """A name, a file that is missing, a folder, bytes that are no text."""
    with pytest.raises(LanguageError, match=r"^there is no language 'de'; use en, zh, or the path"):
        language("de")
    with pytest.raises(LanguageError, match=r"my\.po cannot be read: No such file or directory$"):
        language(str(tmp_path / "my.po"))
    folder = tmp_path / "folder.po"
    folder.mkdir()
    with pytest.raises(LanguageError, match="cannot be read: Is a directory"):
        language(str(folder))
    (tmp_path / "latin.po").write_bytes(b'msgid "a"\nmsgstr "\xe4"\n')
    with pytest.raises(LanguageError, match=r"latin\.po is not UTF-8"):
        language(str(tmp_path / "latin.po"))
