// A drawing whose parts can be chosen. Of several layouts it shows the widest that fits. Arrow keys walk, Enter picks.
const watched = new WeakMap()
const SMALLEST = 11 // pixels, of the words in a drawing that scrolls
const SMALLEST_ON_STAGE = 18 // pixels, of the words in the projector view
const WIDEST_BESIDE = 0.5 // of the window, a card beside a click: the blocks on the other side can still be clicked

const smallest = svg => Math.min(...[...svg.matchAll(/font-size="([\d.]+)"/g)].map(found => Number(found[1])))

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const frame = parentElement.querySelector(".frame")
  const drawing = frame.querySelector(".drawing")
  const card = frame.querySelector(".card")
  frame.classList.toggle("pick", data.pick)

  const parts = () => [...drawing.querySelectorAll("[data-block]")]

  const show = part => {
    const words = data.cards[part.dataset.block]
    if (!words) return
    const title = document.createElement("strong")
    title.textContent = words.title
    const list = document.createElement("dl")
    for (const row of words.rows) {
      for (const [index, name] of ["dt", "dd"].entries()) {
        const cell = document.createElement(name)
        cell.textContent = row[index]
        list.append(cell)
      }
    }
    card.replaceChildren(title, list)
    card.hidden = false
    const box = (part.querySelector(".box") ?? part).getBoundingClientRect()
    const around = frame.getBoundingClientRect()
    const left = box.left - around.left + box.width / 2 - card.offsetWidth / 2
    card.style.left = `${Math.max(0, Math.min(left, around.width - card.offsetWidth))}px`
    const below = box.bottom - around.top + 12
    const above = box.top - around.top - card.offsetHeight - 12
    card.style.top = `${window.innerHeight - box.bottom > card.offsetHeight + 24 ? below : Math.max(above, 0)}px`
  }
  const hide = () => { card.hidden = true }

  const mark = () => {
    const all = parts()
    const start = Math.max(0, all.findIndex(part => data.chosen.includes(part.dataset.block)))
    all.forEach((part, index) => {
      // One stop of the Tab key for the whole drawing.
      part.setAttribute("tabindex", index === start ? "0" : "-1")
      if (data.pick) part.setAttribute("aria-pressed", String(data.chosen.includes(part.dataset.block)))
    })
  }

  const fit = () => {
    const width = frame.clientWidth
    if (!width) return
    const needs = layout => onStage() ? layout.width * SMALLEST_ON_STAGE / smallest(layout.svg) : layout.width
    const layout = data.layouts.findLast(layout => needs(layout) <= width + 1) ?? data.layouts[0]
    if (drawing.shown !== layout.svg) {
      const focused = parentElement.activeElement?.dataset?.block
      drawing.innerHTML = layout.svg
      drawing.shown = layout.svg
      hide()
      if (focused) parts().find(part => part.dataset.block === focused)?.focus()
    }
    readable(layout.width > width + 1 || onStage() ? layout.width : 0)
    mark()
  }

  // Where words would be too small, as on a phone, the drawing is a strip that scrolls, with words one can read.
  const readable = width => {
    const svg = drawing.querySelector("svg")
    const least = onStage() ? SMALLEST_ON_STAGE : SMALLEST
    svg.style.minWidth = width ? `${Math.ceil(width * least / smallest(drawing.shown))}px` : ""
    // Where nothing in it can be reached by the keyboard, it is itself reached, to be scrolled.
    if (drawing.scrollWidth > drawing.clientWidth && !parts().length) drawing.tabIndex = 0
    else drawing.removeAttribute("tabindex")
    const chosen = width && parts().find(part => data.chosen.includes(part.dataset.block))
    if (!chosen || drawing.centred === chosen.dataset.block) return
    drawing.centred = chosen.dataset.block
    const box = chosen.getBoundingClientRect()
    drawing.scrollLeft += box.left + box.width / 2 - drawing.getBoundingClientRect().left - drawing.clientWidth / 2
  }

  const onStage = () => getComputedStyle(frame).getPropertyValue("--stage").trim() === "1"
  const root = document.documentElement
  // In the projector view the card lies beside the block, on the side that has more room, until it is closed.
  const beside = part => {
    const box = (part.querySelector(".box") ?? part).getBoundingClientRect()
    const onRight = box.left + box.width / 2 < window.innerWidth / 2
    const room = onRight ? window.innerWidth - box.right : box.left
    const width = Math.min(room - 24, window.innerWidth * WIDEST_BESIDE)
    root.style.setProperty("--beside-width", `${width}px`)
    root.style.setProperty("--beside-left", `${onRight ? box.right + 12 : box.left - 12 - width}px`)
    root.dataset.beside = data.opens
    closing().focus()
  }
  const closing = () => {
    const there = document.querySelector("body > .effnet-close-beside")
    if (there) return there
    const button = document.createElement("button")
    button.className = "effnet-close-beside"
    button.type = "button"
    button.textContent = "×"
    button.title = "Close the card (Escape)"
    button.setAttribute("aria-label", "Close the card")
    button.onclick = putAway
    button.onkeydown = event => { if (event.key === "Escape") putAway() }
    document.body.append(button)
    return button
  }
  const putAway = () => {
    delete root.dataset.beside
    document.querySelector("body > .effnet-close-beside")?.remove()
  }

  const partOf = event => event.target.closest?.("[data-block]")
  const pick = part => {
    if (!data.pick) return
    setTriggerValue("picked", part.dataset.block)
    if (!data.opens) return
    if (onStage()) beside(part)
    else reveal(`.st-key-${data.opens}`, performance.now() + 4000)
  }
  // What a click opens is on the screen: its head comes to the middle, below the picture that was clicked.
  const reveal = (place, until) => {
    const opened = document.querySelector(place)
    const scroller = document.querySelector("[data-testid='stMain']")
    if (opened && scroller) {
      const below = opened.getBoundingClientRect().top - window.innerHeight * 0.5
      if (below > 0) scroller.scrollBy({ top: below })
    }
    // The card may come, or move, with the run of the page that the click began.
    if (performance.now() < until) setTimeout(() => reveal(place, until), opened ? 250 : 60)
  }
  drawing.onclick = event => { const part = partOf(event); if (part) pick(part) }
  drawing.onpointerover = event => { const part = partOf(event); if (part) show(part); else hide() }
  drawing.onpointerleave = hide
  const focused = event => { if (event.target.matches(":focus-visible")) show(event.target) }
  drawing.onkeydown = event => {
    const all = parts()
    const here = all.indexOf(partOf(event))
    if (here < 0) return
    const to = { ArrowLeft: here - 1, ArrowRight: here + 1, Home: 0, End: all.length - 1 }[event.key]
    if (event.key === "Enter" || event.key === " ") pick(all[here])
    else if (event.key === "Escape") { hide(); putAway() }
    else if (to === undefined) return
    else if (all[to]) {
      all[here].setAttribute("tabindex", "-1")
      all[to].setAttribute("tabindex", "0")
      all[to].focus()
    }
    event.preventDefault()
  }

  fit()
  // Runs again with every change of the data: what was listening for the last one stops.
  watched.get(parentElement)?.abort()
  const listening = new AbortController()
  watched.set(parentElement, listening)
  drawing.addEventListener("focusin", focused, { signal: listening.signal })
  drawing.addEventListener("focusout", hide, { signal: listening.signal })
  const observer = new ResizeObserver(fit)
  observer.observe(frame)
  listening.signal.addEventListener("abort", () => observer.disconnect())
  return () => {
    listening.abort()
    // Where the page with the diagram is left, its card is, too.
    setTimeout(() => { if (!frame.isConnected && data.opens) putAway() }, 500)
  }
}
