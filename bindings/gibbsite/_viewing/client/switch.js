// Shows another layer, in a page without a server: what Diagram.show does with one.
// Takes: image, shown, mapper, bar, surface, colours, layers (key -> looks and packed numbers).
const { looks, packed, start, step } = layers[cb_obj.value]
const show = () => {
  surface.visible = looks.fields
  colours.visible = bar.visible = !looks.fields
  shown.data = { key: [looks.key], title: [looks.title], unit: [looks.unit] }
}
if (looks.fields) return show()
window.gibbsite.unpack(packed).then((numbers) => {
  const values = image.data.image[0]
  for (let i = 0; i < numbers.length; i++) {
    values[i] = numbers[i] == 0xffff ? NaN : start + step * numbers[i]
  }
  mapper.setv({ low: looks.low, high: looks.high })
  bar.title = looks.label
  show()
  image.change.emit()
})
