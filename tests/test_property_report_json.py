"""Every JSON that is written or printed has the one envelope, and is what the published schema of its kind says."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from functools import cache
from importlib.resources import files
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

import hidden_cases
from outcomes_cases import cohort
from report_cases import natural, switches, two_runs
from smoulder import cli, judging, outcomes, reports, store, tables
from smoulder.envelope import KINDS, unwrap, wrap
from smoulder.experiments import definitions_tested
from smoulder.reports.demo import oratorio, run
from smoulder.trials import designs
from smoulder.version import MODEL_VERSION, __version__
from trial_cases import bare, rebuild
from trial_cases import oratorio as trial

SCHEMAS = files("smoulder").joinpath("schemas")
TYPES = {
    "object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "number": (int, float),
    "integer": int,
}
#: Words of JSON Schema that hold no demand.
WORDS = {"$schema", "$id", "$defs", "title", "description"}
TRIALS = (trial(), bare(), rebuild())


def faults(value: Any, schema: dict[str, Any], root: dict[str, Any], place: str = "") -> Iterator[str]:
    """What of a value is not as its schema says; a word of the schema that is not understood is a fault too."""
    demands = {
        "type", "properties", "required", "additionalProperties", "items", "const", "enum", "anyOf", "$ref",
    }
    yield from (f"{place}: the schema says '{word}'" for word in set(schema) - demands - WORDS)
    if "$ref" in schema:
        yield from faults(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root, place)
    if "anyOf" in schema and all(list(faults(value, one, root, place)) for one in schema["anyOf"]):
        yield f"{place}: none of the alternatives fits"
    if "const" in schema and value != schema["const"]:
        yield f"{place}: {value!r} is not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r} is none of {schema['enum']}"
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(value, kind) for kind in kinds):
        yield f"{place}: {value!r:.40} is not of type {kinds}"
    if isinstance(value, dict):
        yield from (f"{place}: '{name}' is missing" for name in schema.get("required", []) if name not in value)
        for name, inner in value.items():
            more = schema.get("properties", {}).get(name, schema.get("additionalProperties", True))
            if more is False:
                yield f"{place}: '{name}' is not in the schema"
            elif isinstance(more, dict):
                yield from faults(inner, more, root, f"{place}/{name}")
    if isinstance(value, list) and "items" in schema:
        for number, inner in enumerate(value):
            yield from faults(inner, schema["items"], root, f"{place}/{number}")


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, TYPES[kind]) and not (isinstance(value, bool) and kind in ("number", "integer"))


def schema_of(kind: str) -> dict[str, Any]:
    return json.loads(SCHEMAS.joinpath(f"{kind}.json").read_text(encoding="utf-8"))


def printed(*arguments: str) -> Any:
    """What a command prints with --json."""
    out = StringIO()
    with redirect_stdout(out), pytest.raises(SystemExit) as end:
        cli.main([*arguments, "--json"])
    assert not end.value.code
    return json.loads(out.getvalue())


@cache
def samples() -> tuple[tuple[str, Any], ...]:
    """Every kind of JSON as the project writes and prints it: (where it is from, what was read)."""
    told = {
        "score": wrap("score", reports.score_json(natural(), switches(), oratorio.headline(two_runs())), 3),
        "hidden": wrap("hidden", reports.hidden_json(hidden_cases.found()), 3),
        "hidden, one explanation off": wrap("hidden", reports.hidden_json(hidden_cases.altered(smouldering=0.0)), 3),
        "the demonstration's manifest": wrap(
            "demonstration", run._manifest(100, 2, 0) | {"files": {"report.html": "0"}}, 0
        ),
        **{f"trial {one.name}": wrap("trial", reports.trial_json(one), one.seed) for one in TRIALS},
        **{
            f"page of {one.name}": wrap("document", reports.data(reports.trial_page(one)), one.seed)
            for one in TRIALS
        },
        "page of hidden": wrap(
            "document", reports.data(reports.Document("t", "d", (), (reports.hidden_page(hidden_cases.found()),)))
        ),
    }
    found = {name: json.loads(json.dumps(value, allow_nan=False)) for name, value in told.items()}
    for command in ("evidence", "parameters", "treatments", "rules"):
        found[command] = printed(command)
    found["one row of evidence"] = printed("evidence", "lyon_course_rr")
    found["one parameter"] = printed("parameters", "smouldering")
    found["one drug"] = printed("treatments", "ocrelizumab")
    for name in ("PIRA_KAPPOS_2020", *reports.JUDGED_IN_PYTHON):
        found[f"rule {name}"] = printed("rules", name)
    found["trials"] = printed("trial", "list")
    for name in designs():
        found[f"design of {name}"] = printed("trial", "show", name)
    with TemporaryDirectory() as folder:
        found.update(_written(Path(folder)))
    return tuple(found.items())


def _written(folder: Path) -> dict[str, Any]:
    """The JSON files of a cohort, of many definitions, of the known truth and of a study."""
    (folder / "visits.csv").write_text("id,date,EDSS\na,2010-01-01,2\na,2010-06-01,3\na,2011-01-01,3\nb,2010-01-01,x\n")
    read = tables.read_cohort(folder / "visits.csv", faulty="set aside")
    whole = tables.Cohort.of(cohort({1: [(1000, 2), (1200, 3), (1300, 3)], 2: [(1000, 2), (1100, 4), (1300, 2)]}))
    for name, one in (("read", read), ("whole", whole)):
        reports.write_cohort(judging.judge(one, outcomes.named("CDW_12W")), folder / name)
    definitions = [outcomes.named("CDW_12W"), outcomes.named("PIRA_KAPPOS_2020")]
    many = outcomes.multiverse(read.records, definitions)
    reports.write_cohort_multiverse(many, read, definitions, folder / "many")
    known = definitions_tested(60, definitions=["CDW_12W"], seed=3)
    reports.write_known_truth(known, definitions[:1], folder / "known")
    found = {
        path.relative_to(folder).as_posix(): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.json"))
    }
    given = (str(folder / "visits.csv"), "--faulty", "set-aside")
    found["outcome printed"] = printed("outcomes", *given, "--rule", "CDW_12W")
    found["multiverse printed"] = printed("multiverse", *given)
    found["simulated printed"] = printed("simulate", "--people", "4", "--years", "2", "--out", str(folder / "study"))
    found["simulated written"] = json.loads((folder / "study" / "manifest.json").read_text(encoding="utf-8"))
    assert store.manifest(folder / "study") == unwrap(found["simulated written"])
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_json_is_what_its_schema_says(kind: str) -> None:
    schema = schema_of(kind)
    inside = [(name, value) for name, value in samples() if kind_of(value) == kind]
    assert inside, "nothing of this kind is written or printed"
    for name, value in inside:
        assert list(faults(value, schema, schema)) == [], name


def kind_of(value: dict[str, Any]) -> str:
    return str((value if "kind" in value else value["usermeta"])["kind"])


def test_every_json_has_the_envelope() -> None:
    for name, value in samples():
        about = value if "kind" in value else value["usermeta"]
        assert list(about)[:5] == ["kind", "version", "model", "seed", "generated_by"], name
        assert (about["version"], about["model"]) == (__version__, MODEL_VERSION), name
        assert ("data" in about) == (about["kind"] != "figure"), name


def test_there_is_one_schema_for_each_kind_and_no_other() -> None:
    assert sorted(path.name for path in SCHEMAS.iterdir()) == sorted(f"{kind}.json" for kind in KINDS)
    for kind in KINDS:
        schema = schema_of(kind)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema" and len(schema["description"]) > 20


def test_a_planted_fault_is_found() -> None:
    schema = schema_of("trial")
    [good] = [value for name, value in samples() if name == "trial oratorio"]
    assert list(faults(good, schema, schema)) == []
    changes: list[tuple[list[str], Any]] = [
        (["kind"], "score"), (["model"], "2"), (["seed"], 0.5), (["data", "replicates"], None),
        (["data", "endpoints"], []), (["data", "new"], 1), (["data", "notes"], [1]),
    ]
    for path, value in changes:
        bad = copy.deepcopy(good)
        inner = bad
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = value
        assert list(faults(bad, schema, schema)), path
    del bad["data"]["methods"]
    assert "'methods' is missing" in " ".join(faults(bad, schema, schema))
    assert list(faults(1, {"minimum": 2}, {})) == [": the schema says 'minimum'"]


def test_a_kind_that_is_not_declared_is_refused() -> None:
    with pytest.raises(ValueError, match="No kind of JSON is called 'page'"):
        wrap("page", {})
