"""The printed pages are the code: fresh, complete, and every printed equation gives what the function gives."""

from __future__ import annotations

import ast
import csv
import inspect
import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sympy

from house import ROOT
from smoulder import maths, treatments
from smoulder.biology import events, flows, function, states
from smoulder.errors import InputError
from smoulder.life import kernel, lanes
from smoulder.maths import symbols
from smoulder.maths.__main__ import main
from smoulder.maths.equations import functions_of
from smoulder.parameters import load
from smoulder.treatments.catalogue import read

DOCS = ROOT / "docs"
MATHS, PARAMETERS, OUTLINE = ((DOCS / name).read_text() for name in ("maths.md", "parameters.md", "odd.md"))
DRUG = (DOCS / "how-to" / "add-a-drug.md").read_text()


def test_the_generated_pages_are_fresh() -> None:
    """If this fails: make docs."""
    assert maths.maths_page() == MATHS
    assert maths.parameters_page() == PARAMETERS
    assert maths.fill(OUTLINE) == OUTLINE


def test_the_outline_holds_every_generated_part_once() -> None:
    assert sorted(re.findall(r"<!-- begin (\w+) -->", OUTLINE)) == sorted(maths.GENERATED)


def test_every_parameter_stands_in_its_page_once_with_its_value_and_evidence() -> None:
    p = load()
    lines = {m[1]: m[0] for m in re.finditer(r"^\| `([\w.]+)` \|.*$", PARAMETERS, re.MULTILINE)}
    assert sorted(lines) == sorted(p.ids)
    for row in p.rows:
        assert f"| {row.value / row.factor:.6g} {row.unit} |" in lines[row.id], row.id
        assert all(f"`{id}`" in lines[row.id] for id in row.evidence), row.id


def test_every_process_stock_drive_constant_and_multiplier_stands_on_the_page_of_maths() -> None:
    names = [f for kind in (states.Tissue, states.Milieu, states.Compartment) for f in kind._fields]
    names += [f for kind in (states.TissueDrives, states.MilieuDrives, states.CompartmentDrives) for f in kind._fields]
    names += [f for kind in (states.TissueFlows, states.MilieuFlows, states.CompartmentFlows) for f in kind._fields]
    names += treatments.EFFECTS
    assert [name for name in names if f"`{name}`" not in MATHS] == []
    page = [*functions_of(flows), *functions_of(events), *functions_of(function)]
    read_here = {id for f in page for id in f.__code__.co_names}
    assert [id for id in states.Constants._fields if id in read_here and f"| `{id}` |" not in MATHS] == []


def test_what_the_source_says_of_each_stock_and_drive_is_printed() -> None:
    for name in symbols.LETTERS:
        said = symbols.comments(getattr(states, name))
        assert all(said.values()) and set(said) == set(getattr(states, name)._fields), name
        assert all(text in MATHS for text in said.values()), name


def test_no_two_things_on_the_page_share_a_symbol() -> None:
    spelled = {id: load().row(id).symbol for id in states.Constants._fields}
    for name in symbols.LETTERS:
        kind = getattr(states, name)
        spelled |= {field: symbols.letter(kind, field) for field in kind._fields if (name, field) not in AVERAGED}
    owners: dict[str, set[str]] = {}
    for thing, symbol in spelled.items():
        owners.setdefault(symbol, set()).add(thing)
    assert {symbol: things for symbol, things in owners.items() if len(things) > 1} == {}


#: Drives that share a name with another system's but are something else, and have their own letter.
AVERAGED = {("MilieuDrives", "rim"), ("CompartmentDrives", "ageing")}


def evaluated(expression: sympy.Basic, numbers: dict[sympy.Symbol, float], p: Any) -> Any:
    """A printed expression in numbers; functions it calls by name are called with the page's own functions."""
    plain = {f.__name__: f for m in (flows, events, function) for f in functions_of(m)}

    def called(expr: sympy.Basic) -> Any:
        if isinstance(expr, sympy.core.function.AppliedUndef):
            name = re.sub(r"\\mathrm\{(.*)\}", r"\1", type(expr).__name__).replace(r"\ ", "_")
            values = iter(float(called(a).subs(numbers)) for a in expr.args)
            wanted = inspect.signature(plain[name]).parameters
            return sympy.Float(plain[name](*(p if n == "p" else next(values) for n in wanted)))
        return expr.func(*(called(a) for a in expr.args)) if expr.args else expr

    return called(expression).subs(numbers)


def drawn(kind: Any, seed: int) -> Any:
    source = random.Random(seed)
    return kind(*(source.uniform(0.2, 0.9) for _ in kind._fields))


@pytest.mark.parametrize("system", maths.systems(), ids=lambda s: s.name)
def test_a_printed_process_is_the_process(system: maths.System) -> None:
    kinds = {"s": system.stocks, "d": system.drives, "p": states.Constants, "u": states.Effects}
    given = {letter: drawn(kind, i) for i, (letter, kind) in enumerate(kinds.items())}
    numbers = {
        sympy.Symbol(f"{kind.__name__}.{field}", positive=True): value
        for letter, kind in kinds.items()
        for field, value in given[letter]._asdict().items()
    }
    truth = getattr(flows, f"{system.name.lower()}_flows")(*given.values())
    for equation in system.equations:
        printed = evaluated(equation.right, numbers, given["p"])
        assert abs(float(printed) - getattr(truth, equation.name)) < 1e-9, equation.name


@pytest.mark.parametrize("module", [flows, events, function], ids=lambda m: m.__name__.rpartition(".")[2])
def test_a_printed_function_is_the_function(module: Any) -> None:
    p, u, s = drawn(states.Constants, 7), drawn(states.Effects, 8), drawn(states.Tissue, 9)
    bundles = {"p": p, "u": u, "s": s}
    numbers = {
        sympy.Symbol(f"{type(b).__name__}.{k}", positive=True): v for b in (p, u, s) for k, v in b._asdict().items()
    }
    printed = {e.name: e for e in maths.helpers(module)}
    told = 0
    for f in functions_of(module):
        if f.__name__.endswith("_flows"):
            continue
        source = random.Random(f.__name__)
        plain = {n: source.uniform(0.2, 0.9) for n in inspect.signature(f).parameters if n not in bundles}
        found = f(*(bundles.get(n, plain.get(n)) for n in inspect.signature(f).parameters))
        values = {**numbers, **{sympy.Symbol(n, positive=True): v for n, v in plain.items()}}
        several = [name for name, e in printed.items() if e.arguments == tuple(plain)]
        names = [f.__name__] if f.__name__ in printed else several
        for name, value in zip(names, found if isinstance(found, tuple) else (found,), strict=True):
            got = evaluated(printed[name].right, values, p)
            assert bool(got) == value if isinstance(value, bool) else abs(float(got) - value) < 1e-9, name
            told += 1
    assert told == len(printed)


def calls_of(function: Callable[..., None], named: set[str]) -> list[str]:
    """Functions of a life in the order in which they are called; one that is not ``named`` stands for its own calls."""
    ours = {f.__name__: f for f in (*kernel.FUNCTIONS, *lanes.FUNCTIONS)}
    tree = ast.parse(inspect.getsource(function)).body[0]
    loops = [n for n in ast.walk(tree) if isinstance(n, ast.For) and ast.unparse(n.iter).startswith("range(schedule.b")]
    made = [n for n in ast.walk(loops[0] if loops else tree) if isinstance(n, ast.Call)]
    calls = sorted((n.lineno, n.col_offset, ast.unparse(n.func)) for n in made)
    inner = [name for *_, name in calls if name in ours]
    return [name for call in inner for name in ([call] if call in named else calls_of(ours[call], named))]


def test_the_schedule_in_the_outline_is_the_order_of_calls_in_a_life() -> None:
    table = OUTLINE.split("## Process overview and scheduling")[1].split("##")[0].split("Lesions come before")[0]
    drawn = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert drawn == list(dict.fromkeys(calls_of(kernel.live_block, set(drawn))))


def test_every_name_in_the_outline_that_looks_like_a_row_is_one() -> None:
    """Names in code marks under Submodels are parameters, multipliers or processes."""
    there = OUTLINE.split("## Submodels")[1]
    known = {*load().ids, *treatments.EFFECTS, "tests/test_proof_life_steps.py"}
    assert [name for name in re.findall(r"`([^`]+)`", there) if name not in known] == []


def test_the_example_of_a_new_drug_is_read_without_complaint(tmp_path: Path) -> None:
    drug_rows, action_rows = re.findall(r"```csv\n(.*?)```", DRUG, re.DOTALL)
    folder = ROOT / "src" / "smoulder" / "treatments"
    (tmp_path / "drugs.csv").write_text((folder / "drugs.csv").read_text().rstrip("\n") + "\n" + drug_rows)
    (tmp_path / "treatments.csv").write_text((folder / "treatments.csv").read_text().rstrip("\n") + "\n" + action_rows)
    drugs = read(tmp_path / "drugs.csv", tmp_path / "treatments.csv")
    new = next(csv.reader(drug_rows.splitlines()))[0]
    assert set(drugs) - set(treatments.drugs()) == {new}
    assert {a.effect for a in drugs[new].actions} == {"attack", "activation"}


def test_the_plans_that_the_page_names_are_plans() -> None:
    for text in re.findall(r"`(hypothetical:[^<`]+)`", DRUG):
        assert treatments.plan(text).drugs


def test_the_command_writes_all_pages_and_refuses_a_folder_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "odd.md").write_text(OUTLINE)
    assert main(["--out", str(tmp_path)]) == 0
    assert (tmp_path / "maths.md").read_text() == MATHS
    assert (tmp_path / "parameters.md").read_text() == PARAMETERS
    assert (tmp_path / "odd.md").read_text() == OUTLINE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["maths.md", "odd.md", "parameters.md"]
    capsys.readouterr()
    assert main(["--out", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    with pytest.raises(InputError, match="No generated part"):
        maths.fill("<!-- begin nothing -->\n<!-- end nothing -->")


def test_the_page_is_the_same_under_another_hash_seed() -> None:
    code = "from smoulder import maths; import sys; sys.stdout.write(maths.maths_page())"
    environment = {"PYTHONHASHSEED": "12345", "PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment)
    assert done.stdout.decode() == MATHS
