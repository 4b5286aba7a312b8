"""
Temperature against the fugacity of oxygen
==========================================

A basalt at 1 kbar open to oxygen, from three log10 units below the quartz-fayalite-magnetite buffer to three above:
olivine and ilmenite give way to spinel and orthopyroxene. The section comes with gibbsite, `morb_qfm`; here it is
computed at fewer points, which the lines do not depend on.
"""

from dataclasses import replace

import matplotlib.figure

import gibbsite as gb

section = gb.Section.from_toml("morb_qfm")
section = replace(
    section, rows=replace(section.rows, points=41), columns=replace(section.columns, points=37)
)
gb.compute(section, "morb_qfm.h5", overwrite=True).close()
figure = gb.plot("morb_qfm.h5", width_mm=160.0, exact=True)

# %%
# The rock takes up what oxygen it needs. Twice that, as a share of all iron, is what of it is ferric.

with gb.open("morb_qfm.h5") as result:
    moles = result["bulk_mol"]
    ferric = 200.0 * moles.sel(component="O") / moles.sel(component="FeO")

figure = matplotlib.figure.Figure(figsize=(5.4, 3.6), layout="constrained")
axes = figure.add_subplot(
    xlabel="log10 fO2 - QFM", ylabel="Temperature (°C)", title="Ferric iron, % of all iron"
)
drawn = axes.contourf(ferric["offset"], ferric["temperature_C"], ferric.values, levels=12)
figure.colorbar(drawn)
