"""What kernels take for granted of their arguments: they check no bounds themselves."""

from .layout import Points, System


def check_points(system: System, points: Points) -> None:
    """Check that points fit a system.

    Parameters
    ----------
    system : System
        With C components.
    points : Points
        n of them.

    Raises
    ------
    ValueError
        Where the pressures, temperatures and bulks are not n, n and n x C.
    """
    n, components = len(points.pressure), system.phases.composition.shape[2]
    if points.temperature.shape != (n,):
        raise ValueError(f"{n} pressures need {n} temperatures, not {points.temperature.shape}.")
    if points.bulk.shape != (n, components):
        raise ValueError(
            f"{n} points in a system of {components} components need bulks of shape "
            f"{(n, components)}, not {points.bulk.shape}."
        )
