"""MIGRATION.md names what exists, and everything that the structures have."""

import inspect
import re
from pathlib import Path
from typing import NamedTuple

import pytest

import lensarrays as la
from lensarrays import structures

TEXT = (Path(__file__).parents[2] / "MIGRATION.md").read_text()
HEADER = ["lensarrays", "what differs", "why"]

MASK = la.Mask2D.circular(shape_native=(5, 5), radius=0.25, pixel_scales=0.1)
EXAMPLES = {
    "Mask2D": MASK,
    "Geometry2D": MASK.geometry,
    "StaticArray": MASK.static,
    "Array2D": la.Array2D([1.0] * MASK.pixels_in_mask, MASK),
    "ArrayIrregular": la.ArrayIrregular([1.0]),
    "Grid2D": la.Grid2D.from_mask(MASK),
    "Grid2DIrregular": la.Grid2DIrregular([(0.0, 1.0)]),
    "VectorYX2D": la.VectorYX2D([(0.0, 1.0)] * MASK.pixels_in_mask, MASK),
    "VectorYX2DIrregular": la.VectorYX2DIrregular([(0.0, 1.0)]),
    "Kernel2D": la.Kernel2D.no_blur(pixel_scales=0.1),
    "Visibilities": la.Visibilities([1 + 1j]),
}


class Table(NamedTuple):
    """A Markdown table: the names of its columns, and its rows."""

    columns: list[str]
    rows: list[list[str]]


def tables_of(text: str) -> list[Table]:
    """Return the tables of a Markdown text."""
    blocks = re.findall(r"(?:^\|.*\|\n)+", text, flags=re.MULTILINE)
    found = []
    for block in blocks:
        header, rule, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines())
        assert all(set(cell) == {"-"} for cell in rule), rule
        found.append(Table(header, rows))
    return found


def names_in(cell: str) -> list[str]:
    """Return what stands in backticks in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def resolves(name: str) -> bool:
    """Return whether `Name.attribute` is public in lensarrays; of a structure, an example is asked."""
    first, *rest = name.split(".")
    thing = EXAMPLES.get(first, getattr(la, first, None))
    if thing is None:
        return False
    for part in rest:
        if not hasattr(thing, part):
            return False
        thing = getattr(thing, part)
    return True


NAME_TABLES = [table for table in tables_of(TEXT) if table.columns[1:] == HEADER]
MISSING = next(table for table in tables_of(TEXT) if "write instead" in table.columns)
CLAIMED = [name for table in NAME_TABLES for row in table.rows for name in names_in(row[1])]


def public_members(name: str) -> set[str]:
    """Return the public members of a structure, its fields among them."""
    return {m for m in dir(EXAMPLES[name]) if not m.startswith("_")}


def test_the_tables_were_found():
    assert len(NAME_TABLES) >= 8
    assert len(CLAIMED) > 200


@pytest.mark.parametrize("table", tables_of(TEXT), ids=lambda table: table.rows[0][0])
def test_no_row_is_empty(table):
    for row in table.rows:
        assert len(row) == len(table.columns), row
        filled = row[:3] if table.columns[-1] == "why" else row
        assert all(filled), row


@pytest.mark.parametrize("table", NAME_TABLES, ids=lambda table: table.rows[0][0])
def test_what_is_said_to_exist_does(table):
    for row in table.rows:
        assert names_in(row[1]), row
        assert [name for name in names_in(row[1]) if not resolves(name)] == [], row


def test_every_public_structure_has_an_example_and_is_named():
    public = {name for name, value in vars(structures).items() if not name.startswith("_") and inspect.isclass(value)}
    assert public == set(EXAMPLES)
    assert public <= {name.split(".")[0] for name in CLAIMED}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_public_member_of_a_structure_is_named(name):
    # A member that several structures share is named for one of them.
    assert public_members(name) - {part for claimed in CLAIMED for part in claimed.split(".")[1:]} == set()


def test_every_public_name_of_the_package_is_named():
    public = {name for name in dir(la) if not name.startswith("_") and not inspect.ismodule(getattr(la, name))}
    assert public - {name.split(".")[0] for name in CLAIMED} == set()


def test_what_is_said_to_be_missing_is():
    assert [name for row in MISSING.rows for name in names_in(row[0]) if resolves(name)] == []


def test_what_is_to_be_written_instead_exists():
    written = [name for row in MISSING.rows for name in re.findall(r"\bla\.([A-Za-z_.0-9]+\w)", row[1])]
    assert len(written) > 5
    assert [name for name in written if not resolves(name)] == []


def test_a_name_that_is_not_there_is_noticed():
    assert resolves("Mask2D.derive_mask.edge")
    assert not resolves("Mask2D.derive_mask.rim")
    assert not resolves("Convolver")
