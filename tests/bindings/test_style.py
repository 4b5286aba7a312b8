"""Colours: even steps, the same order for every kind of sight, and lines that stand out."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from gibbsite._drawing.style import _RAMPS, STYLES, Style

N = 8
SHADED = [name for name in STYLES if name != "lines"]
# Simulation of complete dichromacy in linear RGB: Machado, Oliveira & Fernandes (2009), IEEE
# Transactions on Visualization and Computer Graphics 15, 1291-1298.
SIGHT = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
) / [[0.95047], [1.0], [1.08883]]


def seen(colors, sight):
    """CIELAB of sRGB colours as an eye sees them."""
    rgb = np.array([to_rgb(color) for color in colors])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = np.clip(linear @ SIGHT[sight].T, 0.0, 1.0) @ TO_XYZ.T
    low = (6 / 29) ** 3
    f = np.where(xyz > low, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = f.T
    return np.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)], axis=-1)


def steps(colors, sight="normal"):
    return np.linalg.norm(np.diff(seen(colors, sight), axis=0), axis=1)


@pytest.mark.parametrize("style", SHADED)
def test_shades_are_evenly_spaced(style):
    sizes = steps(STYLES[style].fills(N))
    assert sizes.max() < 1.7 * sizes.min()


@pytest.mark.parametrize("name", _RAMPS)
def test_a_colormap_held_here_is_that_of_matplotlib(name):
    import matplotlib

    places = np.linspace(0.0, 1.0, 1001)
    found = Style(colormap=name, shades=(0.0, 1.0)).fills(1001)
    np.testing.assert_allclose(found, matplotlib.colormaps[name](places), atol=1e-12)


def test_the_measure_of_evenness_tells_an_uneven_colormap():
    import matplotlib

    sizes = steps(matplotlib.colormaps["Blues"](np.linspace(0.0, 1.0, N)))
    assert sizes.max() > 1.7 * sizes.min()


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("style", SHADED)
def test_every_eye_sees_higher_variance_darker(style, sight):
    lightness = seen(STYLES[style].fills(N), sight)[:, 0]
    assert (np.diff(lightness) < -3.0).all()


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("style", STYLES)
def test_every_eye_tells_isopleths_from_shades_and_one_another(style, sight):
    fills = seen(STYLES[style].fills(N), sight)
    lines = seen(STYLES[style].isopleths, sight)
    between = np.linalg.norm(lines[:, None] - fills, axis=-1)
    assert between.min() > 25.0
    for i in range(len(lines)):
        for k in range(i):
            assert np.linalg.norm(lines[i] - lines[k]) > 25.0
