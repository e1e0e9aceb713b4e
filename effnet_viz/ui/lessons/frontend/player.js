// The window of lesson 1 slides by itself: twenty windows a second, all in the browser, with the network's own numbers.
const EACH = 50 // milliseconds between two windows
const TELL_EACH = 5000 // milliseconds between two messages to the server about where the window is
const MOVED = "effnet-viz-window"

const numbers = text => new Float32Array(Uint8Array.from(atob(text), letter => letter.charCodeAt(0)).buffer)
const add = (parent, kind, name, text = "") => {
  const node = document.createElement(kind)
  node.className = name
  node.textContent = text
  parent.append(node)
  return node
}

const framed = (parent, address, words) => {
  const picture = add(parent, "div", "picture")
  const image = add(picture, "img", "")
  image.src = address
  image.alt = words
  const frame = add(picture, "div", "frame")
  return (left, top, width, height) => {
    for (const [edge, share] of Object.entries({ left, top, width, height })) frame.style[edge] = `${share * 100}%`
  }
}

// Blue for negative and red for positive numbers, to the largest of them.
const tint = (value, reach) => {
  const strength = Math.round(Math.min(1, Math.abs(value) / (reach || 1)) * 55)
  return `color-mix(in srgb, ${value < 0 ? "#4576BD" : "#DC826F"} ${strength}%, transparent)`
}

const grids = (parent, title, channels, size) => {
  const column = add(parent, "div", "grids")
  add(column, "div", "", title)
  const cells = []
  for (let channel = 0; channel < channels; channel += 1) {
    const grid = add(column, "div", "grid")
    grid.style.gridTemplateColumns = `repeat(${size}, auto)`
    for (let cell = 0; cell < size * size; cell += 1) cells.push(add(grid, "div", "cell"))
  }
  return values => {
    const reach = Math.max(...values.map(Math.abs))
    values.forEach((value, index) => {
      cells[index].textContent = value.toFixed(2)
      cells[index].style.background = tint(value, reach)
    })
  }
}

const follow = (box, data) => {
  const move = framed(box, data.picture, data.words)
  const { stride, pads, size, columns, width, height } = data
  const show = event => {
    const index = event.detail
    const x = (index % columns) * stride - pads[0], y = Math.floor(index / columns) * stride - pads[1]
    move(x / width, y / height, size / width, size / height)
  }
  window.addEventListener(MOVED, show)
  show({ detail: data.start })
  return () => window.removeEventListener(MOVED, show)
}

const play = (box, data, tell) => {
  const { stride, pads, size, columns, rows, width, height, channels } = data
  const image = numbers(data.image), kernel = [...numbers(data.kernel)]
  const outputs = data.outputs.map(numbers)
  const where = add(box, "div", "where")
  const sum = add(box, "div", "sum")
  const patchCells = grids(sum, "what lies there", channels, size)
  add(sum, "div", "sign", "×")
  grids(sum, "kernel", channels, size)(kernel)
  add(sum, "div", "sign", "=")
  const productCells = grids(sum, "products", channels, size)
  const says = add(box, "div", "says")
  const steps = add(box, "div", "steps")
  const moves = data.names.map((name, index) => {
    const step = add(steps, "div", "step")
    add(step, "strong", "", name)
    return framed(step, data.pictures[index], name)
  })

  const show = index => {
    const row = Math.floor(index / columns), column = index % columns
    const patch = kernel.map((_, place) => {
      const channel = Math.floor(place / (size * size)), inside = place % (size * size)
      const y = row * stride - pads[1] + Math.floor(inside / size), x = column * stride - pads[0] + (inside % size)
      return x < 0 || y < 0 || x >= width || y >= height ? 0 : image[(channel * height + y) * width + x]
    })
    patchCells(patch)
    productCells(patch.map((value, place) => value * kernel[place]))
    const [total, normalised, activated] = outputs.map(values => values[index].toFixed(3))
    says.textContent = `sum ${total}   →   normalised ${normalised}   →   ${data.names[2]} ${activated}`
    where.textContent = `Window ${(index + 1).toLocaleString("en")} of ${(rows * columns).toLocaleString("en")}: `
      + `row ${row}, column ${column}`
    for (const move of moves) move(column / columns, row / rows, 1 / columns, 1 / rows)
    window.dispatchEvent(new CustomEvent(MOVED, { detail: index }))
  }

  // By the clock, so that a busy browser leaves windows out and is not late.
  const began = performance.now()
  let shown = -1, told = began
  const at = () => (data.start + Math.floor((performance.now() - began) / EACH)) % (rows * columns)
  const step = () => {
    if (at() !== shown) show((shown = at()))
    if (performance.now() - told > TELL_EACH) {
      told = performance.now()
      tell(shown)
    }
    timer = requestAnimationFrame(step)
  }
  let timer = requestAnimationFrame(step)
  // Who is about to stop it finds the window where it was.
  const stopping = event => { if (event.target.closest?.(".st-key-lesson_play")) tell(shown) }
  for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, stopping, true)
  return () => {
    cancelAnimationFrame(timer)
    for (const kind of ["pointerdown", "keydown"]) document.removeEventListener(kind, stopping, true)
  }
}

export default function ({ data, parentElement, setStateValue }) {
  const box = parentElement.querySelector(".player")
  // What the server answers to a message must not begin the film anew.
  if (box.playing === data.id) return
  box.stop?.()
  box.playing = data.id
  box.replaceChildren()
  box.stop = data.mode === "input" ? follow(box, data) : play(box, data, index => setStateValue("window", index))
  const watch = setInterval(() => {
    if (box.isConnected) return
    box.stop()
    clearInterval(watch)
  }, 500)
}
