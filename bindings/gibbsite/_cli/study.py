"""The command `gibbsite study`."""

from importlib.util import find_spec
from pathlib import Path

import click

from gibbsite.errors import GibbsiteError, StoreError

from . import completion


@click.command()
@click.argument("study", metavar="FILE_OR_NAME", shell_complete=completion.studies)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, file_okay=True),
    help="Folder for tables, sections, figures and the report.",
)
@click.option(
    "--only", multiple=True, metavar="PART", help="A part, with what it needs; may be repeated."
)
@click.option("--workers", type=click.IntRange(min=1), help="Threads; all processors by default.")
@click.option("--quick", is_flag=True, help="Few points and few rocks: a look at the pictures.")
@click.option("--overwrite", is_flag=True, help="Compute again what is kept.")
def study(
    study: str,
    output: Path,
    only: tuple[str, ...],
    workers: int | None,
    quick: bool,
    overwrite: bool,
) -> None:
    """Compute everything of a publication and set it beside what was published.

    A TOML file, or a shipped study by name, such as high-ti-glass. Work that was interrupted goes
    on where it stopped when the same command is given again.
    """
    if not find_spec("gibbsite_studies"):
        raise GibbsiteError(
            "the package gibbsite_studies, which computes studies, is not installed."
        )
    from gibbsite_studies.plan import read_study
    from gibbsite_studies.report import check_templates
    from gibbsite_studies.study import run_study

    plan = read_study(study)
    check_templates()
    if output.exists() and not output.is_dir():
        raise StoreError(f"{output} cannot be written: it is not a directory.")
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{output} cannot be written: {error.strerror or error}.") from None
    reports = run_study(
        plan.coarse() if quick else plan,
        output,
        source=study,
        only=only,
        workers=workers,
        overwrite=overwrite,
        say=lambda text: click.echo(text, err=True),
    )
    for report in reports:
        click.echo(str(report))
