// Writes the names of the fields in which there is room for them at this zoom, clear of isopleths if
// they can be.
// Takes: fig, labels (for each field: rooms, as middle and half-axes of an ellipse inside of it in
// data units; choices, its names in few lines to many), curves (xs and ys of the isopleths).
const pen = window.gibbsite.pen()
const [width, height] = [fig.inner_width, fig.inner_height]
if (!(width > 0 && height > 0)) return
const x_scale = width / Math.abs(fig.x_range.end - fig.x_range.start)
const y_scale = height / Math.abs(fig.y_range.end - fig.y_range.start)
const pieces = []  // of isopleths: x, y of both ends [px]
curves.data.xs.forEach((xs, k) => {
  for (let i = 1; i < xs.length; i++) {
    const [y_from, y_to] = [curves.data.ys[k][i - 1], curves.data.ys[k][i]]
    pieces.push([xs[i - 1] * x_scale, y_from * y_scale, xs[i] * x_scale, y_to * y_scale])
  }
})
const [BESIDE, ABOVE] = [8, 4]  // px, of the number on an isopleth
const meeting = (some, x, y, w, h) =>
  some.filter(([x1, y1, x2, y2]) => {
    const [along_x, along_y] = [x2 - x1, y2 - y1]
    const [from_x, from_y] = [(x1 + x2) / 2 - x, (y1 + y2) / 2 - y]
    return Math.abs(from_x) <= w + Math.abs(along_x) / 2
      && Math.abs(from_y) <= h + Math.abs(along_y) / 2
      && Math.abs(along_x * from_y - along_y * from_x)
        <= w * Math.abs(along_y) + h * Math.abs(along_x)
  })
const SHIFTS = [0, 0.25, -0.25, 0.5, -0.5, 0.75, -0.75]  // of the half-axes
// Where a box may stand in a room, the middle first: with its corners inside the ellipse it is
// inside the field.
const places = function* (choice, [x, y, rx, ry], near) {
  const rows = choice.split("\n")
  const half_width = Math.max(...rows.map((row) => pen.measureText(row).width)) / 2 + 1
  const half_height = 7.5 * rows.length
  const [wide, high] = [half_width / (rx * x_scale), half_height / (ry * y_scale)]
  for (const up of SHIFTS) {
    for (const right of SHIFTS) {
      if ((wide + Math.abs(right)) ** 2 + (high + Math.abs(up)) ** 2 > 1) continue
      const place = [x + right * rx, y + up * ry]
      const at = [place[0] * x_scale, place[1] * y_scale]
      yield [place, !meeting(near, ...at, half_width + BESIDE, half_height + ABOVE).length]
    }
  }
}
// The first clear place of the name in the fewest lines; where there is none, the first place.
const find = (choices, rooms) => {
  let first = ["", rooms[0]]
  const around = rooms.map(([x, y, rx, ry]) =>
    meeting(pieces, x * x_scale, y * y_scale, rx * x_scale + BESIDE, ry * y_scale + ABOVE))
  for (const choice of choices) {
    for (const [k, room] of rooms.entries()) {
      for (const [place, clear] of places(choice, room, around[k])) {
        if (clear) return [choice, place]
        if (first[0] === "") first = [choice, place]
      }
    }
  }
  return first
}
const { choices, rooms } = labels.data
const data = { ...labels.data, x: [], y: [], text: [] }
for (let i = 0; i < choices.length; i++) {
  const [text, place] = find(choices[i], rooms[i])
  data.text.push(text)
  data.x.push(place[0])
  data.y.push(place[1])
}
const is_new = (key) => data[key].some((each, i) => each !== labels.data[key][i])
if (["text", "x", "y"].some(is_new)) labels.data = data
