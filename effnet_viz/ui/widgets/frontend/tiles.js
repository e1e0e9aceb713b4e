// Many small pictures cut from one sheet, each a button. Arrow keys walk, Enter picks.
const GAP = 8 // pixels between two tiles, as in the style
const NARROW = 90 // pixels of a tile in which two words do not stand beside each other

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const box = parentElement.querySelector(".tiles")

  const make = (tile, index) => {
    const button = document.createElement("button")
    button.type = "button"
    button.className = data.still ? "tile still" : "tile"
    button.title = tile.title || ""
    button.setAttribute("aria-label", [tile.label, tile.note, tile.title].filter(Boolean).join(", "))
    const canvas = document.createElement("canvas")
    canvas.width = tile.place.width
    canvas.height = tile.place.height
    canvas.className = data.smooth ? "smooth" : ""
    button.append(canvas)
    if (tile.colour) {
      const band = document.createElement("div")
      band.className = "band"
      band.style.background = tile.colour
      button.append(band)
    }
    for (const part of ["label", "note"]) {
      if (!tile[part]) continue
      const text = document.createElement("span")
      text.className = part
      text.textContent = tile[part]
      button.append(text)
    }
    if (!data.still) button.onclick = () => setTriggerValue("picked", index)
    return button
  }

  const buttons = data.tiles.map(make)

  const start = data.chosen ?? 0
  const perRow = () => {
    const top = buttons[0].offsetTop
    const found = buttons.findIndex(button => button.offsetTop !== top)
    return found < 0 ? buttons.length : found
  }
  const walk = event => {
    const here = buttons.indexOf(event.target)
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -perRow(), ArrowDown: perRow() }[event.key]
    const next = buttons[here + step]
    if (here < 0 || !step || !next) return
    event.preventDefault()
    next.focus()
  }

  // As many in a row that rows are full and of one length, where that can be.
  const fill = () => {
    const count = data.tiles.length, width = box.clientWidth + GAP
    const most = Math.max(1, Math.floor(width / (data.side + GAP)))
    let columns = count
    if (width / count - GAP < data.side * 2 / 3) {
      const rows = Math.ceil(count / Math.min(most, count))
      columns = [most, most - 1].find(some => some > 1 && count % some === 0) ?? Math.ceil(count / rows)
    }
    box.classList.toggle("narrow", width / columns < NARROW)
    box.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`
  }

  const show = () => {
    box.className = ["tiles", data.row && "row", data.filled && "filled"].filter(Boolean).join(" ")
    box.setAttribute("aria-label", data.alt)
    box.style.setProperty("--tile", `${data.side / 16}rem`)
    const focused = [...box.children].indexOf(parentElement.activeElement)
    const scrolled = box.scrollLeft
    box.replaceChildren(...buttons)
    box.scrollLeft = scrolled
    // One stop of the Tab key for all tiles; arrow keys go from tile to tile.
    buttons.forEach((button, index) => {
      button.tabIndex = index === start ? 0 : -1
      if (!data.still) button.setAttribute("aria-pressed", String(index === data.chosen))
    })
    box.onkeydown = walk
    if (focused >= 0 && buttons[focused]) buttons[focused].focus()
    if (data.row && buttons[start] && box.dataset.sheet !== data.sheet) {
      box.scrollLeft = Math.max(0, buttons[start].offsetLeft - box.offsetLeft - box.clientWidth / 2)
    }
    box.dataset.sheet = data.sheet
    box.filling?.disconnect()
    if (data.filled) {
      box.filling = new ResizeObserver(fill)
      box.filling.observe(box)
      fill()
    }
  }

  const draw = () => data.tiles.forEach((tile, index) => {
    const context = buttons[index].querySelector("canvas").getContext("2d")
    const { x, y, width, height } = tile.place
    context.drawImage(sheet, x, y, width, height, 0, 0, width, height)
  })

  // The first sheet fills tiles that are there already; a later one is fetched before it takes the place of the one
  // before, so that nothing blinks and pictures and words change together.
  const before = box.sheet, first = !before
  const failed = before?.complete && !before.naturalWidth
  const sheet = before?.getAttribute("src") === data.sheet && !failed ? before : new Image()
  if (before && before !== sheet) before.onload = before.onerror = null
  box.sheet = sheet
  const loaded = () => { show(); draw() }
  sheet.onload = first ? draw : loaded
  sheet.onerror = first ? null : show
  if (first) show()
  if (!sheet.src) sheet.src = data.sheet
  else if (sheet.complete) loaded()
}
