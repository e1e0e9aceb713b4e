// A picture on which one picks a place, or drags boxes. Positions are shares of width and height, 0 to 1.
const STEP = 0.02
const SMALLEST = 0.015 // a shorter drag is a slip of the hand, not a box
const PATIENCE = 1000 // milliseconds after which a box on its way is taken for lost

const HINTS = {
  point: "Click a place; with the keyboard: arrow keys, then Enter.",
  boxes: "Drag to draw a box; with the keyboard: arrow keys, Enter at two corners, Delete removes the last.",
}

const clip = value => Math.min(1, Math.max(0, value))
const percent = share => `${(share * 100).toFixed(3)}%`
const boxOf = (one, other) => ({
  left: Math.min(one.x, other.x), top: Math.min(one.y, other.y),
  right: Math.max(one.x, other.x), bottom: Math.max(one.y, other.y),
})

export default function (component) {
  const { data, parentElement, setStateValue } = component
  const find = name => parentElement.querySelector(name)
  const stage = find(".stage"), image = find("img"), marks = find(".marks"), cursor = find(".cursor")
  const clear = find(".clear")
  const draws = data.mode === "boxes"

  if (image.src !== data.picture) image.src = data.picture
  image.alt = data.alt
  image.className = data.crisp ? "crisp" : ""
  stage.setAttribute("aria-label", `${data.alt} ${HINTS[data.mode]}`)
  find(".hint").textContent = data.hint || HINTS[data.mode]

  // What the hand does outlasts a run of the page, which calls this function anew: the answer to a box that is still
  // being drawn must not end the drawing, nor bring an older box back.
  const hand = stage.hand ??= { corner: null, place: { x: 0.5, y: 0.5 }, drawn: null, sent: "", waits: 0 }
  if (data.point) hand.place = data.point
  let drawn = hand.drawn ?? data.drawn ?? []

  const addMark = (box, { dashed = false, remove = null } = {}) => {
    const mark = document.createElement("div")
    mark.className = dashed ? "mark dashed" : "mark"
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

  const isBox = box => box.right - box.left >= SMALLEST && box.bottom - box.top >= SMALLEST

  // One box at a time is under way: the next is sent when the page has answered.
  const follow = () => {
    if (!data.live || !hand.corner || performance.now() < hand.waits) return
    const box = boxOf(hand.corner, hand.place)
    const boxes = [...drawn, box].slice(-data.limit)
    if (!isBox(box) || JSON.stringify(boxes) === hand.sent) return
    hand.waits = performance.now() + PATIENCE
    send(boxes)
  }

  const redraw = () => {
    marks.replaceChildren()
    for (const box of data.boxes || []) addMark(box, { dashed: box.dashed })
    drawn.forEach((box, index) => addMark({ ...box, label: `${index + 1}` }, {
      remove: () => keep(drawn.filter((_, other) => other !== index)),
    }))
    if (hand.corner) addMark(boxOf(hand.corner, hand.place), { dashed: true })
    cursor.style.left = percent(hand.place.x)
    cursor.style.top = percent(hand.place.y)
    clear.hidden = !draws || drawn.length === 0
  }

  const finish = () => {
    const box = boxOf(hand.corner, hand.place)
    hand.corner = null
    keep(isBox(box) ? [...drawn, box].slice(-data.limit) : drawn)
  }

  const giveUp = () => {
    hand.corner = null
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

  stage.onpointerdown = event => {
    if (event.button !== 0) return
    hand.place = locate(event)
    if (!draws) return pick()
    stage.setPointerCapture(event.pointerId)
    cursor.hidden = true
    begin()
    redraw()
  }
  stage.onpointermove = event => {
    if (!draws || !hand.corner || !stage.hasPointerCapture(event.pointerId)) return
    hand.place = locate(event)
    redraw()
    follow()
  }
  stage.onpointerup = event => {
    if (draws && hand.corner && stage.hasPointerCapture(event.pointerId)) finish()
  }
  stage.onpointercancel = giveUp

  stage.onkeydown = event => {
    if (event.target !== stage) return
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
    if (event.key in moves) {
      const [x, y] = moves[event.key]
      hand.place = { x: clip(hand.place.x + x * STEP), y: clip(hand.place.y + y * STEP) }
      cursor.hidden = false
      redraw()
      follow()
    } else if (event.key === "Enter" || event.key === " ") {
      if (!draws) pick()
      else if (hand.corner) finish()
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
