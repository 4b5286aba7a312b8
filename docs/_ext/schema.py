"""The directive `result-variables`: the arrays of a result file, from the code that writes them."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from gibbsite._store.schema import PROFILES

HEAD = ("name", "axes after those of the grid", "unit", "what", *PROFILES)


class ResultVariables(SphinxDirective):
    """A table of every variable, and how each profile keeps it."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        kept = {
            profile: {variable.name: variable for variable in variables}
            for profile, variables in PROFILES.items()
        }
        every = {name: one for variables in kept.values() for name, one in variables.items()}
        # What a profile keeps is the same everywhere but for the precision: say it as of the first.
        rows = []
        for name in every:
            one = next(variables[name] for variables in kept.values() if name in variables)
            rows.append(
                (
                    name,
                    ", ".join(one.dims) or "-",
                    one.units,
                    one.long_name,
                    *(v[name].dtype.strip("<") if name in v else "-" for v in kept.values()),
                )
            )
        return [table(HEAD, rows)]


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> nodes.table:
    """Return a table of text."""
    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=1) for _ in head]
    top, body = nodes.thead(), nodes.tbody()
    top += _row(head)
    body += [_row(row) for row in rows]
    group += [top, body]
    return nodes.table("", group, classes=["result-variables"])


def _row(cells: tuple[str, ...]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph(text=cell)) for cell in cells))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("result-variables", ResultVariables)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
