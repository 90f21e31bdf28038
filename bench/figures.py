"""Figures of the report: what was measured, the aim, and what bounds it where it falls short."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from textwrap import fill

RUNS = 5
"""Runs of each measure; what is compared takes turns."""

WIDTH = 99

UNKNOWN = "What bounds it is not known."


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A line of the report. `missed` says what bounds a figure that falls short of its aim."""

    what: str
    measured: str
    aim: str = ""
    missed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Figures that belong together, and how they were measured."""

    title: str
    about: str
    figures: Sequence[Figure]


def rate(
    what: str, count: int, seconds: Sequence[float], *, aim: int = 0, bounds: str = UNKNOWN
) -> Figure:
    """Return a figure of so many a second: the median, the slowest and the fastest run."""
    middle = count / median(seconds)
    return Figure(
        what=what,
        measured=(
            f"{_number(middle)}/s ({_number(count / max(seconds))} to "
            f"{_number(count / min(seconds))})"
        ),
        aim=f"at least {aim:,}/s" if aim else "",
        missed=bounds if middle < aim else "",
    )


def duration(what: str, seconds: Sequence[float]) -> Figure:
    """Return a figure of seconds: the median, the fastest and the slowest run."""
    return Figure(
        what=what,
        measured=f"{median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f})",
    )


def ratio(
    what: str,
    above: Sequence[float],
    below: Sequence[float],
    *,
    least: float | None = None,
    most: float | None = None,
    bounds: str = UNKNOWN,
) -> Figure:
    """Return the median ratio of runs that took turns, with its smallest and largest."""
    ratios = [one / other for one, other in zip(above, below, strict=True)]
    middle = median(ratios)
    falls_short = (least is not None and middle < least) or (most is not None and middle > most)
    aims = [f"at least {least:g}"] if least is not None else []
    aims += [f"at most {most:g}"] if most is not None else []
    return Figure(
        what=what,
        measured=f"{_number(middle)} ({_number(min(ratios))} to {_number(max(ratios))})",
        aim=", ".join(aims),
        missed=bounds if falls_short else "",
    )


def written(sections: Sequence[Section]) -> str:
    """Return sections as Markdown, with what bounds the figures that fall short below each."""
    lines: list[str] = []
    for section in sections:
        lines += [f"## {section.title}", "", _filled(section.about), ""]
        lines += ["| What | Measured | Aim |", "|--|--|--|"]
        lines += [f"| {each.what} | {each.measured} | {each.aim} |" for each in section.figures]
        lines += [""]
        short: dict[str, list[str]] = {}
        for each in section.figures:
            if each.missed:
                short.setdefault(each.missed, []).append(each.what)
        for bounds, names in short.items():
            lines += [_filled(f"Short of the aim: {'; '.join(names)}. {bounds}"), ""]
    return "\n".join(lines)


def _filled(text: str) -> str:
    return fill(" ".join(text.split()), WIDTH, break_long_words=False, break_on_hyphens=False)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}" if value < 1 else f"{value:.1f}"
