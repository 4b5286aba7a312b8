"""The command `gibbsite export`."""

from pathlib import Path
from typing import Any

import click

from gibbsite.errors import InputError

from .output import check_output

FORMS = (
    "perplex", "werami", "aspect-entropy", "lamem", "magemin", "petthermotools", "thermobar",
    "pyrolite", "wide", "long", "netcdf",
)  # fmt: skip


@click.command()
@click.argument("result", metavar="RESULT.h5", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="The file to write."
)
@click.option("--to", "to", type=click.Choice(FORMS), required=True, help="For which program.")
@click.option("--rock", help="Which one, in a result of many rocks.")
@click.option(
    "--failed",
    type=click.Choice(["refuse", "leave-out", "cut"]),
    default="refuse",
    show_default=True,
    help="What to do with points that have no answer; none becomes a number.",
)
@click.option(
    "--kind",
    type=click.Choice(["frozen", "ordered", "relaxed"]),
    default="frozen",
    show_default=True,
    help="Which heat capacity, expansivity and compressibility.",
)
@click.option(
    "--melt",
    type=click.Choice(["critical-fraction", "clark-lesher"]),
    default="critical-fraction",
    show_default=True,
    help="What melt does to velocities.",
)
@click.option(
    "--quantity",
    "quantities",
    multiple=True,
    metavar="NAME",
    help="A further column: ol.Fo, liq.SiO2, cpx.Al; may be given again.",
)
@click.option("--overwrite", is_flag=True, help="Replace the output if it exists.")
def export(result: Path, output: Path, rock: str | None, overwrite: bool, **how: Any) -> None:
    """Write a result in the form that another program reads."""
    import gibbsite as gb

    check_output(output, overwrite)
    with gb.open(result) as dataset:
        chosen = of_rock(dataset, rock)
        done = gb.export(chosen, output, overwrite=overwrite, **how)
    without = f", {done.left_out} without an answer left out" if done.left_out else ""
    click.echo(f"{output}: {done.points} points{without}.")


def of_rock(dataset: Any, rock: str | None) -> Any:
    """Return the results of one rock of many, or all there is if there is no choice."""
    from gibbsite._suggest import did_you_mean

    if "rock" not in dataset.dims:
        if rock is not None:
            raise InputError("this result is of one rock; leave out --rock.")
        return dataset
    names = [str(name) for name in dataset["rock"].values]
    if rock is None:
        raise InputError(f"this result is of many rocks; choose by --rock: {', '.join(names)}.")
    if rock not in names:
        raise InputError(f"there is no rock {rock!r}: {did_you_mean(rock, names)}")
    return dataset.sel(rock=rock).assign_attrs(title=f"{rock}: {dataset.attrs['title']}")
