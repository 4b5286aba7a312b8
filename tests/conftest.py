import pytest
from hypothesis import Phase, settings

# The same examples on every machine and every run, however slow the machine is. Without the
# explanation of failures, which traces every line and takes minutes.
settings.register_profile(
    "deterministic",
    derandomize=True,
    deadline=None,
    database=None,
    phases=[phase for phase in Phase if phase is not Phase.explain],
)
settings.load_profile("deterministic")

# A whole study, or a real browser: a test that asks for one of these is slow.
SLOW_FIXTURES = {"browser", "crystallised", "done"}
# T21-Su26 but for the energies of the melt: what holds of every database is tried with it, too, where
# there is time.
NEARLY_ANOTHER = "T21"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        if SLOW_FIXTURES & {*getattr(item, "fixturenames", ())} or (
            "engine" in item.path.parts and NEARLY_ANOTHER in _parameters(item)
        ):
            item.add_marker(pytest.mark.slow)


def _parameters(item):
    called = getattr(item, "callspec", None)
    return (
        [] if called is None else [each for each in called.params.values() if isinstance(each, str)]
    )
