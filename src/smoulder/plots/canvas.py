"""What all figures share: paper, ink, and the way from a matplotlib figure to a text that can stand inside a page."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Any

from smoulder.errors import SmoulderError

__all__ = [
    "BLUE",
    "FAINT",
    "GREEN",
    "GREY",
    "INK",
    "ORANGE",
    "PALE",
    "PINK",
    "SKY",
    "YELLOW",
    "Picture",
    "draw",
    "picture",
    "require",
]

#: Colours that colour-blind people can tell apart (Okabe and Ito 2008); shapes and words differ as well.
BLUE, ORANGE, GREEN, PINK, SKY, YELLOW = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00"
INK, GREY, PALE, FAINT = "#1b1b1b", "#6b6b6b", "#d9d9d9", "#e6e6e6"
#: Inches: 8 wide at 72 points an inch is 576 points, shown at about 800 pixels.
WIDTH = 8.0
_STYLE = {
    "svg.hashsalt": "smoulder",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "sans-serif"],
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.labelsize": 9,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.8,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.axisbelow": True,
    "lines.linewidth": 1.6,
    "path.simplify": True,
    "axes.unicode_minus": True,
}


@dataclass(frozen=True)
class Picture:
    """A figure: its ``name`` (a word for anchors), ``title``, what it shows in words (``alt``), and SVG text for inside
    a page.
    """

    name: str
    title: str
    alt: str
    svg: str

    def _repr_html_(self) -> str:
        return self.svg


def require() -> None:
    """Raise SmoulderError, in one line that says what to install, where matplotlib is missing."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise SmoulderError(
            "Figures need matplotlib, which is not installed; the extra 'report' brings it: pip install "
            "'smoulder[report]'."
        ) from None


@contextmanager
def draw(rows: int = 1, columns: int = 1, *, height: float, **options: Any) -> Iterator[tuple[Any, Any]]:
    """A matplotlib figure and its axes (array [rows, columns]) in the style of the house, without a display."""
    require()
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        settings: Any = matplotlib.rcParams  # its types know only literal names
        settings.update(_STYLE)
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        yield figure, figure.subplots(rows, columns, squeeze=False, **options)


def picture(figure: Any, name: str, title: str, alt: str) -> Picture:
    """The figure as SVG text: its own ids, no size but its proportions, no date, nothing loaded, described by ``alt``.

    Call it inside ``draw``, whose style decides how texts are written.
    """
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = io.StringIO()
    FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return Picture(name, title, alt, _inline(buffer.getvalue(), name, title, alt))


def _numbered(inner: str, name: str) -> str:
    """Every id as the figure's name and a number in order: matplotlib's hang on the last bits of the layout."""
    found: dict[str, int] = {}
    pattern = r'(\bid="|xlink:href="#|url\(#)([^")]+)'
    return re.sub(pattern, lambda m: f"{m[1]}{name}-{found.setdefault(m[2], len(found))}", inner)


def _inline(text: str, name: str, title: str, alt: str) -> str:
    body = text[text.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>\s*", "", body, flags=re.DOTALL)
    box = re.search(r'viewBox="([^"]*)"', body)
    inner = body[body.index(">") + 1 :]
    inner = re.sub(r"<!--.*?-->\s*", "", inner, flags=re.DOTALL)
    inner = _numbered(inner, name).replace("xlink:href", "href")
    inner = re.sub(r"(\d+\.\d\d)\d+", r"\1", inner)
    head = (
        f'<svg viewBox="{box[1] if box else ""}" xmlns="http://www.w3.org/2000/svg" version="1.1" role="img" '
        f'aria-labelledby="{name}-title {name}-alt"><title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-alt">{escape(alt)}</desc>'
    )
    return head + "\n".join(line.strip() for line in inner.strip().splitlines())
