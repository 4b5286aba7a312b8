// Writes the names of the fields in which there is room for them at this zoom.
// Takes: fig, labels (for each field: rooms, as middle and half-axes of an ellipse inside of it in
// data units; choices, its names in few lines to many).
const pen = window.gibbsite.pen()
const [width, height] = [fig.inner_width, fig.inner_height]
if (!(width > 0 && height > 0)) return
const x_scale = width / Math.abs(fig.x_range.end - fig.x_range.start)
const y_scale = height / Math.abs(fig.y_range.end - fig.y_range.start)
const fits = (choice, [, , rx, ry]) => {
  const rows = choice.split("\n")
  const half_width = Math.max(...rows.map((row) => pen.measureText(row).width)) / 2 + 1
  const half_height = 7.5 * rows.length
  // A box with its corners inside the ellipse is inside the field.
  return (half_width / (rx * x_scale)) ** 2 + (half_height / (ry * y_scale)) ** 2 <= 1
}
const { choices, rooms } = labels.data
const data = { ...labels.data, x: [], y: [], text: [] }
for (let i = 0; i < choices.length; i++) {
  let [text, place] = ["", rooms[i][0]]
  for (const choice of choices[i]) {
    const room = rooms[i].find((each) => fits(choice, each))
    if (room !== undefined) {
      [text, place] = [choice, room]
      break
    }
  }
  data.text.push(text)
  data.x.push(place[0])
  data.y.push(place[1])
}
if (data.text.some((text, i) => text !== labels.data.text[i])) labels.data = data
