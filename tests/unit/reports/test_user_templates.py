"""Templates of users: what they can do, what they cannot, and what they are told."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from reports.errors import TemplateError
from reports.template_context import Kind
from reports.template_digest import document_digest
from reports.user_templates import LIMITS, Limits, made
from tests.unit.reports.digests import busy, message, row
from tests.unit.reports.hostile import HOSTILE_TEXTS

SHORT = Limits(cpu_seconds=1)


def shout(text: str) -> str:
    """Escape like a service that minds small letters only."""
    return text.upper()


def write(folder: Path, source: str, name: str = "mine.j2") -> Path:
    """Return the path of a template with this source."""
    path = folder / name
    path.write_text(source, encoding="utf-8")
    return path


def make(folder: Path, source: str, kind: Kind = "text", limits: Limits = LIMITS) -> str:
    """Return what a template makes of the busy day."""
    return made(write(folder, source), kind, document_digest(busy()), limits=limits)


def mistake(folder: Path, source: str, limits: Limits = LIMITS) -> str:
    """Return the sentence that a template is refused with."""
    with pytest.raises(TemplateError) as raised:
        make(folder, source, limits=limits)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def hostile_rows() -> tuple[str, ...]:
    """Return the hostile texts that are short enough for one line."""
    return tuple(text for text in HOSTILE_TEXTS if len(text) < 200)


def test_a_template_has_numbers_times_and_words(tmp_path: Path) -> None:
    """Each can be formatted as the reader likes."""
    source = (
        "{{ digest.failures|number }} {{ digest.rows[1].first.strftime('%H:%M') }} "
        "{{ '%.0f'|format(digest.rows[1].share * 100) }} {{ digest.rows[1].workload }}\n"
    )
    assert make(tmp_path, source) == "214 02:10 56 shop/Deployment checkout\n"


def test_nothing_is_written_for_none_but_in_json(tmp_path: Path) -> None:
    """A day nobody watched is null to a program."""
    source = "<{{ digest.days[0].failures }}|{{ digest.comparable }}>"
    assert make(tmp_path, source) == "<|True>"
    assert make(tmp_path, source, "json") == "<null|true>"


def test_markup_of_the_template_stays_and_that_of_texts_does_not(tmp_path: Path) -> None:
    """In HTML, also through macros and variables that hold markup."""
    source = (
        "{% macro cell(text) %}<td>{{ text }}</td>{% endmacro %}"
        "{% set cells %}{{ cell('<b>') }}{% endset %}{{ cells }}"
        "{{ cell(digest.gone[1].namespace) }}"
    )
    assert make(tmp_path, source, "html") == "<td>&lt;b&gt;</td><td>&lt;b&gt;team&lt;/b&gt;</td>"


def test_words_that_github_would_act_on_are_code_in_markdown(tmp_path: Path) -> None:
    """The markup of the template itself is left."""
    source = "**{{ digest.gone[1].name }}**"
    assert make(tmp_path, source, "markdown") == "**`a|b @all`**"


def test_what_a_macro_made_is_not_escaped_again(tmp_path: Path) -> None:
    """A payload can be put together from parts."""
    source = (
        '{% macro part(text) %}{"t": "{{ text }}"}{% endmacro %}'
        "{% macro list() %}[{{ caller() }}]{% endmacro %}"
        "{% call list() %}{{ part('\"') }}, {{ digest.peak|tojson }}{% endcall %}"
    )
    first, peak = json.loads(make(tmp_path, source, "json"))
    assert first == {"t": '"'}
    assert peak == {
        "start": "2026-11-21T03:00:00+01:00",
        "end": "2026-11-21T04:00:00+01:00",
        "failures": 63,
    }


@pytest.mark.parametrize(
    "use",
    [
        "{{ text }}",
        "{{ text|safe_or_not }}",
        "{{ text|e }}",
        "{{ text|forceescape }}",
        "{{ text|truncate(20) }}",
        "{{ 'a' ~ text }}",
        "{{ [text]|join }}",
        "{{ '%s'|format(text) }}",
        "{{ '{}'.format(text) }}",
        "{{ echo(text) }}",
        "{{ echo('a') ~ text }}",
        "{{ echo('{}').format(text) }}",
        "{{ [echo('a'), text]|join }}",
        "{% autoescape true %}{{ text }}{% endautoescape %}",
        "{% set kept %}{{ text }}{% endset %}{{ kept }}",
        "{% if text %}{{ text }}{% endif %}",
    ],
)
def test_no_text_ever_breaks_json(tmp_path: Path, use: str) -> None:
    """However a text is said inside of quotes, it stays there, or the template is refused."""
    texts = (*hostile_rows(), "\\", '"', '\\"', '", "b": "', "a\\", "\\u12")
    rows = tuple(row(message=text) for text in texts)
    source = (
        "{% macro echo(text) %}{{ text }}{% endmacro %}"
        "{% for row in digest.rows %}{% set text = row.message %}"
        f'{{"a": "{use}"}}\n'
        "{% endfor %}"
    )
    context = document_digest(busy(rows=rows))
    path = write(tmp_path, source)
    try:
        lines = made(path, "json", context).splitlines()
    except TemplateError as error:
        assert "safe_or_not" in str(error) or "autoescape" in str(error)  # noqa: PT017
        return
    assert len(lines) == len(texts)
    for line in lines:
        assert list(json.loads(line)) == ["a"]


def test_the_service_s_own_escape_comes_before_that_of_json(tmp_path: Path) -> None:
    """Texts are escaped for their reader, also by tojson; what the template says is not."""
    path = write(tmp_path, '{"a": "a {{ digest.report }}", "b": {{ digest.clusters|tojson }}}')
    text = made(path, "json", document_digest(busy()), escape=shout)
    assert json.loads(text) == {"a": "a DAILY", "b": ["PROD-EU"]}


@pytest.mark.parametrize("kind", ["html", "json", "markdown", "text"])
def test_hostile_texts_are_data(tmp_path: Path, kind: Kind) -> None:
    """An event cannot say anything in the language of templates."""
    digest = busy(rows=(row(message="{{ 7*7 }}{% include 'a.j2' %}"),), messages=(message(),))
    path = write(tmp_path, "{{ digest.rows[0].message }}")
    assert "{{ 7*7 }}" in made(path, kind, document_digest(digest)).replace("`", "")


ESCAPES = (
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ digest.__class__.__init__.__globals__ }}",
    "{{ digest|attr('__class__') }}",
    "{{ '{0.__class__}'.format(digest) }}",
    "{{ '{x.__class__}'.format_map({'x': digest}) }}",
    "{% set f = '{0.__class__}'.format %}{{ f(digest) }}",
    "{{ ('{0.__class__}'|attr('format'))(digest) }}",
    "{{ ['{0.__class__}']|map('format', digest)|map('attr', '__class__')|join }}",
    "{{ [digest]|map(attribute='__class__')|join }}",
    "{{ self._TemplateReference__context }}",
    "{{ self.__init__.__globals__ }}",
    "{{ namespace.__init__.__globals__['sys'] }}",
    "{% for a in [1] %}{{ loop.__init__.__globals__ }}{% endfor %}",
    "{% macro m() %}{{ caller.__func__ }}{{ m.__init__ }}{% endmacro %}{{ m() }}",
    "{{ range.__self__ }}",
    "{{ digest.rows.__getitem__.__self__ }}",
    "{% call '{}'.format('a') %}{% endcall %}",
    "{% filter upper %}a{% endfilter %}",
    "{% import '/etc/passwd' as a %}{{ a }}",
)


@pytest.mark.parametrize("source", ESCAPES)
def test_known_ways_out_of_the_sandbox_are_closed(tmp_path: Path, source: str) -> None:
    """Each is refused with a sentence, and shows nothing of the process."""
    said = mistake(tmp_path, source)
    assert said.startswith("the template mine.j2, line 1: ")
    for shown in ("uid=", "<class", "<module", "root:", "object at 0x"):
        assert shown not in said


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("{{ 'a'*10**8 }}", "the template mine.j2: it makes more than 5,000,000 bytes"),
        (
            "{% for a in range(99999) %}{{ 'a'*999 }}{% endfor %}",
            "the template mine.j2: it makes more than 5,000,000 bytes",
        ),
        ("{{ 'a'*10**10 }}", "the template mine.j2 needs more than 512 MB of memory"),
        (
            "{% set ns = namespace(a='ab') %}"
            "{% for i in range(99) %}{% set ns.a = ns.a ~ ns.a %}{% endfor %}",
            "the template mine.j2 needs more than 512 MB of memory",
        ),
        (
            "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
            "the template mine.j2 takes more than 1 s of computing",
        ),
        ("{{ 9**(9**9) }}", "the template mine.j2 takes more than 1 s of computing"),
        (
            "{{ range(10**9) }}",
            "the template mine.j2, line 1: Range too big. The sandbox blocks ranges larger than "
            "MAX_RANGE (100000)",
        ),
        (
            "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
            "the template mine.j2, line 1: it nests too deeply",
        ),
    ],
)
def test_what_would_take_all_of_the_machine_is_stopped(
    tmp_path: Path, source: str, sentence: str
) -> None:
    """Memory, time and output are bounded, whatever the template does."""
    limits = SHORT if "computing" in sentence else LIMITS
    assert mistake(tmp_path, source, limits) == sentence


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (
            "\n{{ rowz }}",
            "the template mine.j2, line 2: 'rowz' is undefined; the context has: digest",
        ),
        (
            "{{ digest.peak.at }}",
            "the template mine.j2, line 1: 'at' is undefined; bar has: start, end, failures",
        ),
        (
            "a\nb\n{% for row in digest.rows %}\n{{ row }}{% endfor %}",
            "the template mine.j2, line 4: a row cannot be written as it is; name a field of it, "
            "loop over it, or use the filter tojson",
        ),
        ("{% if %}", "the template mine.j2, line 1: Expected an expression, got 'end of"),
        ("\n\n{{ digest.id|safe }}", "the template mine.j2, line 3: No filter named 'safe'"),
        ("{{ 1/0 }}", "the template mine.j2, line 1: division by zero"),
        ("{{ digest.rows[77].name }}", "the template mine.j2, line 1: 77 is undefined; a tuple"),
        ("\udc80", "the template mine.j2: it is not UTF-8"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(tmp_path: Path, source: str, sentence: str) -> None:
    """And with the names that there are."""
    (tmp_path / "mine.j2").write_bytes(source.encode(errors="surrogateescape"))
    with pytest.raises(TemplateError) as raised:
        made(tmp_path / "mine.j2", "text", document_digest(busy()))
    assert str(raised.value).startswith(sentence)


def test_a_mistake_in_an_included_file_is_named_with_that_file(tmp_path: Path) -> None:
    """The line is that of the file in which it stands."""
    write(tmp_path, "\n\n{{ digest.nothing }}", "part.j2")
    said = mistake(tmp_path, "{% include 'part.j2' %}")
    assert said.startswith("the template part.j2, line 3: 'nothing' is undefined; digest has: ")


def test_only_templates_of_its_own_folder_are_included(tmp_path: Path) -> None:
    """Neither what lies elsewhere nor what is no template, by whatever name."""
    home = tmp_path / "home"
    (home / "parts").mkdir(parents=True)
    write(tmp_path, "secret", "secret.j2")
    write(home, "secret", "config.yaml")
    write(home / "parts", "{{ digest.report }}", "part.j2")
    (home / "link.j2").symlink_to(tmp_path / "secret.j2")
    assert make(home, "{% include 'parts/part.j2' %}") == "daily"
    for name in ("../secret.j2", "link.j2", str(tmp_path / "secret.j2"), "parts/../../secret.j2"):
        said = mistake(home, f"{{% include '{name}' %}}")
        assert said == f"the template mine.j2, line 1: '{name}' is not in the template's own folder"
    said = mistake(home, "{% include 'config.yaml' %}")
    assert said.endswith("line 1: 'config.yaml' is no template: their names end in .j2")
    said = mistake(home, "{% include 'absent.j2' %}")
    assert said.endswith("line 1: there is no file 'absent.j2' in its folder")


def test_files_of_a_mounted_config_map_are_found(tmp_path: Path) -> None:
    """They are links into a hidden folder beside them."""
    data = tmp_path / "..2026_11_21"
    data.mkdir()
    write(data, "{% include 'part.j2' %}")
    write(data, "{{ digest.period }}", "part.j2")
    (tmp_path / "..data").symlink_to(data.name)
    for name in ("mine.j2", "part.j2"):
        (tmp_path / name).symlink_to(f"..data/{name}")
    assert made(tmp_path / "mine.j2", "text", document_digest(busy())) == "2026-11-21"


def test_a_template_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Also where it is a folder."""
    for path in (tmp_path / "absent.j2", tmp_path):
        with pytest.raises(TemplateError, match=f"^there is no template {path}$"):
            made(path, "text", document_digest(busy()))


def test_a_template_that_waits_is_stopped(tmp_path: Path) -> None:
    """By the clock on the wall, too; no process starts within a millisecond."""
    with pytest.raises(TemplateError, match=r"^the template mine.j2 takes more than 0.001 s$"):
        make(tmp_path, "a", limits=Limits(wall_seconds=0.001))


def test_the_process_has_no_secret_in_its_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even a way out that nobody knows yet would find none there."""
    monkeypatch.setenv("KUBEDIGEST_DATABASE_URL", "postgresql://u:canary@h/d")
    seen: list[dict[str, str]] = []
    run = subprocess.run

    def spy(*arguments: object, **named: object) -> object:
        seen.append(named["env"])  # type: ignore[arg-type] # it is given
        return run(*arguments, **named)  # type: ignore[call-overload] # what it was given

    monkeypatch.setattr(subprocess, "run", spy)
    assert make(tmp_path, "a") == "a"
    assert seen
    assert set(seen[0]) <= {"PYTHONPATH", "PYTHONHASHSEED", "PYTHONUTF8", "PYTHONTZPATH", "TZ"}


def test_the_same_is_made_every_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the seed of hashes and the zone of the machine."""
    source = "{{ {'b': 1, 'a': 2}|tojson }}{% for row in digest.rows %}{{ row.first }}{% endfor %}"
    texts = set()
    for seed, zone in (("1", "Asia/Tokyo"), ("2", "UTC")):
        monkeypatch.setitem(os.environ, "PYTHONHASHSEED", seed)
        monkeypatch.setitem(os.environ, "TZ", zone)
        texts.add(make(tmp_path, source))
    assert len(texts) == 1


def test_a_context_without_rows_is_complete(tmp_path: Path) -> None:
    """Loops over nothing make nothing."""
    digest = replace(busy(), rows=(), peak=None)
    path = write(tmp_path, "{% for row in digest.rows %}a{% endfor %}{{ digest.peak }}.")
    assert made(path, "text", document_digest(digest)) == "."
