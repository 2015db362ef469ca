"""Letter -> what a user's template is given."""

from __future__ import annotations

from analytics.digest import Bar, Digest, Gone, Quality, Row
from analytics.inert import printable
from analytics.language import sentences, spoken
from reports.brief import brief
from reports.channels.channel import Letter
from reports.rows import GoneView, RowView, cluster_name
from reports.template_context import (
    CONTEXT_VERSION,
    TemplateBar,
    TemplateDay,
    TemplateDigest,
    TemplateGone,
    TemplateGroup,
    TemplateMessage,
    TemplateNote,
    TemplateQuality,
    TemplateRow,
    TemplateSum,
)
from reports.trend import sections
from reports.view import DigestView, Figure, digest_view


def template_digest(letter: Letter) -> TemplateDigest:
    """Return the digest of a letter as templates see it: plain numbers, times and inert words."""
    digest, said, view = letter.digest, brief(letter), digest_view(letter.digest)
    groups = _groups(digest, view)
    return TemplateDigest(
        context_version=CONTEXT_VERSION,
        id=printable(letter.id),
        language=spoken().tag,
        version=printable(digest.quality.version),
        marks=said.marks,
        report=digest.report,
        period=digest.period,
        title=view.title,
        scope=view.scope,
        start=digest.start,
        end=digest.end,
        timezone=digest.timezone,
        so_far=digest.so_far,
        clusters=tuple(map(cluster_name, digest.clusters)),
        silent=tuple(map(cluster_name, digest.silent)),
        state=digest.state,
        verdict=view.verdict,
        failures=digest.failures,
        previous_failures=digest.previous_failures,
        comparable=digest.comparable,
        workloads=digest.workloads,
        episodes=digest.episodes,
        figures=said.figures,
        meaning=view.meaning,
        command=view.command,
        baseline=view.baseline,
        period_before=view.period_before,
        groups=groups,
        rows=tuple(row for group in groups for row in group.rows),
        residual=_sum(digest.residual.rows, digest.residual.failures, view.residual),
        total=_sum(
            len(digest.rows) + digest.residual.rows,
            digest.failures,
            view.total if digest.rows else None,
        ),
        gone=tuple(map(_gone, digest.gone, view.gone)),
        gone_residual=_sum(
            digest.gone_residual.rows, digest.gone_residual.failures, view.gone_residual
        ),
        gone_words=said.gone,
        bucket_minutes=digest.bucket_minutes,
        histogram=tuple(map(_bar, digest.histogram)),
        peak=None if digest.peak is None else _bar(digest.peak),
        peak_words=view.histogram.words,
        days=tuple(TemplateDay(start=day.start, failures=day.failures) for day in digest.daily),
        days_words=view.daily.words,
        messages=_messages(digest, view),
        notes=tuple(
            TemplateNote(term=note.term, text=sentences(*note.lines), alert=note.alert)
            for note in view.notes
        ),
        alerts=said.alerts,
        quality=_quality(digest.quality),
        footer=said.footer,
    )


def document_digest(digest: Digest) -> TemplateDigest:
    """Return *digest* as templates of files see it; its id is the name of the file."""
    return template_digest(Letter(digest=digest, id=f"{digest.report}-{digest.period}"))


def _groups(digest: Digest, view: DigestView) -> tuple[TemplateGroup, ...]:
    numbers = [rows for _, rows in sections(digest)]
    return tuple(
        TemplateGroup(heading=group.heading, rows=tuple(map(_row, rows, group.rows)))
        for rows, group in zip(numbers, view.groups, strict=True)
    )


def _row(row: Row, view: RowView) -> TemplateRow:
    return TemplateRow(
        cluster=cluster_name(row.cluster),
        namespace=view.subject.namespace,
        kind=view.subject.kind,
        name=view.subject.name,
        workload=view.subject.workload,
        reason=view.subject.reason,
        failures=row.failures,
        previous_failures=row.previous_failures,
        share=row.share,
        episodes=row.episodes,
        objects=row.objects,
        first=row.first,
        last=row.last,
        span=view.span,
        rate_per_hour=row.rate_per_hour,
        still_firing=row.still_firing,
        trend=row.trend,
        mark=view.mark,
        buckets=row.sparkline,
        sparkline=view.sparkline,
        message=view.message,
        kubectl=view.kubectl,
    )


def _gone(gone: Gone, view: GoneView) -> TemplateGone:
    return TemplateGone(
        cluster=cluster_name(gone.cluster),
        namespace=view.subject.namespace,
        kind=view.subject.kind,
        name=view.subject.name,
        workload=view.subject.workload,
        reason=view.subject.reason,
        previous_failures=gone.previous_failures,
    )


def _sum(rows: int, failures: int, figure: Figure | None) -> TemplateSum:
    words = f"{figure.number} {figure.words}" if figure else ""
    return TemplateSum(rows=rows, failures=failures, words=words)


def _bar(bar: Bar) -> TemplateBar:
    return TemplateBar(start=bar.start, end=bar.end, failures=bar.failures)


def _messages(digest: Digest, view: DigestView) -> tuple[TemplateMessage, ...]:
    failures = sorted((group.failures for group in digest.messages), reverse=True)
    return tuple(
        TemplateMessage(
            workload=message.subject.workload,
            reason=message.subject.reason,
            failures=number,
            pattern=message.pattern,
            values=message.values,
        )
        for number, message in zip(failures, view.messages, strict=False)  # the view shows fewer
    )


def _quality(quality: Quality) -> TemplateQuality:
    return TemplateQuality(
        events=quality.events,
        occurrences=quality.occurrences,
        notices=quality.notices,
        noise=quality.noise,
        recoveries=quality.recoveries,
        suspect_occurrences=quality.suspect_occurrences,
        rejected=quality.rejected,
        coverage=quality.coverage,
        gaps=len(quality.gaps) + quality.gap_residual.gaps,
        silences=len(quality.silences),
    )
