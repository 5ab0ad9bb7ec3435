"""The command line: `lensarrays demo`, and `lensarrays --version`."""

import importlib.metadata
from pathlib import Path
from typing import Annotated

import typer

from .demonstration import run

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False)

# What the library raises about what users hand in; anything else is a fault of ours, and is shown with its traceback.
_OF_THE_USER = (ValueError, OSError)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"lensarrays {importlib.metadata.version('lensarrays')}")
        raise typer.Exit


@app.callback()
def lensarrays(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Simulate and model strong gravitational lenses."""


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for what is made; it is created.")] = Path("lensarrays_demo"),
    psf: Annotated[
        Path | None,
        typer.Option(help="FITS file with a PSF of 0.1 arcsec pixels, for the first scene; by default one is computed."),
    ] = None,
    hdu: Annotated[
        str | None, typer.Option(help="Number or name of the HDU with the PSF; by default 0.", show_default=False)
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, max=2**32 - 1, help="Seed of the noise, of the lenses of the batches, and of haloes.")
    ] = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the files of an earlier run.")] = False,
) -> None:
    """Simulate a lens as a telescope sees it, 32 at once, and take a gradient; then one with a thousand haloes.

    FITS files and pictures of both are written.
    """
    try:
        if hdu is not None and psf is None:
            raise ValueError(f"`--hdu` must come with `--psf`, the file that it is of, but is {hdu!r} alone; give both.")
        hdu = "0" if hdu is None else hdu
        run(out, psf_path=psf, hdu=int(hdu) if hdu.isdecimal() else hdu, seed=seed, overwrite=overwrite)
    except _OF_THE_USER as err:
        typer.echo(f"lensarrays: {' '.join(str(err).split())}", err=True)
        raise typer.Exit(1) from None
