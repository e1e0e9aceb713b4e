// A film of one block: its scenes follow each other on a canvas, and can be played, scrubbed and stepped through.
const SECONDS = 2.6 // a scene
const SLIDE = 0.2 // share of a scene in which what was the result moves to where the next step begins
const films = new WeakMap()

const bytesOf = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0))
const ease = share => share * share * (3 - 2 * share)
const clip = share => Math.min(1, Math.max(0, share))
const mix = (from, to, share) => from + (to - from) * share
const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches

// Every map as a small picture in the colour map.
const pictures = (moment, colours) => {
  const bytes = bytesOf(moment.bytes), { rows, columns } = moment
  return moment.channels.map((_, index) => {
    const canvas = document.createElement("canvas")
    canvas.width = columns
    canvas.height = rows
    const image = new ImageData(columns, rows)
    for (let cell = 0; cell < rows * columns; cell++) {
      const value = bytes[index * rows * columns + cell]
      for (let part = 0; part < 3; part++) image.data[4 * cell + part] = colours[3 * value + part]
      image.data[4 * cell + 3] = 255
    }
    canvas.getContext("2d").putImageData(image, 0, 0)
    return canvas
  })
}

export default function (component) {
  const { data, parentElement } = component
  const key = `${data.title} ${data.moments.input.bytes.slice(0, 80)}`
  const before = films.get(parentElement)
  if (before?.key === key) return
  before?.stop()

  const find = name => parentElement.querySelector(name)
  const canvas = find("canvas"), time = find(".time"), play = find(".play"), words = find(".words")
  const pen = canvas.getContext("2d")
  const { scenes, moments, order } = data
  const drawn = Object.fromEntries(order.map(step => [step, pictures(moments[step], data.colours)]))
  const photo = new Image()
  photo.src = data.photo
  const film = { key, at: 0, playing: false, last: 0, frame: 0 }
  films.set(parentElement, film)
  canvas.setAttribute("aria-label", data.title)
  time.max = scenes.length

  const style = name => getComputedStyle(find(".film")).getPropertyValue(name).trim()
  let ink = "", faint = "", W = 0, H = 0
  const size = () => {
    const ratio = window.devicePixelRatio || 1
    W = canvas.clientWidth
    H = Math.max(250, Math.min(440, W * 0.4))
    canvas.style.height = `${H}px`
    canvas.width = W * ratio
    canvas.height = H * ratio
    pen.setTransform(ratio, 0, 0, ratio, 0, 0)
    ink = style("--st-text-color")
    faint = style("--st-border-color")
  }

  const TOP = 34
  const side = count => Math.min(60, (H - TOP - 30) / count - 5)
  const place = (count, index, x) => {
    const edge = side(count)
    const gap = (H - TOP - 30 - count * edge) / count
    return { x: x * W - edge / 2, y: TOP + index * (edge + gap), edge }
  }
  const text = (said, x, y, align = "center", bold = false) => {
    pen.fillStyle = ink
    pen.font = `${bold ? 600 : 400} ${W < 500 ? 11 : 13}px ${style("--st-font") || "sans-serif"}`
    pen.textAlign = align
    pen.fillText(said, x, y)
  }
  const shapeOf = step => { const [channels, rows, columns] = moments[step].shape; return `${rows}×${columns} × ${channels}` }
  const tile = (picture, at, alpha = 1, share = 1) => {
    pen.save()
    pen.globalAlpha = alpha
    pen.imageSmoothingEnabled = false
    // Cells up to a share of the map, row after row.
    const rows = share * picture.height, whole = Math.floor(rows)
    const cell = at.edge / picture.height
    if (whole) pen.drawImage(picture, 0, 0, picture.width, whole, at.x, at.y, at.edge, whole * cell)
    const columns = Math.floor((rows - whole) * picture.width)
    if (columns) pen.drawImage(picture, 0, whole, columns, 1, at.x, at.y + whole * cell, columns * at.edge / picture.width, cell)
    pen.restore()
  }
  const column = (step, x, { alpha = () => 1, share = () => 1, numbers = "left" } = {}) => {
    drawn[step].forEach((picture, index) => {
      const at = place(drawn[step].length, index, x)
      tile(picture, at, alpha(index), share(index))
      const left = numbers === "left"
      if (alpha(index) > 0.3 && W > 480) {
        text(moments[step].channels[index], left ? at.x - 8 : at.x + at.edge + 8, at.y + at.edge / 2 + 4, left ? "right" : "left")
      }
    })
    text(shapeOf(step), x * W, H - 10)
  }
  const line = (from, to, colour, alpha, width = 1) => {
    pen.save()
    pen.globalAlpha = alpha
    pen.strokeStyle = colour
    pen.lineWidth = width
    pen.beginPath()
    pen.moveTo(from.x + from.edge, from.y + from.edge / 2)
    pen.bezierCurveTo(W / 2, from.y + from.edge / 2, W / 2, to.y + to.edge / 2, to.x, to.y + to.edge / 2)
    pen.stroke()
    pen.restore()
  }
  const LEFT = 0.16, RIGHT = 0.84

  // Every new map gathers from all maps before it, one new map after the other.
  const gather = (scene, from, to, share, x) => {
    const count = drawn[to].length
    const shown = index => ease(clip(share * (count + 1) - index))
    for (let target = 0; target < count; target++) {
      for (let source = 0; source < drawn[from].length; source++) {
        line(place(drawn[from].length, source, x), place(count, target, RIGHT), scene.colour || ink,
             shown(target) * 0.75, 1.5)
      }
    }
    column(from, x)
    column(to, RIGHT, { alpha: shown, numbers: "right" })
  }
  const grid = (numbers, x, y, edge) => {
    const most = Math.max(...numbers.flat().map(Math.abs)) || 1
    const cell = edge / numbers.length
    numbers.forEach((row, down) => row.forEach((value, right) => {
      pen.fillStyle = value < 0 ? `rgba(31,78,156,${-value / most})` : `rgba(156,28,28,${value / most})`
      pen.fillRect(x + right * cell, y + down * cell, cell - 1, cell - 1)
    }))
    pen.strokeStyle = faint
    pen.strokeRect(x - 1, y - 1, edge + 1, edge + 1)
  }
  const frame = (at, row, col, rows, columns, high, wide) => {
    pen.strokeStyle = "#E69F00"
    pen.lineWidth = 2.5
    pen.strokeRect(at.x + col / columns * at.edge, at.y + row / rows * at.edge,
                   Math.max(5, wide / columns * at.edge), Math.max(5, high / rows * at.edge))
    pen.lineWidth = 1
  }
  // One filter slides over each map alone; its result grows cell by cell.
  const filter = (scene, from, to, share, x) => {
    const [, fromRows, fromColumns] = moments[from].shape, [, rows, columns] = moments[to].shape
    const { kernel, stride, before, row, column: col } = data.window
    const same = moments[from].channels.map(channel => moments[to].channels.indexOf(channel))
    const done = share >= 1
    const cell = Math.min(rows * columns - 1, Math.floor(share * rows * columns))
    const [down, right] = done ? [row, col] : [Math.floor(cell / columns), cell % columns]
    column(from, x)
    column(to, RIGHT, { share: () => done ? 1 : share, numbers: "right" })
    drawn[to].forEach((_, index) => {
      const source = same.indexOf(index)
      if (done && index !== data.window.index) return
      if (source >= 0) frame(place(drawn[from].length, source, x), down * stride - before, right * stride - before,
                             fromRows, fromColumns, kernel.length, kernel.length)
      frame(place(drawn[to].length, index, RIGHT), down, right, rows, columns, 1, 1)
    })
    const edge = Math.min(96, W * 0.14)
    grid(kernel, W / 2 - edge / 2, TOP + 8, edge)
    text(`${kernel.length}×${kernel.length} filter of channel ${moments[to].channels[data.window.index]}`, W / 2, TOP + edge + 26)
  }
  const bars = (step, values, most, x, share, colour) => {
    values.forEach((value, index) => {
      const at = place(values.length, index, x)
      const long = share * Math.abs(value) / most * W * 0.3
      pen.fillStyle = colour || ink
      pen.fillRect(W * 0.4, at.y + at.edge * 0.3, Math.max(1, long), at.edge * 0.4)
      text(Math.abs(value) < 0.0005 ? value.toPrecision(2) : value.toFixed(3), W * 0.4 + long + 8, at.y + at.edge / 2 + 4, "left")
    })
  }
  const strip = share => {
    const gates = data.all_gates, left = W * 0.4, wide = W * 0.5, shown = gates.length * share
    for (let index = 0; index < shown; index++) {
      pen.fillStyle = `rgba(213,94,0,${0.08 + 0.92 * gates[index]})`
      pen.fillRect(left + wide * index / gates.length, H - 26, Math.max(1, wide / gates.length), 18)
    }
    pen.strokeStyle = faint
    pen.strokeRect(left, H - 26, wide, 18)
  }

  const stepBefore = id => order[order.indexOf(id === "squeeze" || id === "gates" ? "se" : id) - 1]
  const draw = () => {
    const number = Math.min(scenes.length - 1, Math.floor(film.at))
    const scene = scenes[number]
    const share = still() ? 1 : clip(film.at - number)
    const slide = number && !["gates", "se"].includes(scene.id) ? ease(clip(share / SLIDE)) : 1
    const part = number ? clip((share - SLIDE) / (1 - SLIDE) * 1.15) : ease(clip(share * 2))
    const x = mix(RIGHT, LEFT, slide), from = stepBefore(scene.id)
    pen.clearRect(0, 0, W, H)
    text(scene.title, W / 2, 20, "center", true)
    if (scene.id === "input") {
      const edge = Math.min(0.24 * W, H - TOP - 40)
      if (photo.complete && photo.naturalWidth) pen.drawImage(photo, LEFT * W - edge / 2 + 0.02 * W, TOP, edge, edge)
      text("what the network saw", LEFT * W + 0.02 * W, TOP + edge + 18)
      text("the blocks before", W / 2, TOP + edge / 2 - 10)
      text("→", W / 2, TOP + edge / 2 + 12, "center", true)
      column("input", RIGHT, { alpha: index => ease(clip(part * 3 - index / 2)), numbers: "right" })
    }
    else if (scene.id === "depthwise") filter(scene, from, scene.id, part, x)
    else if (scene.id === "squeeze") {
      column(from, x, { alpha: () => 1 - 0.6 * part })
      bars(from, data.descriptor, Math.max(...data.descriptor.map(Math.abs)) || 1, x, part, ink)
    } else if (scene.id === "gates") {
      column(from, LEFT, { alpha: () => 0.4 })
      bars(from, data.gates, 1, LEFT, part, scene.colour)
      strip(part)
    } else if (scene.id === "se") {
      column(from, LEFT)
      drawn[from].forEach((picture, index) => {
        const at = place(drawn[from].length, index, RIGHT), gate = data.gates[index]
        pen.fillStyle = "#000"
        pen.globalAlpha = part
        pen.fillRect(at.x, at.y, at.edge, at.edge)
        pen.globalAlpha = 1
        tile(picture, at, mix(0, gate, part))
        const middle = place(drawn[from].length, index, 0.5)
        text(`× ${gate.toFixed(3)}`, W / 2, middle.y + middle.edge / 2 + 4)
      })
      text(shapeOf("se"), RIGHT * W, H - 10)
    } else if (scene.id === "output") {
      column("input", mix(0.02, LEFT, slide), { alpha: () => slide })
      column(from, mix(RIGHT, 0.5, slide))
      drawn.output.forEach((picture, index) => {
        const at = place(drawn.output.length, index, 0.33)
        text("+", 0.33 * W, at.y + at.edge / 2 + 6, "center", true)
        text("=", 0.67 * W, at.y + at.edge / 2 + 6, "center", true)
      })
      column("output", RIGHT, { alpha: () => part, numbers: "right" })
    } else gather(scene, from, scene.id, part, x)
    time.value = film.at
    time.setAttribute("aria-valuetext", `${scene.title}, scene ${number + 1} of ${scenes.length}`)
    find(".where").textContent = `${number + 1} of ${scenes.length}`
    find(".film").dataset.scene = scene.id
    if (words.dataset.scene !== scene.id) {
      words.dataset.scene = scene.id
      words.textContent = scene.words
      buttons.forEach((button, index) => {
        if (index === number) button.setAttribute("aria-current", "step")
        else button.removeAttribute("aria-current")
      })
    }
  }

  const run = now => {
    if (!film.playing) return
    if (film.last) {
      const passed = (now - film.last) / 1000 / SECONDS
      const hold = film.hold ?? 0
      if (still()) {
        film.hold = hold + passed
        if (film.hold >= 1) { film.hold = 0; film.at = Math.floor(film.at) + 1 }
      } else film.at += passed
    }
    film.last = now
    if (film.at >= scenes.length) { film.at = scenes.length - 0.0001; set(false) }
    draw()
    if (film.playing) film.frame = requestAnimationFrame(run)
  }
  const set = playing => {
    film.playing = playing
    film.last = 0
    play.textContent = playing ? "Pause" : "Play"
    cancelAnimationFrame(film.frame)
    if (playing) {
      if (film.at >= scenes.length - 0.001) film.at = 0
      film.frame = requestAnimationFrame(run)
    }
  }
  const go = at => { set(false); film.at = clip(at / scenes.length) * scenes.length - (at >= scenes.length ? 0.0001 : 0); draw() }

  const buttons = scenes.map((scene, index) => {
    const button = document.createElement("button")
    button.type = "button"
    button.textContent = scene.title
    if (scene.colour) button.style.borderBottomColor = scene.colour
    button.onclick = () => go(index + 0.999)
    return button
  })
  find(".steps").replaceChildren(...buttons.map(button => {
    const item = document.createElement("li")
    item.append(button)
    return item
  }))
  play.onclick = () => set(!film.playing)
  time.oninput = () => go(Number(time.value))
  photo.onload = () => draw()
  size()
  draw()
  const observer = new ResizeObserver(() => { size(); draw() })
  observer.observe(find(".film"))
  film.stop = () => { cancelAnimationFrame(film.frame); observer.disconnect() }
  set(!still())
  return film.stop
}
