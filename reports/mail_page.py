"""What the HTML part of a mail shows, in words and pixels, and the HTML itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from css_inline import CSSInliner
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from analytics.digest import State
from analytics.language import say, spoken
from reports.brief import footer, marks
from reports.channels.channel import Letter
from reports.mail_chart import (
    CHART_HEIGHT,
    Chart,
    WeekChart,
    daily_chart,
    histogram_chart,
    week_chart,
)
from reports.quality import Note
from reports.recovered import RecoveryView
from reports.rows import LinkView, MessageView, RowView
from reports.view import DigestView, Figure, digest_view
from reports.whereabouts import PlaceView
from reports.width import clip

_MESSAGE_COLUMNS = 140  # two lines of the text part
_NOTE_COLUMNS = 300
_MOST_NOTE_LINES = 12

_MAKES_A_LINK = re.compile(r"(?<=\S)[.@](?=\S)|:(?=//)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row, something gone, a place or a message; texts are inert, and markup is still text."""

    number: str
    name: str  # of a reason or a place
    what: str  # that has it, or that it is
    before: str = ""
    mark: str = ""
    trend: str = ""  # the key of the mark, for a colour
    firing: str = ""
    message: str = ""
    sparkline: str = ""
    facts: str = ""
    kubectl: str = ""
    links: tuple[LinkView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Lines under a heading, and the sums below them."""

    heading: str
    hint: str
    lines: tuple[Line, ...]
    sums: tuple[Figure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailView:
    """Everything the HTML of a mail shows, in reading order."""

    language: str  # BCP 47
    state: State
    marks: tuple[str, ...]  # that it is a test, or may be a copy
    verdict: str
    title: str  # with clusters and zone
    meaning: str  # of a day without failures or without data, "" of any other
    command: str  # what to do about a day without data, a line to copy
    figures: tuple[Figure, ...]  # none on a day without failures or data
    baseline: str
    sections: tuple[Section, ...]
    charts: tuple[Chart, ...]
    week: WeekChart | None
    daily: tuple[Chart, ...]
    details: tuple[Section, ...]  # where, and with which messages
    notes_heading: str
    notes: tuple[Note, ...]
    footer: str


def render_mail(letter: Letter, *, with_notes: bool = True) -> str:
    """Return the HTML of a letter: it fetches nothing, and has its styles in the tags."""
    environment = _environment()
    css = environment.get_template("mail.css").render()
    page = environment.get_template("mail.html.j2").render(
        view=mail_view(letter, with_notes=with_notes), css=css, chart_height=CHART_HEIGHT
    )
    return _inliner().inline(page)


def mail_view(letter: Letter, *, with_notes: bool = True) -> MailView:
    """Return what the HTML shows of a letter, with every row of its digest.

    Without notes it says that the data quality stands in the text part.
    """
    view = digest_view(letter.digest)
    elsewhere = Note(term="", lines=(say("The text of this mail has all of it."),))
    return MailView(
        language=spoken().tag,
        state=view.state,
        marks=marks(letter),
        verdict=view.verdict,
        title=f"{view.title} · {view.scope}",
        meaning=view.meaning,
        command=view.command,
        figures=view.figures if view.state == "failures" else (),
        baseline=view.baseline,
        sections=(*_groups(view), *_gone(view), *_recovered(view)),
        charts=() if view.is_live else histogram_chart(view.histogram),
        week=week_chart(view.week),
        daily=() if view.is_live else daily_chart(view.daily),
        details=(*_where(view), *_messages(view)),
        notes_heading=say("Data quality"),
        notes=tuple(map(_note, view.notes)) if with_notes or view.is_live else (elsewhere,),
        footer=footer(letter),
    )


def _groups(view: DigestView) -> tuple[Section, ...]:
    hint = "" if view.is_live else say("by {unit}", unit=view.spark_unit)
    last = len(view.groups) - 1
    total = view.total if len(view.groups) > 1 or view.residual or not view.is_live else None
    sums = tuple(figure for figure in (view.residual, total) if figure)
    return tuple(
        Section(
            heading=group.heading,
            hint=hint,
            lines=tuple(map(_row, group.rows)),
            sums=sums if i == last else (),
        )
        for i, group in enumerate(view.groups)
    )


def _row(row: RowView) -> Line:
    return Line(
        number=row.failures,
        name=row.subject.reason,
        what=row.subject.workload,
        before=say("was {number}", number=row.before) if row.before else "",
        mark=row.mark,
        trend=row.trend,
        firing=say("● still firing") if row.still_firing else "",
        message=clip(row.message, _MESSAGE_COLUMNS),
        sparkline=row.sparkline,
        facts=" · ".join(_unbroken(row.span, row.usual, row.share, row.episodes, row.objects)),
        kubectl=row.kubectl,
        # what is read in a train is not to go over the air in the clear
        links=tuple(link for link in row.links if link.url.startswith("https://")),
    )


def _unbroken(*facts: str) -> list[str]:
    """Return those that there are, each to stay on one line."""
    return [fact.replace(" ", "\N{NO-BREAK SPACE}") for fact in facts if fact]


def _gone(view: DigestView) -> tuple[Section, ...]:
    if not view.gone:
        return ()
    gone = Section(
        heading=say("Gone"),
        hint=say("failures {period}", period=view.period_before),
        lines=tuple(
            Line(number=gone.before, name=gone.subject.reason, what=gone.subject.workload)
            for gone in view.gone
        ),
        sums=(view.gone_residual,) if view.gone_residual else (),
    )
    return (gone,)


def _recovered(view: DigestView) -> tuple[Section, ...]:
    if not view.recovered:
        return ()
    recovered = Section(
        heading=say("Recovered"),
        hint=say("Failed, and then said that it works again."),
        lines=tuple(map(_recovery, view.recovered)),
        sums=_more(view.more_recovered),
    )
    return (recovered,)


def _recovery(one: RecoveryView) -> Line:
    return Line(
        number=one.occurrences,
        name=one.subject.reason,
        what=one.subject.workload,
        facts=say("{when}, {after}", when=one.when, after=one.after),
    )


def _where(view: DigestView) -> tuple[Section, ...]:
    if view.where is None:
        return ()
    where = Section(
        heading=say("Where"),
        hint=view.where.words,
        lines=tuple(map(_place, view.where.places)),
        sums=_more(view.where.more),
    )
    return (where,)


def _place(place: PlaceView) -> Line:
    what = " · ".join(part for part in (place.kind, place.cluster) if part)
    return Line(
        number=place.failures,
        name=place.name,
        what=what,
        message=place.share,
        facts=place.expected,
    )


def _more(words: str) -> tuple[Figure, ...]:
    return (Figure(number="", words=words),) if words else ()


def _messages(view: DigestView) -> tuple[Section, ...]:
    if not view.messages:
        return ()
    messages = Section(
        heading=say("Messages"),
        hint=say("alike but for their values; * stands for one"),
        lines=tuple(map(_message, view.messages)),
        sums=(view.messages_residual,) if view.messages_residual else (),
    )
    return (messages,)


def _message(message: MessageView) -> Line:
    return Line(
        number=message.failures,
        name=message.subject.reason,
        what=message.subject.workload,
        message=clip(message.pattern, _MESSAGE_COLUMNS),
        facts=clip(f"* {message.values}", _MESSAGE_COLUMNS) if message.values else "",
    )


def _note(note: Note) -> Note:
    lines = tuple(clip(line, _NOTE_COLUMNS) for line in note.lines[:_MOST_NOTE_LINES])
    return Note(term=note.term, lines=lines, alert=note.alert)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["unlinked"] = _unlinked
    return environment


@cache
def _inliner() -> CSSInliner:
    return CSSInliner(keep_at_rules=True, minify_css=True, load_remote_stylesheets=False)


def _unlinked(text: str) -> Markup:
    """Return *text* as HTML in which no mail reader finds an address to make a link of."""
    return Markup(_MAKES_A_LINK.sub(r"<span>\g<0></span>", str(escape(text))))  # noqa: S704 # escaped
