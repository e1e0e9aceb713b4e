// The player: it plays, pauses, scrubs and steps through the film's scenes.
const films = new WeakMap()
const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches

const filmOf = data => {
  const photo = new Image()
  photo.src = data.photo
  const block = blockFilm(data, photo), network = networkFilm(data, photo), { scenes } = data
  const inside = scenes[0].chapter
  return {
    photo, scenes,
    draw(on, at) {
      const number = Math.min(scenes.length - 1, Math.floor(at)), scene = scenes[number]
      const share = still() && !on.video ? 1 : clip(at - number)
      on.clear()
      if (scene.chapter === inside) block.draw(on, scene, share)
      else network(on, scene, share, block.leaves)
      on.text(`${scene.chapter}: ${scene.title.toLowerCase()}`, on.W / 2, 1.5 * on.u, { bold: true, size: 1.15 })
    },
    // Seconds of playing to a place of the film.
    later(at, seconds) {
      while (seconds > 0 && at < scenes.length) {
        const scene = scenes[Math.floor(at)], left = (Math.floor(at) + 1 - at) * scene.seconds
        if (seconds < left) return at + seconds / scene.seconds
        seconds -= left
        at = Math.floor(at) + 1
      }
      return at
    },
  }
}

// Brings the film onto the screen, once more when what stands above it has been drawn too; who scrolls is left alone.
const reveal = root => {
  const scroll = () => root.scrollIntoView({ block: root.offsetHeight + 80 < innerHeight ? "nearest" : "start" })
  const later = [0, 250, 800, 1600].map(wait => setTimeout(scroll, wait)), leave = () => later.forEach(clearTimeout)
  for (const own of ["wheel", "touchstart", "keydown", "mousedown"]) addEventListener(own, leave, { once: true })
}

export default function (component) {
  const { data, parentElement } = component
  const before = films.get(parentElement)
  if (before?.key === data.key) return
  before?.stop()

  const find = name => parentElement.querySelector(name)
  const root = find(".film"), canvas = find("canvas"), time = find(".time")
  const play = find(".play"), words = find(".words"), save = find(".save")
  const film = filmOf(data), { scenes } = film
  const state = { key: data.key, at: 0, playing: false, last: 0, frame: 0, hold: 0, saving: null }
  films.set(parentElement, state)
  canvas.setAttribute("aria-label", data.title)
  time.max = scenes.length

  let on = null, look = null
  const size = () => {
    const ratio = window.devicePixelRatio || 1, style = getComputedStyle(root)
    const value = name => style.getPropertyValue(name).trim()
    const letters = parseFloat(style.fontSize), W = canvas.clientWidth, narrow = W < 36 * letters
    const high = Math.max(17 * letters, Math.min((narrow ? 1 : 0.46) * W, 0.47 * innerHeight))
    // Its steps are on the page's first screen, where the film begins high enough for that.
    const scrolled = document.querySelector("[data-testid='stMain']").scrollTop
    const below = find(".steps").getBoundingClientRect().bottom - canvas.getBoundingClientRect().bottom
    const room = innerHeight - scrolled - canvas.getBoundingClientRect().top - below - 4
    const H = room > 15 * letters ? Math.min(high, room) : high
    canvas.style.height = `${H}px`
    canvas.width = W * ratio
    canvas.height = H * ratio
    look = {
      ink: value("--st-text-color"), faint: value("--st-border-color"),
      ground: value("--st-background-color"), font: value("--st-font") || "sans-serif",
    }
    const context = canvas.getContext("2d")
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    on = drawingOn(context, W, H, W < 480 ? Math.max(11.5, 0.75 * letters) : Math.max(letters, W / 72), look)
  }

  let current = -1
  const draw = () => {
    film.draw(on, state.at)
    const number = Math.min(scenes.length - 1, Math.floor(state.at))
    time.value = state.at
    if (number === current) return
    current = number
    const scene = scenes[number]
    time.setAttribute("aria-valuetext", `${scene.title}, scene ${number + 1} of ${scenes.length}`)
    find(".where").textContent = `${number + 1} of ${scenes.length}`
    root.dataset.scene = scene.id
    words.textContent = scene.words
    buttons.forEach((button, index) => {
      if (index === number) button.setAttribute("aria-current", "step")
      else button.removeAttribute("aria-current")
    })
    const list = buttons[number].closest("ol"), button = buttons[number]
    if (list.scrollWidth > list.clientWidth) list.scrollLeft = button.offsetLeft - list.clientWidth / 2
  }

  const run = now => {
    if (!state.playing) return
    const passed = state.last ? Math.min(0.25, (now - state.last) / 1000) : 0
    state.last = now
    if (still()) {
      state.hold += passed
      if (state.hold >= scenes[Math.floor(state.at)].seconds) [state.hold, state.at] = [0, Math.floor(state.at) + 1]
    } else state.at = film.later(state.at, passed)
    if (state.at >= scenes.length) {
      state.at = scenes.length - 0.0001
      set(false)
    }
    draw()
    if (state.playing) state.frame = requestAnimationFrame(run)
  }
  const set = playing => {
    state.playing = playing
    state.last = 0
    play.textContent = playing ? "Pause" : "Play"
    words.setAttribute("aria-live", playing ? "off" : "polite")
    cancelAnimationFrame(state.frame)
    if (!playing) return
    if (state.at >= scenes.length - 0.001) state.at = 0
    state.frame = requestAnimationFrame(run)
  }
  const go = at => {
    set(false)
    state.at = Math.min(Math.max(0, at), scenes.length - 0.0001)
    draw()
  }

  const buttons = scenes.map((scene, index) => {
    const button = document.createElement("button")
    button.type = "button"
    button.textContent = scene.title
    if (scene.colour) button.style.borderBottomColor = scene.colour
    button.onclick = () => go(index + 0.999)
    return button
  })
  const chapters = [...new Set(scenes.map(scene => scene.chapter))].map(chapter => {
    const [part, title, list] = ["div", "span", "ol"].map(name => document.createElement(name))
    part.className = "chapter"
    title.textContent = chapter
    list.setAttribute("aria-label", chapter)
    list.append(...buttons.filter((_, index) => scenes[index].chapter === chapter).map(button => {
      const item = document.createElement("li")
      item.append(button)
      return item
    }))
    part.append(title, list)
    return part
  })
  find(".steps").replaceChildren(...chapters)
  find(".script ol").replaceChildren(...scenes.map(scene => {
    const item = document.createElement("li")
    item.textContent = `${scene.title}. ${scene.words}`
    return item
  }))

  play.onclick = () => set(!state.playing)
  time.oninput = () => go(Number(time.value))
  time.onkeydown = event => {
    const number = Math.floor(state.at), moves = {
      ArrowRight: state.at + 0.1, ArrowUp: state.at + 0.1, ArrowLeft: state.at - 0.1, ArrowDown: state.at - 0.1,
      PageDown: number + 1.999, PageUp: number - 0.001,
    }
    if (event.key === " ") set(!state.playing)
    else if (event.key in moves) go(moves[event.key])
    else return
    event.preventDefault()
  }
  const length = Math.round(scenes.reduce((sum, scene) => sum + scene.seconds, 0))
  const idle = () => { save.textContent = `Save as video (takes ${length} s)` }
  save.hidden = !videoType()
  save.onclick = async () => {
    if (state.saving) return state.saving.leave()
    set(false)
    state.saving = record(film, look, share => { save.textContent = `Stop saving (${Math.floor(100 * share)}% done)` })
    const file = await state.saving.file
    state.saving = null
    idle()
    if (!file) return
    const link = document.createElement("a")
    link.href = URL.createObjectURL(file)
    link.download = `${data.file}.${file.type.includes("mp4") ? "mp4" : "webm"}`
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 60000)
  }

  film.photo.onload = () => draw()
  size()
  draw()
  idle()
  const again = () => {
    if (!canvas.clientWidth) return
    size()
    draw()
  }
  root.ontransitionend = event => event.target === root && again()
  document.fonts.ready.then(again)
  const observer = new ResizeObserver(again)
  observer.observe(root)
  const stop = () => {
    cancelAnimationFrame(state.frame)
    observer.disconnect()
    state.saving?.leave()
  }
  state.stop = stop
  if (data.reveal) reveal(root)
  set(!still())
  return stop
}
