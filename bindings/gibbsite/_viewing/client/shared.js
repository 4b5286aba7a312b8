// What the other scripts share: the box beside the cursor, a pen to measure text with, files handed
// to the browser, and the numbers that a page without a server carries.
const pointer = { x: 0, y: 0 }
document.addEventListener("pointermove", (event) => {
  pointer.x = event.clientX
  pointer.y = event.clientY
}, true)
window.gibbsite = {
  tip() {
    let box = document.getElementById("gibbsite-tip")
    if (box === null) {
      box = document.createElement("div")
      box.id = "gibbsite-tip"
      box.hidden = true
      document.body.append(box)
    }
    return box
  },
  show(box, lines, cells) {
    const parts = lines.map((line) => {
      const part = document.createElement("div")
      part.textContent = line
      return part
    })
    const table = document.createElement("table")
    for (const [name, mode] of cells) {
      const row = table.insertRow()
      row.insertCell().textContent = name
      row.insertCell().textContent = mode + " vol%"
    }
    box.replaceChildren(...parts, table)
    box.hidden = false
    const left = pointer.x + 16 + box.offsetWidth > window.innerWidth
    const up = pointer.y + 16 + box.offsetHeight > window.innerHeight
    box.style.left = `${left ? pointer.x - 12 - box.offsetWidth : pointer.x + 16}px`
    box.style.top = `${up ? Math.max(0, pointer.y - 12 - box.offsetHeight) : pointer.y + 16}px`
  },
  pen() {
    this.canvas ??= document.createElement("canvas").getContext("2d")
    this.canvas.font = "12px sans-serif"
    return this.canvas
  },
  save(name, kind, bytes) {
    const link = document.createElement("a")
    link.href = URL.createObjectURL(new Blob([bytes], { type: kind }))
    link.download = name
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 10000)
  },
  // Numbers are kept as gzip of differences along the rows, all low bytes first.
  async unpack(bytes) {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))
    const raw = new Uint8Array(await new Response(stream).arrayBuffer())
    const n = raw.length / 2
    const numbers = new Uint16Array(n)
    let number = 0
    for (let i = 0; i < n; i++) {
      number = (number + raw[i] + (raw[n + i] << 8)) & 0xffff
      numbers[i] = number
    }
    return numbers
  },
}
