"""The documents say what is there: names, commands, links, versions, abbreviations; the code in the README runs."""

from __future__ import annotations

import dataclasses
import importlib.util
import re
import textwrap
import tomllib
from pathlib import Path

import pytest
import typer
import yaml

import smoulder
from house import ROOT, SOURCE, project_files
from smoulder.clinic import INSTRUMENTS, measures_of
from smoulder.trials import endpoints
from smoulder.trials.specification import COURSES, STRATA, Design, Entry, Group, Schedule, Withdrawal, parse

README = (ROOT / "README.md").read_text()
CARD = (ROOT / "MODEL_CARD.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
PAGES = [path for path in project_files() if path.suffix == ".md"]


def pages_for_users() -> str:
    return README + "".join(path.read_text() for path in PAGES if path.is_relative_to(ROOT / "docs"))


@pytest.mark.parametrize("name", smoulder.__all__)
def test_every_public_name_is_told_of(name: str) -> None:
    assert re.search(rf"\b{re.escape(name.strip('_'))}\b", pages_for_users())


def commands() -> set[str]:
    from smoulder import cli

    apps = [value for value in vars(cli).values() if isinstance(value, typer.Typer)]
    assert len(apps) == 1, "the command line is one typer application"
    return set(getattr(typer.main.get_command(apps[0]), "commands", {}))


@pytest.mark.skipif(importlib.util.find_spec("smoulder.cli") is None, reason="there is no command line yet")
def test_the_readme_lists_the_commands_that_there_are() -> None:
    told = set(re.findall(r"^\| `smoulder ([a-z-]+)", README, re.MULTILINE))
    assert told == commands()


def test_the_readme_and_the_makefile_agree_on_the_targets() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*##", MAKEFILE, re.MULTILINE)) - {"help"}
    assert set(re.findall(r"`make ([a-z-]+)`", README)) == targets
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert phony and set(phony[1].split()) - {"help"} == targets


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_inside_the_project_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
    inside = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in inside if not (page.parent / link).exists()] == []


def test_the_map_of_the_readme_names_modules_that_there_are() -> None:
    rows = re.findall(r"^\| (`src/smoulder/.*?`) \|", README, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(?:src/smoulder/)?([a-z]+)`", row)}
    there = {p.name.removesuffix(".py") for p in SOURCE.iterdir() if p.suffix == ".py" or any(p.glob("*.py"))}
    assert named == {name for name in there if not name.startswith("__")}


def test_the_code_in_the_readme_runs_and_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(blocks) == 1
    exec(compile(blocks[0], "README.md", "exec"), {})
    shown = capsys.readouterr().out
    assert "p_ge_6" in shown and "censor_day" in shown


def test_the_code_in_the_docstring_of_the_package_runs() -> None:
    block = re.search(r"::\n\n((?:    .*\n|\n)+)", smoulder.__doc__ or "")
    assert block
    space: dict[str, object] = {}
    exec(compile(textwrap.dedent(block[1]), "smoulder", "exec"), space)
    assert len(space["table"]) == len(space["worse"].day) > 0  # type: ignore[arg-type, attr-defined]
    named = set(re.findall(r"``sm\.(\w+)(?:\.(\w+))?``", smoulder.__doc__ or ""))
    assert len(named) > 3
    assert all(hasattr(getattr(smoulder, module), name) for module, name in named if name)


def test_the_citation_is_complete_and_of_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert {"authors", "cff-version", "message", "title"} <= set(citation)
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] == "software"
    assert citation["version"] == smoulder.__version__
    assert citation["license"] == "Apache-2.0"
    assert all({"name"} <= set(author) or {"family-names"} <= set(author) for author in citation["authors"])


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert text.lstrip().startswith("Apache License")
    assert all(f"\n   {n}. " in text for n in range(1, 10)) and "END OF TERMS AND CONDITIONS" in text


def test_the_changelog_and_the_model_card_are_of_this_version() -> None:
    code, model = smoulder.__version__, smoulder.MODEL_VERSION
    newest = re.search(r"^## (\S+) \(model (\d+)\)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest and newest.groups() == (code, str(model))
    assert CARD.startswith(f"# Model card: smoulder, model {model} (code {code})\n")


def test_the_model_card_has_every_part_of_a_model_card() -> None:
    parts = ["What it is", "What it is for", "What it must not be used for", "Factors", "What it was built from"]
    parts += ["How it is judged", "Results", "Ethical considerations", "Caveats"]
    assert re.findall(r"^## (.*)$", CARD, re.MULTILINE) == parts
    bodies = re.split(r"^## .*$", CARD, flags=re.MULTILINE)[1:]
    assert all(len(body.split()) > 15 for body in bodies)


def test_the_index_of_decisions_lists_each_once() -> None:
    folder = ROOT / "docs" / "decisions"
    pages = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert re.findall(r"\]\((\d{4}-[a-z-]+\.md)\)", (folder / "README.md").read_text()) == pages
    assert [name[:4] for name in pages] == [f"{n:04d}" for n in range(1, len(pages) + 1)]


def glossary() -> list[str]:
    return re.findall(r"^\| ([^|]+?) \| (?!meaning|---)", (ROOT / "docs" / "glossary.md").read_text(), re.MULTILINE)


def abbreviations(text: str) -> set[str]:
    """Words with two capitals or more in running text: code, links and comments left out."""
    prose = re.sub(r"```.*?```|`[^`]*`|<!--.*?-->|\]\([^)]*\)|^    .*$", " ", text, flags=re.DOTALL | re.MULTILINE)
    return set(re.findall(r"\b(?=\w*[A-Z]\w*[A-Z0-9])[A-Za-z][A-Za-z0-9]*\b", prose))


def test_a_term_is_defined_once_and_in_order() -> None:
    terms = glossary()
    assert len(terms) == len(set(terms)) > 10
    for part in ([t for t in terms if t[0].isupper()], [t for t in terms if t[0].islower()]):
        assert part == sorted(part)


NAMES = {"LICENSE", "README", "CITATION", "CHANGELOG", "MODEL_CARD", "CARD"}  # files, not abbreviations


def test_every_abbreviation_of_the_front_pages_is_defined() -> None:
    used = abbreviations(README) | abbreviations(CARD)
    assert "EDSS" in used
    assert used - set(glossary()) - NAMES == set()


def test_the_finder_of_abbreviations_finds_and_leaves_out() -> None:
    text = "The EDSS of NumPy, new T2 and sNfL; `CODE`, [x](LINK.md) <!-- NOTE --> A Word.\n```\nBLOCK\n```\n"
    assert abbreviations(text) == {"EDSS", "NumPy", "T2", "sNfL"}


DEFAULT = re.compile(r"^\| (`[^|]*`) \| ([^|]*) \| .* \|$", re.MULTILINE)


def explained_keys(heading: str) -> dict[str, str]:
    """Key -> default, as written in the first table below a heading of the page on trials."""
    page = (ROOT / "docs" / "how-to" / "run-a-trial.md").read_text()
    part = page.split(f"\n### {heading}\n")[1].split("\n### ")[0].split("\n| kind |")[0]
    return {key: default for keys, default in DEFAULT.findall(part) for key in re.findall(r"`([a-z0-9_]+)`", keys)}


def as_written(default: object) -> object:
    """A default as TOML has it: tuples as lists, an empty record as an empty table."""
    if isinstance(default, tuple):
        return [as_written(one) for one in default]
    return {} if dataclasses.is_dataclass(default) and default == type(default)() else default


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("`[entry]`", Entry),
        ("`[[arm]]`", Group),
        ("`[schedule]`", Schedule),
        ("`[withdrawal]`", Withdrawal),
        ("`[[endpoint]]`", endpoints.Comparison),
        ("`components`", endpoints.Component),
        ("`among`", endpoints.Among),
    ],
)
def test_the_page_on_trials_explains_every_key_with_its_default(heading: str, kind: type) -> None:
    told = explained_keys(heading)
    fields = {field.name: field for field in dataclasses.fields(kind)}
    assert set(told) == set(fields)
    for name, field in fields.items():
        if field.default is field.default_factory is dataclasses.MISSING:
            assert told[name] == "needed", name
        elif field.default is None:
            assert told[name] == "for good", name
        else:
            default = field.default_factory() if field.default is dataclasses.MISSING else field.default
            assert tomllib.loads(f"x = {told[name].strip('`')}")["x"] == as_written(default), name


def test_the_page_on_trials_explains_the_file_and_the_kinds_and_its_example_is_read() -> None:
    page = (ROOT / "docs" / "how-to" / "run-a-trial.md").read_text()
    told = explained_keys("The file")
    renamed = {"arms": "arm", "endpoints": "endpoint"}
    fields = {field.name for field in dataclasses.fields(Design)} - {"instruments"}  # said in Python, not in a file
    assert set(told) == {renamed.get(name, name) for name in fields}
    kinds = page.split("\n| kind |")[1].split("\n\n")[0]
    assert set(re.findall(r"^\| `([a-z0-9_]+)` \|", kinds, re.MULTILINE)) == set(endpoints.KINDS)
    measured = (*measures_of(INSTRUMENTS), *(instrument.name for instrument in INSTRUMENTS))
    assert all(f"`{name}`" in page for name in (*COURSES, *STRATA, *measured))
    [example] = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    read = parse(example, "mine.toml")
    assert read.name == "mine" and len(read.endpoints) == 2
