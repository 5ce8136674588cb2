"""A report as data: a document of sections, tables, figures and sentences, with one function for each way to show it.

>>> page = Document("A cohort", "What it holds.", (Paragraph("Ten people."),), ())
>>> text = html(page)  # a file that a browser shows and that needs nothing else
>>> plain = data(page)  # dictionaries, lists, text and numbers: the same for a program

Pages are built from these classes alone. What a text shows besides plain words is a ``Span``; nothing here is HTML but
the drawing inside a figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from importlib.resources import files
from math import isfinite
from typing import Any

from smoulder.plots import Picture
from smoulder.reports.markup import block, inline, quoted

__all__ = [
    "Block",
    "Bullets",
    "Cell",
    "Column",
    "Document",
    "Figure",
    "Flow",
    "Fold",
    "Notice",
    "Paragraph",
    "Row",
    "Section",
    "Source",
    "Span",
    "Table",
    "Text",
    "beneath",
    "data",
    "figure",
    "html",
    "section",
    "table",
]


@dataclass(frozen=True)
class Span:
    """Words that are shown in a way of their own: ``kind`` is ``strong``, ``small`` (beneath, in small print), ``word``
    (the verdict of a row), ``id`` (an identifier, which may be broken between lines) or ``""``. With an ``address``
    they are a link to follow by hand.
    """

    text: str
    kind: str = ""
    address: str = ""


#: Words as a reader sees them: plain, or a sequence of plain words and spans.
Text = str | Span | tuple[str | Span, ...]


@dataclass(frozen=True)
class Paragraph:
    """Sentences. ``kind`` is ``lead`` (the first thing to read), ``small`` (small print) or ``""``."""

    text: Text
    kind: str = ""


@dataclass(frozen=True)
class Bullets:
    """A list of sentences."""

    items: tuple[Text, ...]


@dataclass(frozen=True)
class Notice:
    """A result that stands out: its headline, and sentences below."""

    title: str
    text: Text = ""


@dataclass(frozen=True)
class Source:
    """Text to be shown letter by letter, such as a manifest."""

    text: str


@dataclass(frozen=True)
class Flow:
    """Steps that follow each other, and the branches into which the last divides; each is one or more lines."""

    steps: tuple[str, ...]
    branches: tuple[tuple[Text, ...], ...]


@dataclass(frozen=True)
class Cell:
    """What stands in one place of a table: its words and, where it is a number, the value with the ends of its interval
    in the given unit. A number that does not exist is None.
    """

    text: Text
    value: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = ""


@dataclass(frozen=True)
class Column:
    """The head of a column, and the unit of its numbers where all share one."""

    title: str
    unit: str = ""


@dataclass(frozen=True)
class Row:
    """The cells of a row, the first of which heads it. ``kind`` is ``hit``, ``miss`` or ``""``."""

    cells: tuple[Cell, ...]
    kind: str = ""


@dataclass(frozen=True)
class Table:
    """A table with its caption and, where there is something to add, a note below."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""


@dataclass(frozen=True)
class Figure:
    """A drawing (SVG text), with a title, a caption, and what it shows in words for those who cannot see it (``alt``).
    ``specification`` is the same in the grammar of Vega-Lite, where there is one.
    """

    name: str
    title: str
    alt: str
    svg: str
    caption: str
    specification: dict[str, Any] | None = None


@dataclass(frozen=True)
class Fold:
    """What a reader may open: the line that says what is inside, and the parts."""

    title: str
    parts: tuple[Block, ...]


@dataclass(frozen=True)
class Section:
    """A heading with what stands below it. ``name`` is the anchor ("" for none) and ``short`` the word for it in the
    table of contents ("" where it is not listed there).
    """

    name: str
    title: str
    parts: tuple[Block, ...]
    short: str = ""


Block = Paragraph | Bullets | Notice | Source | Flow | Table | Figure | Fold | Section


@dataclass(frozen=True)
class Document:
    """A report: its title, a description in one sentence, what is read first, and the sections."""

    title: str
    description: str
    opening: tuple[Block, ...]
    sections: tuple[Section, ...]


def section(name: str, title: str, *parts: Block | None, short: str = "") -> Section:
    """A section of those parts that exist."""
    return Section(name, title, tuple(part for part in parts if part is not None), short)


def table(
    caption: str,
    head: Sequence[str | Column],
    rows: Iterable[Sequence[Text | Cell]],
    *,
    kinds: Sequence[str] = (),
    note: str = "",
) -> Table:
    """A table from rows of words and cells. ``kinds`` says of each row whether it is a ``hit``, a ``miss`` or neither.

    Raises ValueError where a row has not as many cells as there are columns.
    """
    columns = tuple(column if isinstance(column, Column) else Column(column) for column in head)
    lines = [tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in row) for row in rows]
    if any(len(line) != len(columns) for line in lines):
        raise ValueError(f"Every row of the table '{caption}' needs {len(columns)} cells.")
    marks = [*kinds, *[""] * (len(lines) - len(kinds))]
    return Table(caption, columns, tuple(Row(line, kind) for line, kind in zip(lines, marks, strict=True)), note)


def figure(picture: Picture, caption: str, specification: dict[str, Any] | None = None) -> Figure:
    """A picture with its caption."""
    return Figure(picture.name, picture.title, picture.alt, picture.svg, caption, specification)


def beneath(text: str, small: str) -> Text:
    """Words, and beneath them others in small print; the words alone where there are no others."""
    return (text, Span(small, "small")) if small else text


def data(document: Document) -> dict[str, Any]:
    """The document as plain data: every block is a dictionary whose ``type`` is the name of its class in small letters.

    A number that does not exist is None.
    """
    plain: dict[str, Any] = _plain(document)
    return plain


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        inner = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        return {"type": type(value).__name__.lower(), **inner}
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def html(document: Document) -> str:
    """The document as a file that needs nothing but itself: no script, no font, no request to anywhere."""
    style = files(__package__).joinpath("style.css").read_text(encoding="utf-8")
    title = quoted(document.title)
    parts = "\n".join(
        (
            f"<h1>{inline(document.title)}</h1>",
            *(block(part) for part in document.opening),
            _contents(document.sections),
            *(block(part) for part in document.sections),
        )
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="description" content="{quoted(document.description)}">\n<title>smoulder: {title}</title>\n'
        f'<link rel="icon" href="data:,">\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n'
        f"{parts}\n</main>\n</body>\n</html>\n"
    )


def _contents(sections: Sequence[Section]) -> str:
    links = " ".join(f'<a href="#{part.name}">{inline(part.short)}</a>' for part in sections if part.short)
    return f'<nav aria-label="Contents">{links}</nav>' if links else ""
