"""A page that needs nothing but itself: headings, paragraphs, tables and pictures as HTML text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files

from smoulder.plots import Picture

__all__ = ["Markup", "broken", "figure", "items", "link", "page", "paragraph", "section", "table"]


class Markup(str):
    """Text that is HTML already and is not escaped again."""

    __slots__ = ()


def _text(value: object) -> str:
    return value if isinstance(value, Markup) else escape(str(value), quote=False)


def link(text: str, address: str) -> Markup:
    """A link to follow by hand; nothing is fetched. Without an address the text alone."""
    if not address:
        return Markup(escape(text, quote=False))
    return Markup(f'<a href="{escape(address)}" rel="noreferrer">{escape(text, quote=False)}</a>')


def broken(text: Markup) -> Markup:
    """The same, with places where a long id may be broken; what stands inside a tag is left alone."""
    parts = re.split(r"(<[^>]*>)", text)
    return Markup("".join(p if p.startswith("<") else re.sub(r"([_/])", r"\1<wbr>", p) for p in parts))


def paragraph(text: object, kind: str = "") -> str:
    """A paragraph, with a class of the style sheet if one is named."""
    return f'<p class="{kind}">{_text(text)}</p>' if kind else f"<p>{_text(text)}</p>"


def items(texts: Iterable[object]) -> str:
    """A list."""
    return "<ul>" + "".join(f"<li>{_text(text)}</li>" for text in texts) + "</ul>"


def figure(picture: Picture, caption: object) -> str:
    """A picture with its caption; wider than a phone, it is pushed sideways there."""
    return (
        f'<figure id="figure-{picture.name}"><div class="wide" tabindex="0">{picture.svg}</div>'
        f"<figcaption><b>{escape(picture.title)}.</b> {_text(caption)}</figcaption></figure>"
    )


def table(
    caption: object, head: Sequence[object], rows: Iterable[Sequence[object]], *, kinds: Sequence[str] = ()
) -> str:
    """A table with a caption; the first column heads its row. ``kinds`` gives rows a class of the style sheet."""
    body = []
    for number, row in enumerate(rows):
        kind = f' class="{kinds[number]}"' if number < len(kinds) and kinds[number] else ""
        cells = f'<th scope="row">{_text(row[0])}</th>' + "".join(f"<td>{_text(cell)}</td>" for cell in row[1:])
        body.append(f"<tr{kind}>{cells}</tr>")
    top = "".join(f'<th scope="col">{_text(cell)}</th>' for cell in head)
    return (
        f'<div class="wide" tabindex="0"><table><caption>{_text(caption)}</caption><thead><tr>{top}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def section(name: str, title: str, *parts: str) -> str:
    """A section with its heading; ``name`` is its anchor."""
    return f'<section id="{name}">\n<h2>{escape(title)}</h2>\n' + "\n".join(parts) + "\n</section>"


def page(title: str, description: str, *parts: str) -> str:
    """The whole document with its style inside: no script, no font, no request to anywhere."""
    style = files(__package__).joinpath("style.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="description" content="{escape(description)}">\n<title>{escape(title)}</title>\n'
        f'<link rel="icon" href="data:,">\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n'
        + "\n".join(parts)
        + "\n</main>\n</body>\n</html>\n"
    )
