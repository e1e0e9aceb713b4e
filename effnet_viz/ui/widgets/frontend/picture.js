// A picture on which one picks a place, or drags boxes. Positions are shares of width and height, 0 to 1.
const STEP = 0.02
const SMALLEST = 0.015 // a shorter drag is a tap
const TAPPED = 0.3 // side of the box that a tap makes
const PATIENCE = 1000 // milliseconds after which a box on its way is taken for lost

const HINTS = {
  point: "Click a place.",
  boxes: "Tap or drag to draw a box, then drag the box.",
}
const KEYS = {
  point: "Arrow keys, then Enter.",
  boxes: "Arrow keys, Enter at two corners; Shift and arrow keys move the last box, Delete removes it.",
}

const clip = value => Math.min(1, Math.max(0, value))
const percent = share => `${(share * 100).toFixed(3)}%`
const boxOf = (one, other) => ({
  left: Math.min(one.x, other.x), top: Math.min(one.y, other.y),
  right: Math.max(one.x, other.x), bottom: Math.max(one.y, other.y),
})
const moved = (box, x, y) => {
  const across = Math.min(1 - box.right, Math.max(-box.left, x)), down = Math.min(1 - box.bottom, Math.max(-box.top, y))
  return { left: box.left + across, top: box.top + down, right: box.right + across, bottom: box.bottom + down }
}
const tapped = place => moved({ left: 0, top: 0, right: TAPPED, bottom: TAPPED }, place.x - TAPPED / 2, place.y - TAPPED / 2)
const isBox = box => box.right - box.left >= SMALLEST && box.bottom - box.top >= SMALLEST

export default function (component) {
  const { data, parentElement, setStateValue } = component
  const find = name => parentElement.querySelector(name)
  const stage = find(".stage"), image = find("img"), marks = find(".marks"), cursor = find(".cursor")
  const clear = find(".clear")
  const draws = data.mode === "boxes"

  if (image.getAttribute("src") !== data.picture) image.src = data.picture
  image.alt = data.alt
  image.className = data.crisp ? "crisp" : ""
  stage.classList.toggle("draws", draws)
  stage.setAttribute("aria-label", `${data.alt} ${KEYS[data.mode]}`)
  find(".hint").textContent = data.hint || HINTS[data.mode]
  find(".keys").textContent = KEYS[data.mode]

  // What the hand does outlasts a run of the page, which calls this function anew: the answer to a box that is still
  // being drawn must not end the drawing, nor bring an older box back.
  const hand = stage.hand ??= { corner: null, moves: null, place: { x: 0.5, y: 0.5 }, drawn: null, sent: "", waits: 0 }
  if (data.point) hand.place = data.point
  let drawn = hand.drawn ?? data.drawn ?? []

  const addMark = (box, { dashed = false, remove = null, blurred = false } = {}) => {
    const mark = document.createElement("div")
    mark.className = ["mark", dashed && "dashed", remove && "held"].filter(Boolean).join(" ")
    if (blurred && data.blur) mark.style.backdropFilter = `blur(${data.blur * stage.clientWidth}px)`
    mark.style.left = percent(box.left)
    mark.style.top = percent(box.top)
    mark.style.width = percent(box.right - box.left)
    mark.style.height = percent(box.bottom - box.top)
    if (box.label) {
      const label = document.createElement("span")
      label.textContent = box.label
      mark.append(label)
    }
    if (remove) {
      const button = document.createElement("button")
      button.type = "button"
      button.textContent = "×"
      button.setAttribute("aria-label", "Remove this box")
      button.onpointerdown = event => event.stopPropagation()
      button.onclick = event => { event.stopPropagation(); remove() }
      mark.append(button)
    }
    marks.append(mark)
  }

  const send = boxes => {
    hand.sent = JSON.stringify(boxes)
    setStateValue("boxes", boxes)
  }

  const keep = boxes => {
    hand.drawn = drawn = boxes
    if (JSON.stringify(boxes) !== hand.sent) send(boxes)
    redraw()
  }

  const begin = () => {
    hand.corner = hand.place
    hand.drawn = drawn
    hand.sent = JSON.stringify(drawn)
  }

  // The boxes with what the hand is doing now: drawing a new one, or moving one that is there.
  const underway = () => {
    if (hand.moves) {
      const { index, from, box } = hand.moves
      return drawn.with(index, moved(box, hand.place.x - from.x, hand.place.y - from.y))
    }
    const box = hand.corner && boxOf(hand.corner, hand.place)
    return box && isBox(box) ? [...drawn, box].slice(-data.limit) : drawn
  }

  // One answer at a time is under way: the next boxes are sent when the page has answered.
  const follow = () => {
    if (!data.live || !(hand.corner || hand.moves) || performance.now() < hand.waits) return
    const boxes = underway()
    if (JSON.stringify(boxes) === hand.sent) return
    hand.waits = performance.now() + PATIENCE
    send(boxes)
  }

  const redraw = () => {
    marks.replaceChildren()
    for (const box of data.boxes || []) addMark(box, { dashed: box.dashed })
    const shown = hand.moves ? underway() : hand.corner && data.limit === 1 ? [] : drawn
    shown.forEach((box, index) => addMark({ ...box, label: data.limit > 1 && `${index + 1}` }, {
      blurred: true,
      remove: () => keep(drawn.filter((_, other) => other !== index)),
    }))
    if (hand.corner) addMark(boxOf(hand.corner, hand.place), { dashed: true, blurred: true })
    cursor.style.left = percent(hand.place.x)
    cursor.style.top = percent(hand.place.y)
    clear.textContent = data.limit === 1 ? "Remove the box" : "Remove all boxes"
    clear.hidden = !draws
    clear.style.visibility = drawn.length ? "" : "hidden" // it keeps its place: what is below must not move
  }

  const finish = tap => {
    const small = hand.corner && !isBox(boxOf(hand.corner, hand.place))
    const boxes = small && tap ? [...drawn, tapped(hand.place)].slice(-data.limit) : underway()
    hand.corner = hand.moves = null
    keep(boxes)
  }

  const giveUp = () => {
    hand.corner = hand.moves = null
    keep(drawn)
  }

  const locate = event => {
    const frame = stage.getBoundingClientRect()
    return { x: clip((event.clientX - frame.left) / frame.width), y: clip((event.clientY - frame.top) / frame.height) }
  }

  const pick = () => {
    cursor.hidden = false
    redraw()
    setStateValue("point", hand.place)
  }

  const boxAt = place => drawn.findLastIndex(box =>
    place.x > box.left && place.x < box.right && place.y > box.top && place.y < box.bottom)

  // A place is picked by a click, not at once: a finger that scrolls the page begins on the picture too.
  stage.onclick = event => {
    if (draws) return
    hand.place = locate(event)
    pick()
  }
  stage.onpointerdown = event => {
    if (event.button !== 0 || !draws) return
    hand.place = locate(event)
    stage.setPointerCapture(event.pointerId)
    cursor.hidden = true
    const index = boxAt(hand.place)
    begin()
    if (index >= 0) {
      hand.corner = null
      hand.moves = { index, from: hand.place, box: drawn[index] }
    }
    redraw()
  }
  stage.onpointermove = event => {
    if (!draws || !stage.hasPointerCapture(event.pointerId)) return
    hand.place = locate(event)
    redraw()
    follow()
  }
  stage.onpointerup = event => {
    if (draws && stage.hasPointerCapture(event.pointerId) && (hand.corner || hand.moves)) finish(true)
  }
  stage.onpointercancel = giveUp

  stage.onkeydown = event => {
    if (event.target !== stage) return
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
    if (event.key in moves) {
      const [x, y] = moves[event.key].map(step => step * STEP)
      if (event.shiftKey && draws) {
        if (drawn.length && !hand.corner) keep(drawn.with(-1, moved(drawn.at(-1), x, y)))
        return event.preventDefault()
      }
      hand.place = { x: clip(hand.place.x + x), y: clip(hand.place.y + y) }
      cursor.hidden = false
      redraw()
      follow()
    } else if (event.key === "Enter" || event.key === " ") {
      if (!draws) pick()
      else if (hand.corner) finish(false)
      else { begin(); cursor.hidden = false; redraw() }
    } else if (event.key === "Escape" && hand.corner) {
      giveUp()
    } else if (draws && (event.key === "Delete" || event.key === "Backspace")) {
      keep(drawn.slice(0, -1))
    } else return
    event.preventDefault()
  }

  clear.onclick = () => keep([])
  if (!draws) cursor.hidden = !data.point
  hand.waits = 0
  redraw()
  follow()
}
