"""The directive `phase-glossary`: every phase of every set, from the tables."""

from docutils import nodes
from schema import table
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from gibbsite._inputs.listing import phases
from gibbsite_datasets import load_endmembers, load_models, model_names

HEAD = ("key", "name", "symbol", "end-members, or what it is made of", "sets")


class PhaseGlossary(SphinxDirective):
    """A table of key, name, symbol, end-members and sets."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        made = made_of()
        rows = [
            (key, about["name"], about["symbol"], made[key], about["databases"])
            for key, about in phases().to_dict("index").items()
        ]
        return [table(HEAD, rows)]


def made_of() -> dict[str, str]:
    """Return the end-members of each solution, of all sets; the oxides of a pure phase."""
    found: dict[str, dict[str, None]] = {}
    for name in model_names():
        models = load_models(name)
        for solution in models.solutions:
            members = dict.fromkeys(each.name for each in solution.endmembers)
            found.setdefault(solution.name, {}).update(members)
        data = load_endmembers(models.endmember_set)
        for pure in models.pure_phases:
            oxides = data.endmembers[pure].composition
            text = " ".join(
                oxide if amount == 1 else f"{amount:g} {oxide}"
                for oxide, amount in oxides.items()
                if amount
            )
            found.setdefault(pure, {}).setdefault(text)
    return {key: " ".join(members) for key, members in found.items()}


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("phase-glossary", PhaseGlossary)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
