// Photos as points: small pictures where there is room, dots elsewhere. The pointer or the arrow keys choose the nearest
// one, which is shown large; a click or Enter picks it.
const SMALL = 44, DOT = 4, EDGE = 30, REACH = 40

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const box = parentElement.querySelector(".points")
  const [plane, large] = box.querySelectorAll("canvas")
  const card = box.querySelector(".card")
  plane.setAttribute("aria-label", data.alt)

  const sheet = box.sheet?.getAttribute("src") === data.sheet ? box.sheet : new Image() // fetched once
  box.sheet = sheet
  let chosen = -1
  const places = () => {
    const width = plane.clientWidth, height = plane.clientHeight
    return data.points.map(point => [EDGE + point.x * (width - 2 * EDGE), height - EDGE - point.y * (height - 2 * EDGE)])
  }

  const draw = () => {
    const density = window.devicePixelRatio || 1
    const width = box.clientWidth, height = Math.round(Math.min(Math.max(width * 0.6, 320), 560))
    plane.style.height = `${height}px`
    plane.width = width * density
    plane.height = height * density
    const context = plane.getContext("2d")
    context.scale(density, density)
    const at = places(), side = Math.min(SMALL, width / 10)
    data.points.forEach((point, index) => {
      if (point.place) return
      context.fillStyle = point.colour
      context.globalAlpha = 0.8
      context.beginPath()
      context.arc(...at[index], DOT, 0, 2 * Math.PI)
      context.fill()
    })
    context.globalAlpha = 1
    const picture = (index, size) => {
      const { place, colour } = data.points[index]
      const [x, y] = [at[index][0] - size / 2, at[index][1] - size / 2]
      context.fillStyle = colour
      context.fillRect(x - 3, y - 3, size + 6, size + 6)
      if (place && sheet.complete) context.drawImage(sheet, place.x, place.y, place.width, place.height, x, y, size, size)
    }
    data.points.forEach((point, index) => { if (point.place) picture(index, side) })
    if (chosen >= 0) picture(chosen, data.points[chosen].place ? side * 1.3 : 10)
  }

  const show = index => {
    chosen = index
    draw()
    card.hidden = index < 0
    if (index < 0) return
    const point = data.points[index], [x, y] = places()[index]
    card.querySelector("p").textContent = point.title
    large.hidden = !point.place
    if (point.place) {
      large.width = point.place.width
      large.height = point.place.height
      const { x: left, y: top, width, height } = point.place
      large.getContext("2d").drawImage(sheet, left, top, width, height, 0, 0, width, height)
    }
    const right = x < plane.clientWidth / 2
    card.style.left = right ? `${x + REACH}px` : `${Math.max(0, x - REACH - card.offsetWidth)}px`
    card.style.top = `${Math.max(0, Math.min(y - card.offsetHeight / 2, plane.clientHeight - card.offsetHeight))}px`
  }

  const nearest = (x, y, fits) => {
    let best = -1, distance = Infinity
    places().forEach(([px, py], index) => {
      const far = (px - x) ** 2 + (py - y) ** 2
      if (far < distance && fits(px - x, py - y)) { best = index; distance = far }
    })
    return best
  }
  const under = event => {
    const edge = plane.getBoundingClientRect()
    return nearest(event.clientX - edge.left, event.clientY - edge.top, (dx, dy) => Math.hypot(dx, dy) < REACH)
  }

  plane.onpointermove = event => { const index = under(event); if (index !== chosen) show(index) }
  plane.onpointerleave = () => show(-1)
  plane.onclick = event => { const index = under(event); if (index >= 0) setTriggerValue("picked", index) }
  plane.onblur = () => show(-1)
  plane.onkeydown = event => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key]
    if (step) {
      event.preventDefault()
      const [x, y] = chosen < 0 ? [plane.clientWidth / 2, plane.clientHeight / 2] : places()[chosen]
      const next = nearest(x, y, (dx, dy) => {
        const along = dx * step[0] + dy * step[1]
        return chosen < 0 || (along > 0 && along >= Math.abs(dx * step[1]) + Math.abs(dy * step[0]))
      })
      if (next >= 0) show(next)
    } else if (event.key === "Enter" && chosen >= 0) {
      setTriggerValue("picked", chosen)
    }
  }

  sheet.onload = draw
  if (!sheet.src) sheet.src = data.sheet
  const observer = new ResizeObserver(draw)
  observer.observe(box)
  draw()
  return () => observer.disconnect()
}
