"""Blocks of a document as HTML text. ``smoulder.reports.document.html`` calls it; nothing else makes HTML."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import Any

__all__ = ["block", "inline", "quoted", "text_of"]

_LEAST_CARDS = 3  # columns from which a row is shown as a card on a phone


def quoted(text: str) -> str:
    """Text for inside an attribute or a title."""
    return escape(text)


def text_of(text: Any) -> str:
    """A text as plain words, without the way in which they are shown."""
    if isinstance(text, tuple):
        return " ".join(text_of(part) for part in text)
    return text if isinstance(text, str) else str(text.text)


def inline(text: Any) -> str:
    """A text with its spans as HTML."""
    if isinstance(text, tuple):
        first, *others = text
        below = ["<br>" if not isinstance(part, str) and part.kind == "small" else "" for part in others]
        return inline(first) + "".join(br + inline(part) for br, part in zip(below, others, strict=True))
    if isinstance(text, str):
        return escape(text, quote=False)
    words = escape(text.text, quote=False)
    if text.kind == "id":
        words = re.sub(r"([_/])", r"\1<wbr>", words)
    if text.address:
        words = f'<a href="{escape(text.address)}" rel="noreferrer">{words}</a>'
    if text.kind == "strong":
        return f"<b>{words}</b>"
    return f'<span class="{text.kind}">{words}</span>' if text.kind else words


def block(part: Any, depth: int = 2) -> str:
    """A part of a document as HTML; ``depth`` is the level of a heading at this place."""
    name = type(part).__name__
    if name == "Section":
        return _section(part, depth)
    if name == "Fold":
        inner = "\n".join(block(inside, depth + 1) for inside in part.parts)
        return f"<details>\n<summary>{inline(part.title)}</summary>\n{inner}\n</details>"
    return _BLOCKS[name](part)


def _section(part: Any, depth: int) -> str:
    anchor = f' id="{part.name}"' if part.name else ""
    inner = "\n".join(block(inside, depth + 1) for inside in part.parts)
    return f"<section{anchor}>\n<h{depth}>{inline(part.title)}</h{depth}>\n{inner}\n</section>"


def _paragraph(part: Any) -> str:
    kind = f' class="{part.kind}"' if part.kind else ""
    return f"<p{kind}>{inline(part.text)}</p>"


def _bullets(part: Any) -> str:
    return "<ul>" + "".join(f"<li>{inline(text)}</li>" for text in part.items) + "</ul>"


def _notice(part: Any) -> str:
    below = f"<br>{inline(part.text)}" if part.text else ""
    return f'<div class="score"><b>{inline(part.title)}</b>{below}</div>'


def _source(part: Any) -> str:
    return f"<pre>{escape(part.text, quote=False)}</pre>"


def _flow(part: Any) -> str:
    steps = "".join(f"<li><div>{inline(step)}</div></li>" for step in part.steps)
    branches = "".join(f"<li>{'<br>'.join(inline(line) for line in lines)}</li>" for lines in part.branches)
    return f'<ol class="flow">{steps}<li><ul>{branches}</ul></li></ol>'


def _figure(part: Any) -> str:
    return (
        f'<figure id="figure-{part.name}"><div class="wide" tabindex="0">{part.svg}</div>'
        f"<figcaption><b>{inline(part.title)}.</b> {inline(part.caption)}</figcaption></figure>"
    )


def _table(part: Any) -> str:
    heads = [f"{column.title}, {column.unit}" if column.unit else column.title for column in part.columns]
    body = []
    for row in part.rows:
        kind = f' class="{row.kind}"' if row.kind else ""
        first, *others = row.cells
        cells = "".join(
            f'<td data-head="{escape(head)}">{inline(cell.text)}</td>'
            for head, cell in zip(heads[1:], others, strict=True)
        )
        body.append(f'<tr{kind}><th scope="row">{inline(first.text)}</th>{cells}</tr>')
    top = "".join(f'<th scope="col">{inline(head)}</th>' for head in heads)
    cards = ' class="cards"' if len(heads) >= _LEAST_CARDS else ""
    note = f'<p class="small">{inline(part.note)}</p>' if part.note else ""
    return (
        f'<div class="wide" tabindex="0"><table{cards}><caption>{inline(part.caption)}</caption>'
        f"<thead><tr>{top}</tr></thead><tbody>{''.join(body)}</tbody></table></div>{note}"
    )


_BLOCKS: dict[str, Callable[[Any], str]] = {
    "Paragraph": _paragraph,
    "Bullets": _bullets,
    "Notice": _notice,
    "Source": _source,
    "Flow": _flow,
    "Table": _table,
    "Figure": _figure,
}
