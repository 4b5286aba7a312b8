"""The readers of other projects are not of the default run: `pytest -m readers` asks for them."""


def pytest_collection_modifyitems(config, items):
    if "readers" in config.option.markexpr:
        return
    left_out = [item for item in items if item.get_closest_marker("readers")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
