// Says beside the cursor what is stable there. All it needs is in the page: no server is asked.
// Takes: fig, grids (what is read), image (what is shown), shown (its name and unit), axes, names
// (of the phases of each field), variances, failures, steps (of a mode).
const tip = window.gibbsite.tip()
const [ny, nx] = [axes.y.n, axes.x.n]
const column = Math.round((cb_obj.x - axes.x.start) / axes.x.step)
const row = Math.round((cb_obj.y - axes.y.start) / axes.y.step)
const all = grids.data.grids
if (all.length == 0 || column < 0 || row < 0 || column >= nx || row >= ny) {
  tip.hidden = true
  return
}
const k = row * nx + column
const text = (axis, i) =>
  axis.prefix + (axis.start + i * axis.step).toFixed(axis.decimals) + axis.unit
const lines = [`${text(axes.y, row)}, ${text(axes.x, column)}`]
const field = all[0][k]
const why = failures[String(field)]
const cells = []
if (why !== undefined) {
  lines.push("no answer: " + why)
} else {
  lines.push(`${names[field].join(" ")} (variance ${variances[field]})`)
  names[field].forEach((name, i) => {
    cells.push([name, (100 * all[i + 1][k] / steps).toFixed(2)])
  })
}
const value = image.data.image[0][k]
if (shown.data.key[0] != "fields" && why === undefined) {
  const number = Number.isNaN(value) ? "none" : Number(value.toPrecision(7)) + " " + shown.data.unit[0]
  lines.push(`${shown.data.title[0]}: ${number}`)
}
window.gibbsite.show(tip, lines, cells)
