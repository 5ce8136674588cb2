"""The generated pages: the equations, the parameters, and the tables inside the outline of the model."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import sympy

from smoulder import anatomy
from smoulder.biology import events, flows, function, states
from smoulder.errors import InputError
from smoulder.maths.equations import Equation, System, helpers, systems
from smoulder.maths.symbols import comments, fields, letter, letters, sections
from smoulder.parameters import Parameters, Row, load

__all__ = ["GENERATED", "fill", "maths_page", "parameters_page", "write"]

_MADE = "<!-- Made by `make docs` from the code; do not edit. -->\n"

_MATHS = """# The page of maths

{made}
Every process of the tissue, printed from `src/smoulder/biology`: the text that runs compiled was called with symbols.
Time is in years, areas in mm², everything else a fraction or a ratio. A process is an amount a year, proportional to
the stock that it leaves. Constants carry the symbols of the [table of parameters](parameters.md); {u} with a name is
what [treatment](#multipliers) leaves of that process. Words in upright letters are defined
[further down](#words-used-above). {reference} is the age at which every factor of age is 1.

Within a step drives are held at their value at its start, and each system is advanced by a linearly implicit
trapezoid: amounts move at the mean of the stock before and after the step, so that what leaves one stock arrives in
another, and no stock leaves its range. The order of things in a step is in
[the outline](odd.md#process-overview-and-scheduling).
"""

_PARAMETERS = """# Parameters

{made}
The {rows} numbers that the model believes, from `src/smoulder/parameters/table.csv`. *Prior* is our doubt about the
value, *between* how people differ; they are never merged. *Basis* says where the number comes from: measured or derived
from the evidence named, assumed or fitted (the note says why), or a definition. `smoulder parameters ID` shows one row,
`smoulder evidence ID` a row of evidence.
"""

_GROUPS = {
    "Switches between explanations": ("relapse_driven", "smouldering"),
    "People": (
        "start_age",
        "female_share",
        "tendency",
        "repair_trait",
        "reserve",
        "sex_lesion_rate",
        "sex_tendency",
        "spread",
        "trait_correlation",
        "region_spread",
    ),
    "Anatomy": ("region_share", "region_lesion_size", "region_area", "path_area", "region_depth"),
    "Rated items": ("item_slope", "item_threshold", "rating_noise"),
    "Death": ("death_rate", "death_doubling", "death_ratio"),
}  # rows that no equation of the tissue reads, by the first part of their id
_TIMES = r" \, "
_ELSEWHERE = "What the clinic sees"
_FIRST = "Reference points"  # the constants before the first comment line of their class


def maths_page(parameters: Parameters | None = None) -> str:
    """The page of maths as Markdown: stocks, drives, processes, events, function, multipliers."""
    p = parameters or load()
    parts = [_opening(p)]
    for system in systems():
        parts.append(_system(system, p))
    for title, lead, equations in (
        ("Words used above", "What the processes above call by name.", helpers(flows)),
        ("Events", events.__doc__ or "", helpers(events)),
        ("Function", function.__doc__ or "", helpers(function)),
    ):
        parts.append(_helpers(title, lead, equations, p))
    parts += [_courses(), _multipliers()]
    return "\n".join(parts)


def parameters_page(parameters: Parameters | None = None) -> str:
    """Every row of the table of parameters as Markdown, by mechanism; numbers in the unit of the table."""
    p = parameters or load()
    lead = _PARAMETERS.format(made=_MADE, rows=len(p))
    counted = {basis: sum(row.basis.split(":")[0] == basis for row in p.rows) for basis in _bases(p)}
    told = table(("basis", "rows"), [(basis, str(n)) for basis, n in counted.items()])
    return "\n".join([lead, told, *(_group(title, rows) for title, rows in _grouped(p).items())])


def write(out: Path) -> list[Path]:
    """Write ``maths.md`` and ``parameters.md`` into the folder ``out``, fill ``odd.md`` if there; returns the paths.

    Raises InputError if ``out`` is not a folder or cannot be written.
    """
    if not out.is_dir():
        raise InputError(f"'{out}' is not a folder.")
    pages: dict[str, str] = {"maths.md": maths_page(), "parameters.md": parameters_page()}
    outline = out / "odd.md"
    if outline.exists():
        pages["odd.md"] = fill(outline.read_text(encoding="utf-8"))
    try:
        return [_replace(out / name, text) for name, text in pages.items()]
    except OSError as error:
        raise InputError(f"'{out}' cannot be written: {error.strerror}.") from None


def fill(text: str) -> str:
    """``text`` with what stands between ``<!-- begin NAME -->`` and ``<!-- end NAME -->`` made anew.

    Raises InputError for an unknown NAME.
    """

    def made(match: re.Match[str]) -> str:
        if match[1] not in GENERATED:
            raise InputError(f"No generated part '{match[1]}'; there are {', '.join(GENERATED)}.")
        return f"<!-- begin {match[1]} -->\n{GENERATED[match[1]]()}<!-- end {match[1]} -->"

    return re.sub(r"<!-- begin ([a-z]+) -->\n.*?<!-- end \1 -->", made, text, flags=re.DOTALL)


def _replace(path: Path, text: str) -> Path:
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".md")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(temporary, 0o644)
    os.replace(temporary, path)
    return path


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; a bar inside a cell is escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def _inline(latex: str) -> str:
    return f"$`{latex}`$"


def _block(lines: Iterable[str]) -> str:
    body = " \\\\\n".join(lines)
    return f"```math\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n```\n"


def _written(equation: Equation, spelled: dict[sympy.Symbol, str]) -> str:
    left = re.sub(r"@(\w+)@", lambda m: spelled[sympy.Symbol(m[1], positive=True)], equation.left)
    return f"{left} &= {sympy.latex(equation.right, symbol_names=spelled, mul_symbol=_TIMES)}"


def _opening(p: Parameters) -> str:
    return _MATHS.format(made=_MADE, reference=_inline(p.row("age_reference").symbol), u=_inline("u"))


def _system(system: System, p: Parameters) -> str:
    spelled = letters(p)
    named = [
        f"{(kind.__doc__ or '').strip()}\n\n" + table(("symbol", what, "meaning"), _fields(kind))
        for kind, what in ((system.stocks, "stock"), (system.drives, "drive"))
    ]
    processes = table(
        ("process", "from", "to"), [(f"`{name}`", donor, taker) for name, (donor, taker) in system.routes.items()]
    )
    equations = _block(_written(e, spelled) for e in system.equations)
    change = _block(_changes(system))
    return "\n".join(
        [
            f"## {system.name}\n\n{system.says}\n",
            *named,
            processes,
            equations,
            "Change of each stock:\n",
            change,
            _diagram(system),
            _constants(system.equations, p),
        ]
    )


def _fields(kind: type) -> list[tuple[str, str, str]]:
    said = comments(kind)
    return [(_inline(letter(kind, name)), f"`{name}`", said[name]) for name in fields(kind)]


def _changes(system: System) -> list[str]:
    """d(stock)/dt as the sum of what arrives less what leaves, by the names of the processes."""
    lines = []
    for stock in fields(system.stocks):
        arriving = [e.left for e in system.equations if system.routes[e.name][1] == stock]
        leaving = [e.left for e in system.equations if system.routes[e.name][0] == stock]
        terms = " + ".join(arriving) + "".join(f" - {left}" for left in leaving)
        lines.append(rf"\frac{{d{letter(system.stocks, stock)}}}{{dt}} &= {terms.strip()}")
    return lines


def _diagram(system: System) -> str:
    joined: dict[tuple[str, str], list[str]] = {}
    for name, route in system.routes.items():
        joined.setdefault(route, []).append(name)
    arrows = [f'  {donor} -->|"{"<br/>".join(names)}"| {taker}' for (donor, taker), names in joined.items()]
    return "\n".join(["```mermaid", "flowchart LR", *arrows, "```", ""])


def _constants(equations: Iterable[Equation], p: Parameters) -> str:
    names = [str(symbol) for equation in equations for symbol in equation.right.free_symbols]
    used = {name.removeprefix("Constants.") for name in names if name.startswith("Constants.")}
    rows = [p.row(id) for id in fields(states.Constants) if id in used]
    lines = [(_inline(row.symbol), f"`{row.id}`", row.meaning, _value(row)) for row in rows]
    return table(("symbol", "constant", "meaning", "value"), lines) if lines else ""


def _value(row: Row) -> str:
    return f"{row.value / row.factor:.6g} {row.unit}"


def _helpers(title: str, lead: str, equations: Sequence[Equation], p: Parameters) -> str:
    parts = [f"## {title}\n\n{lead}\n"]
    group: list[Equation] = []
    for equation in equations:
        if equation.says and group:
            parts.append(_one_function(group, p))
            group = []
        group.append(equation)
    return "\n".join([*parts, _one_function(group, p), _constants(equations, p)])


def _one_function(group: Sequence[Equation], p: Parameters) -> str:
    spelled = letters(p, group[0].arguments)
    return f"{group[0].says}\n\n" + _block(_written(e, spelled) for e in group)


def _courses() -> str:
    lines = [
        (pathway, *("x" if region in course else "" for region in anatomy.REGIONS))
        for pathway, course in anatomy.COURSE.items()
    ]
    lead = "Where each pathway runs. It carries the product of what its cells carry, one cell in each region marked."
    return f"## Courses\n\n{lead}\n\n" + table(("pathway", *anatomy.REGIONS), lines)


def _multipliers() -> str:
    where: dict[str, list[str]] = {effect: [] for effect in fields(states.Effects)}
    every = [*(e for system in systems() for e in system.equations), *helpers(events), *helpers(function)]
    for equation in every:
        for symbol in map(str, equation.right.free_symbols):
            for mark in ("Effects.", "u_"):
                if symbol.startswith(mark):
                    where[symbol.removeprefix(mark)].append(f"`{equation.name}`")
    elsewhere = "an event of a lesion: [the outline](odd.md#submodels)"
    lines = [(f"`{effect}`", ", ".join(names) or elsewhere) for effect, names in where.items()]
    lead = (
        "What a treatment may multiply, 1 = untouched, and where. [Adding a drug](how-to/add-a-drug.md) needs no code."
    )
    return f"## Multipliers\n\n{lead}\n\n" + table(("multiplier", "multiplies"), lines)


def _bases(p: Parameters) -> list[str]:
    return sorted({row.basis.split(":")[0] for row in p.rows})


def _grouped(p: Parameters) -> dict[str, list[Row]]:
    """Rows by mechanism: first those of the equations, under the headings of their class, then the rest."""
    heading = {id: title or _FIRST for title, ids in sections(states.Constants).items() for id in ids}
    first = {prefix: title for title, prefixes in _GROUPS.items() for prefix in prefixes}
    found: dict[str, list[Row]] = {title: [] for title in dict.fromkeys([*heading.values(), *_GROUPS, _ELSEWHERE])}
    for row in p.rows:
        found[heading.get(row.id) or first.get(row.id.split(".")[0], _ELSEWHERE)].append(row)
    return {title: rows for title, rows in found.items() if rows}


def _group(title: str, rows: Sequence[Row]) -> str:
    head = ("id", "symbol", "meaning", "value", "bounds", "prior", "between", "basis", "evidence", "note")
    return f"## {title}\n\n" + table(head, [_cells(row) for row in rows])


def _cells(row: Row) -> tuple[str, ...]:
    lower, upper = (f"{number / row.factor:.6g}" for number in (row.lower, row.upper))
    prior, between = (str(doubt.scaled(1 / row.factor)) for doubt in (row.prior, row.between))
    evidence = " ".join(f"`{id}`" for id in row.evidence)
    return (
        f"`{row.id}`",
        _inline(row.symbol),
        row.meaning,
        _value(row),
        f"{lower} to {upper}",
        prior,
        between,
        row.basis,
        evidence,
        row.note,
    )


def _entities() -> str:
    lines = []
    for system, place in zip(systems(), ("each pathway in each region", "each region", "each person"), strict=True):
        lines += [(f"`{name}`", place, meaning) for name, meaning in comments(system.stocks).items()]
    return table(("state", "of", "meaning"), lines)


def _processes() -> str:
    lines = [
        (f"`{e.name}`", system.name.lower(), *system.routes[e.name]) for system in systems() for e in system.equations
    ]
    return table(("process", "system", "from", "to"), lines)


def _causes() -> str:
    lines = [("acute", "transection by a new lesion, an event")]
    lines += [(cause, ", ".join(f"`{name}`" for name in names)) for cause, names in states.CAUSES.items()]
    return table(("cause of loss", "processes"), lines)


def _scales() -> str:
    counts = {"regions": anatomy.REGIONS, "pathways": anatomy.PATHWAYS, "rated items": anatomy.ITEMS}
    lines = [(what, str(len(names)), ", ".join(names)) for what, names in counts.items()]
    lines.append(("cells (pathway in a region)", str(len(anatomy.CELLS)), "[courses](maths.md#courses)"))
    return table(("what", "number", "names"), lines)


#: Parts of ``odd.md`` that are made from the code, by the name in their marks.
GENERATED: dict[str, Callable[[], str]] = {
    "scales": _scales,
    "entities": _entities,
    "processes": _processes,
    "causes": _causes,
}
