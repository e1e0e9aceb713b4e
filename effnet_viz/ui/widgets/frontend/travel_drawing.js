// What both parts of the film draw with: maps as pictures, and a drawing that knows its canvas, its size and its colours.
const NEGATIVE = "#4A7CC2", POSITIVE = "#C8533F", FRAME = "#E69F00"

const bytesOf = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0))
const ease = share => share * share * (3 - 2 * share)
const clip = share => Math.min(1, Math.max(0, share))
const mix = (from, to, share) => from + (to - from) * share
const during = (share, from, to) => ease(clip((share - from) / (to - from)))
const between = (one, other, share) => ({
  x: mix(one.x, other.x, share), y: mix(one.y, other.y, share), edge: mix(one.edge, other.edge, share),
})

const figures = value => Math.abs(value) >= 1000 ? Number(value.toPrecision(3)).toLocaleString("en")
  : value && Math.abs(value) < 0.0001 ? value.toExponential(2) : value.toPrecision(3)

const pictureOf = (bytes, rows, columns, colours) => {
  const canvas = document.createElement("canvas")
  canvas.width = columns
  canvas.height = rows
  const image = new ImageData(columns, rows)
  bytes.forEach((value, cell) => {
    for (let part = 0; part < 3; part++) image.data[4 * cell + part] = colours[3 * value + part]
    image.data[4 * cell + 3] = 255
  })
  canvas.getContext("2d").putImageData(image, 0, 0)
  return canvas
}
// Maps that were packed one behind the other.
const picturesOf = ({ bytes, rows, columns }, colours) => {
  const all = bytesOf(bytes), size = rows * columns
  return Array.from({ length: all.length / size }, (_, index) =>
    pictureOf(all.subarray(index * size, (index + 1) * size), rows, columns, colours))
}

// W and H: of the canvas in CSS pixels; u: height of its letters.
const drawingOn = (context, W, H, u, look) => {
  const styled = (alpha, draw) => {
    if (alpha <= 0.01) return
    context.save()
    context.globalAlpha = alpha
    draw()
    context.restore()
  }
  const on = {
    context, W, H, u, look, narrow: W < 36 * u, styled,
    clear: () => context.clearRect(0, 0, W, H),
    text(said, x, y, { align = "center", bold = false, colour = look.ink, alpha = 1, size = 1, most = 0 } = {}) {
      styled(alpha, () => {
        context.fillStyle = colour
        context.font = `${bold ? 600 : 400} ${size * u}px ${look.font}`
        context.textAlign = align
        let shown = String(said)
        while (most && shown.length > 4 && context.measureText(shown).width > most) {
          shown = `${shown.slice(0, -2).trimEnd()}…`
        }
        context.fillText(shown, x, y)
      })
    },
    // Words in the middle under a square; `line` counts from 1.
    under(said, at, { line = 1, ...options } = {}) {
      on.text(said, at.x + at.edge / 2, at.y + at.edge + 1.1 * line * u, options)
    },
    widthOf(said) {
      context.font = `400 ${u}px ${look.font}`
      return context.measureText(said).width
    },
    // A map, up to a share of its cells, row after row.
    tile(picture, at, { alpha = 1, share = 1 } = {}) {
      styled(alpha, () => {
        context.imageSmoothingEnabled = false
        const rows = share * picture.height, whole = Math.floor(rows + 1e-9), cell = at.edge / picture.height
        if (whole) context.drawImage(picture, 0, 0, picture.width, whole, at.x, at.y, at.edge, whole * cell)
        const columns = Math.floor((rows - whole) * picture.width)
        if (columns > 0) {
          const wide = columns * at.edge / picture.width
          context.drawImage(picture, 0, whole, columns, 1, at.x, at.y + whole * cell, wide, cell)
        }
        if (share < 1) on.outline(at)
      })
    },
    outline(at, colour = look.faint, width = 1) {
      context.strokeStyle = colour
      context.lineWidth = width
      context.strokeRect(at.x + 0.5, at.y + 0.5, at.edge - 1, at.edge - 1)
    },
    rect(x, y, width, height, colour, alpha = 1) {
      styled(alpha, () => {
        context.fillStyle = colour
        context.fillRect(x, y, width, height)
      })
    },
    // From the right of one place to the left of another, up to a share of the way.
    thread(from, to, colour, { alpha = 1, width = 1.5, share = 1 } = {}) {
      styled(alpha * clip(share * 3), () => {
        const x = from.x + from.edge, y = from.y + from.edge / 2, endY = to.y + to.edge / 2
        const bend = (to.x - x) / 2
        context.strokeStyle = colour
        context.lineWidth = width
        context.beginPath()
        context.moveTo(x, y)
        // The part of a Bézier curve up to `share`, by de Casteljau.
        const points = [[x, y], [x + bend, y], [to.x - bend, endY], [to.x, endY]]
        const step = list => list.slice(1).map((point, index) =>
          point.map((value, axis) => mix(list[index][axis], value, share)))
        const two = step(points), three = step(two), four = step(three)
        context.bezierCurveTo(...two[0], ...three[0], ...four[0])
        context.stroke()
      })
    },
    polygon(points, colour, alpha = 1) {
      styled(alpha, () => {
        context.fillStyle = colour
        context.beginPath()
        points.forEach(([x, y]) => context.lineTo(x, y))
        context.closePath()
        context.fill()
      })
    },
    // Places for so many squares in a box, as large as they can be, with room for words under each.
    grid(count, box, { words = 1.25 * u, row = false } = {}) {
      let best = { edge: 0 }
      for (let columns = row ? count : 1; columns <= count; columns++) {
        const rows = Math.ceil(count / columns)
        const edge = Math.min(box.w / columns - 0.6 * u, box.h / rows - words - 0.2 * u)
        if (edge > best.edge + 0.5) best = { edge, columns, rows }
      }
      const { edge, columns, rows } = best, wide = edge + 0.6 * u, high = edge + words + 0.2 * u
      const left = box.x + (box.w - columns * wide + 0.6 * u) / 2, top = box.y + (box.h - rows * high) / 2
      return Array.from({ length: count }, (_, index) => {
        const row = Math.floor(index / columns), last = row === rows - 1 ? count - row * columns : columns
        return { x: left + (index % columns) * wide + (columns - last) * wide / 2, y: top + row * high, edge }
      })
    },
  }
  return on
}
