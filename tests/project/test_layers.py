"""The source keeps to the layers and the size rules of CONTRIBUTING.md; nothing is imported to find that out."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "lensarrays"
MODULES = sorted(SOURCE.rglob("*.py"))

# A module imports from its own layer or from those of lower rank.
RANKS = {
    "_backend": 0,
    "_typing": 0,
    "_check": 1,
    "_loops": 1,
    "structures": 2,
    "ops": 3,
    "models": 4,
    "imaging": 5,
    "interferometry": 5,
    "campaign": 6,
    "cli": 6,
    "plot": 6,
    "compat": 7,  # may import everything, the package too, and nothing imports it
}
PACKAGE = 7  # it gathers the public names, so that to import it is to import everything


def imported_modules(source: str, module: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Yield the line and the dotted name of everything that `module` imports, also inside of functions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = (*module[: len(module) - node.level], *(node.module or "").split(".")) if node.level else (node.module,)
            start = ".".join(part for part in base if part)
            # `from .. import x` may name a module of the package or one of its public names.
            names = [f"lensarrays.{alias.name}" for alias in node.names] if start == "lensarrays" else [start]
            yield from ((node.lineno, name) for name in names)


def rank_of(name: str) -> int:
    parts = name.split(".")
    return RANKS.get(parts[1], PACKAGE) if len(parts) > 1 else PACKAGE


def forbidden_imports(source: str, module: tuple[str, ...]) -> list[str]:
    """Return the imports by which `module` reaches to the right of its own layer."""
    inside = [(line, name) for line, name in imported_modules(source, module) if name.split(".")[0] == "lensarrays"]
    own = rank_of(".".join(module))
    return [f"line {line}: {'.'.join(module)} imports {name}" for line, name in inside if rank_of(name) > own]


def functions(source: str) -> Iterator[tuple[ast.FunctionDef, bool]]:
    """Yield every function, and whether it is a classmethod."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            yield node, any(getattr(decorator, "id", "") == "classmethod" for decorator in node.decorator_list)


def misplaced_xp(source: str, *, is_private_module: bool = False) -> list[str]:
    """Return the functions that take `xp`, other than constructors (keyword-only) and private kernels (required keyword)."""
    found = []
    for function, is_constructor in functions(source):
        keywords = dict(zip((a.arg for a in function.args.kwonlyargs), function.args.kw_defaults, strict=True))
        positional = {a.arg for a in (*function.args.posonlyargs, *function.args.args)}
        is_private = is_private_module or function.name.startswith("_")
        allowed = is_constructor or (is_private and keywords.get("xp") is None)
        if "xp" in positional or ("xp" in keywords and not allowed):
            found.append(f"line {function.lineno}: {function.name}")
    return found


def length_of(function: ast.FunctionDef) -> int:
    """Return the number of lines of a function's body, its docstring left out."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def dotted(path: Path) -> tuple[str, ...]:
    return ("lensarrays", *path.relative_to(SOURCE).with_suffix("").parts)


def name_of(path: Path) -> str:
    return str(path.relative_to(SOURCE))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_to_the_left(path):
    assert forbidden_imports(path.read_text(), dotted(path)) == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_is_in_a_layer(path):
    assert dotted(path)[1] in {*RANKS, "__init__", "__main__"}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_and_functions_are_small(path):
    source = path.read_text()
    assert "util" not in path.stem
    assert source.count("\n") <= 300
    assert [f.name for f, _ in functions(source) if length_of(f) > 40] == []


@pytest.mark.parametrize("path", [path for path in MODULES if "compat" not in dotted(path)], ids=name_of)
def test_only_constructors_and_private_kernels_take_xp(path):
    assert misplaced_xp(path.read_text(), is_private_module=path.stem.startswith("_")) == []


@pytest.mark.parametrize(
    ("source", "module"),
    [
        ("from ..models import Sersic", "lensarrays.ops.convolve"),
        ("from .. import models", "lensarrays.ops.convolve"),
        ("from .. import Array2D", "lensarrays.ops.convolve"),
        ("import lensarrays", "lensarrays.ops.convolve"),
        ("def f():\n    from lensarrays.imaging.dataset import Imaging", "lensarrays.models.tracer"),
        ("from ... import plot", "lensarrays.imaging.parts.picture"),
        ("from .compat import Convolver", "lensarrays.cli"),
        ("from . import structures", "lensarrays._check"),
    ],
)
def test_an_import_to_the_right_is_found(source, module):
    assert len(forbidden_imports(source, tuple(module.split(".")))) == 1


@pytest.mark.parametrize(
    ("source", "module"),
    [
        ("from .._backend import namespace", "lensarrays.ops.convolve"),
        ("from .. import _check", "lensarrays.structures.fits"),
        ("from ..structures import Array2D", "lensarrays.ops.convolve"),
        ("from . import fft\nfrom .fft import FFT\nimport numpy.fft", "lensarrays.ops.convolve"),
        ("import lensarrays as la\nfrom . import plot", "lensarrays.compat.autoarray"),
        ("from .structures import Array2D\nfrom . import plot", "lensarrays.__init__"),
    ],
)
def test_an_import_to_the_left_is_not(source, module):
    assert forbidden_imports(source, tuple(module.split("."))) == []


@pytest.mark.parametrize(
    "source",
    [
        "def f(x, xp): ...",
        "def f(x, *, xp): ...",
        "def _f(x, xp): ...",
        "def _f(x, *, xp=np): ...",
        "class A:\n    @classmethod\n    def uniform(cls, xp=np): ...",
        "class A:\n    @staticmethod\n    def uniform(*, xp): ...",
    ],
)
def test_a_misplaced_xp_is_found(source):
    assert len(misplaced_xp(source)) == 1


@pytest.mark.parametrize("source", ["def _f(x, *, xp): ...", "class A:\n    @classmethod\n    def uniform(cls, *, xp=np): ..."])
def test_a_well_placed_xp_is_not(source):
    assert misplaced_xp(source) == []
