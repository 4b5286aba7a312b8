"""
Temperature against the fugacity of oxygen
==========================================

A basalt at 1 kbar open to oxygen, from two log units below the quartz-fayalite-magnetite buffer to three above:
where spinel begins, and how much of the iron is ferric.
"""

import matplotlib.figure
import numpy as np
import xarray as xr

import gibbsite as gb

basalt = gb.bulk("n-morb", ignore="outside")
temperatures, offsets = np.linspace(1000.0, 1250.0, 26), np.linspace(-2.0, 3.0, 21)
columns = [
    gb.equilibria(
        basalt,
        pressure_kbar=1.0,
        temperature_C=temperatures,
        database="G25",
        open={"O": f"QFM{offset:+.3f}"},
    )
    for offset in offsets
]
share = xr.concat(
    [
        2.0 * each["bulk_mol"].sel(component="O") / each["bulk_mol"].sel(component="FeO")
        for each in columns
    ],
    xr.DataArray(offsets, dims="offset"),
)
spinel = xr.concat([each.gb.mode("spl") for each in columns], xr.DataArray(offsets, dims="offset"))

figure = matplotlib.figure.Figure(figsize=(5.0, 3.6), layout="constrained")
axes = figure.add_subplot(
    xlabel="log10 fO2 - QFM", ylabel="Temperature (°C)", title="N-MORB, 1 kbar"
)
drawn = axes.pcolormesh(offsets, temperatures, share.values.T, cmap="cividis", shading="gouraud")
axes.contour(offsets, temperatures, spinel.values.T, levels=[1e-4], colors="white")
figure.colorbar(drawn, label="share of ferric iron")
