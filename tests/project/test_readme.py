"""What the documents tell a reader to run does run."""

import importlib
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import lensarrays

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    *(ROOT / f"{name}.md" for name in ("README", "MIGRATION", "CONTRIBUTING", "CHANGELOG")),
    *(path for path in sorted((ROOT / "docs").rglob("*.md")) if "_build" not in path.parts),
]

COMMANDS = [
    "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/lensarrays demo",
    'python3 -m venv .venv && .venv/bin/pip install -e ".[test]" && .venv/bin/python -m pytest',
]

# A block that needs a file which is not here, say, has this comment on the line above it.
EXCUSE = re.compile(r"<!-- not run: \S.* -->")


class Block(NamedTuple):
    """A Python block of a document: its code, the line before its first, and whether it is to be run."""

    code: str
    line: int
    is_run: bool


def python_blocks(text: str) -> list[Block]:
    lines = text.splitlines()
    starts = [i for i, line in enumerate(lines) if line.strip() == "```python"]
    ends = [next(j for j in range(i, len(lines)) if lines[j].strip() == "```") for i in starts]
    return [
        Block("\n".join(lines[i + 1 : j]), i + 1, not (i and EXCUSE.fullmatch(lines[i - 1].strip())))
        for i, j in zip(starts, ends, strict=True)
    ]


def as_script(blocks: list[Block]) -> str:
    """Return the blocks that are to be run as one program, each on the lines that it has in the document."""
    script: list[str] = []
    for block in blocks:
        if block.is_run:
            script += [""] * (block.line - len(script)) + block.code.splitlines()
    return "\n".join(script) + "\n"


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_readme_and_ci_have_the_same_two_commands():
    for name in ("README.md", ".ci/run"):
        lines = [line.strip() for line in (ROOT / name).read_text().splitlines()]
        assert [line for line in lines if line.startswith("python3 -m venv")] == COMMANDS, name


def promised_output(script: str) -> list[str]:
    """Return what the comments behind calls of `print` say comes out, up to a colon or an ellipsis."""
    comments = re.findall(r"^ *print\(.*\)  # (.+)$", script, flags=re.MULTILINE)
    return [re.split(r": | ?\.\.\.", comment)[0] for comment in comments]


@pytest.mark.parametrize("path", [path for path in DOCUMENTS if python_blocks(path.read_text())], ids=relative)
def test_the_python_of_a_document_runs_and_prints_what_it_says(path, tmp_path):
    script = tmp_path / f"{path.stem}.py"
    script.write_text(as_script(python_blocks(path.read_text())))
    # A document is run to see that it runs: what JAX compiles need not be fast, and takes a quarter less time so.
    environment = {**os.environ, "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"}
    done = subprocess.run(
        [sys.executable, script.name], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{relative(path)}, at the line of the document that is named:\n{done.stderr}"
    for promised in promised_output(script.read_text()):
        assert promised in done.stdout, f"{relative(path)} promises {promised!r}, but printed:\n{done.stdout}"


def test_few_blocks_are_excused():
    excused = [f"{relative(path)}:{b.line}" for path in DOCUMENTS for b in python_blocks(path.read_text()) if not b.is_run]
    assert len(excused) <= 3, excused


def test_the_readme_shows_python_that_runs():
    assert any(block.is_run for block in python_blocks((ROOT / "README.md").read_text()))


def test_blocks_keep_their_lines_and_excuses():
    text = "a\n```python\nx = 1\n```\n<!-- not run: needs a file -->\n```python\nopen('f')\n```\n```python\ny = x\n```\n"
    blocks = python_blocks(text)
    assert [block.is_run for block in blocks] == [True, False, True]
    assert as_script(blocks).splitlines() == ["", "", "x = 1", *[""] * 6, "y = x"]


def test_promises_are_found():
    assert promised_output("print(a)  # 0.074: lost\nx = 1  # no\nprint(b)  # Mask2D(7x7, ...\n") == ["0.074", "Mask2D(7x7,"]


def documented_objects() -> list[Any]:
    """Return the modules, classes and functions that the pages of the reference show."""
    shown: list[Any] = []
    for page in (ROOT / "docs" / "api").glob("*.md"):
        for name, option in re.findall(
            r"^\.\. automodule:: (\S+)\n( +:imported-members:)?", page.read_text(), flags=re.MULTILINE
        ):
            module = importlib.import_module(name)
            own = [value for key, value in vars(module).items() if not key.startswith("_")]
            shown += [module, *(value for value in own if option or getattr(value, "__module__", None) == name)]
    return shown


def test_every_public_name_is_in_the_reference():
    shown = {id(thing) for thing in documented_objects()}
    public = {name: getattr(lensarrays, name) for name in dir(lensarrays) if not name.startswith("_")}
    layers = {
        name for name, value in public.items() if inspect.ismodule(value) and name not in ("lp", "mp", "lens_calc", "plot")
    }
    missing = {name for name, value in public.items() if name not in layers and id(value) not in shown}
    assert missing == set(), "add them to a page of docs/api"
    assert len(public) > 30


def test_links_to_files_lead_somewhere():
    links = [(path, link) for path in DOCUMENTS for link in re.findall(r"\]\(([^)#\s]+)", path.read_text())]
    local = [(path, link) for path, link in links if not link.startswith("http")]
    assert len(local) > 10
    assert [(relative(path), link) for path, link in local if not (path.parent / link).exists()] == []


def test_pictures_are_small():
    pictures = list((ROOT / "docs" / "images").glob("*"))
    assert pictures
    assert [picture.name for picture in pictures if picture.stat().st_size > 300_000] == []
