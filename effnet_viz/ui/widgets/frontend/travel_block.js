// The first part of the film: a patch of the photo inside one block, operation after operation.
const SLIDE = 0.18 // share of a scene in which what was the result moves to where the next step begins

const blockFilm = (data, photo) => {
  const { order, moments, window: filter, gates, patch } = data.block
  const maps = {}, bars = {}
  for (const step of order) {
    const moment = moments[step], strengths = bytesOf(moment.strengths)
    maps[step] = picturesOf(moment, data.colours)
    bars[step] = pictureOf(strengths, strengths.length, 1, data.colours)
  }
  const widest = Math.max(...order.map(step => moments[step].shape[0]))
  const shapeOf = step => {
    const [channels, rows, columns] = moments[step].shape
    return `${rows}×${columns} × ${channels.toLocaleString("en")}`
  }
  const stepBefore = id => order[order.indexOf(id === "squeeze" || id === "gates" ? "se" : id) - 1]

  const places = on => {
    const { W, H, u } = on, river = 6.4 * u, top = 2.4 * u, h = H - river - top - 1.6 * u
    const side = on.narrow ? 0.4 : 0.33
    return {
      top, h, river: H - river, foot: top + h + 1.05 * u,
      left: { x: 0.02 * W, y: top, w: side * W, h },
      right: { x: (0.98 - side) * W, y: top, w: side * W, h },
      middle: { x: (0.03 + side) * W, y: top, w: (0.94 - 2 * side) * W, h },
    }
  }
  const group = (on, step, box, { alpha = () => 1, share = () => 1, edge = () => 1, at = null } = {}) => {
    const spots = at ?? on.grid(maps[step].length, box)
    maps[step].forEach((picture, index) => {
      const spot = spots[index], grown = edge(index), inset = spot.edge * (1 - grown) / 2
      const shown = { x: spot.x + inset, y: spot.y + inset, edge: spot.edge * grown }
      const gate = step === "se" ? gates[index] : 1 // a map behind its gate is as dark as the gate is closed
      if (gate < 1) on.rect(shown.x, shown.y, shown.edge, shown.edge, "#000000", alpha(index))
      on.tile(picture, shown, { alpha: alpha(index) * gate, share: share(index) })
      on.under(moments[step].channels[index], spot, { alpha: alpha(index) })
    })
    return spots
  }
  const patchOn = (on, at, high = at.edge) => {
    const { context } = on, side = Math.max(5, patch.side * high)
    context.strokeStyle = FRAME
    context.lineWidth = Math.max(2, on.u / 6)
    const spot = { x: at.x + patch.left * high, y: at.y + patch.top * high, edge: side }
    context.strokeRect(spot.x, spot.y, side, side)
    return spot
  }

  // The block to scale: a bar for each moment, as long as it has channels, lit where channels are strong.
  const river = (on, at, position) => {
    const { W, H, u } = on, base = H - 1.5 * u, tall = 3.6 * u, last = order.length - 1, wide = 0.9 * u
    const x = index => mix(0.06, 0.94, index / last) * W
    const high = index => Math.max(2, tall * moments[order[index]].shape[0] / widest)
    const middle = base - tall / 2
    const edge = index => [middle - high(index) / 2, middle + high(index) / 2]
    for (let index = 0; index < last; index++) {
      const colour = data.scenes.find(scene => scene.id === order[index + 1]).colour || on.look.ink
      const [top, bottom] = edge(index), [nextTop, nextBottom] = edge(index + 1)
      const from = x(index) + wide / 2, to = x(index + 1) - wide / 2
      const flow = share => [[from, top], [mix(from, to, share), mix(top, nextTop, share)],
                             [mix(from, to, share), mix(bottom, nextBottom, share)], [from, bottom]]
      on.polygon(flow(1), colour, 0.13)
      on.polygon(flow(clip(position - index)), colour, 0.4)
    }
    if (data.block.residual) {
      const { context } = on
      on.styled(position > last - 1 ? 1 : 0.35, () => {
        context.strokeStyle = on.look.ink
        context.lineWidth = 1.5
        context.beginPath()
        context.moveTo(x(0), edge(0)[0] - 3)
        context.bezierCurveTo(x(0), base - tall - 1.3 * u, x(last), base - tall - 1.3 * u, x(last), edge(last)[0] - 3)
        context.stroke()
      })
    }
    order.forEach((step, index) => {
      const [top] = edge(index), there = position >= index - 0.02
      on.context.imageSmoothingEnabled = true
      on.styled(there ? 1 : 0.25, () => on.context.drawImage(bars[step], x(index) - wide / 2, top, wide, high(index)))
      on.text(moments[step].shape[0].toLocaleString("en"), x(index), H - 0.35 * u, { alpha: there ? 1 : 0.5 })
    })
  }

  // Every new map gathers from all maps before it, one new map after the other.
  const gather = (on, at, scene, from, share, box) => {
    const to = scene.id, count = maps[to].length, weights = moments[to].weights
    const shown = index => ease(clip(share * (count + 1) - index))
    const sources = on.grid(maps[from].length, box), targets = on.grid(count, at.right)
    const most = weights ? Math.max(...weights.flat().map(Math.abs)) || 1 : 1
    targets.forEach((target, index) => sources.forEach((source, nth) => {
      const weight = weights?.[index][nth] ?? 0
      on.thread(source, target, weights ? (weight < 0 ? NEGATIVE : POSITIVE) : scene.colour || on.look.ink, {
        alpha: 0.85, share: shown(index), width: weights ? 0.5 + on.u / 3 * Math.abs(weight) / most : 1.5,
      })
    }))
    group(on, from, box)
    group(on, to, at.right, { alpha: shown, edge: index => mix(0.4, 1, shown(index)) })
  }

  const numbers = (on, values, spot, { maps: coloured = false } = {}) => {
    const { context, u } = on, count = values.length, cell = spot.edge / count
    const flat = values.flat(), low = Math.min(...flat), high = Math.max(...flat)
    const most = Math.max(high, -low) || 1
    values.forEach((row, down) => row.forEach((value, right) => {
      const x = spot.x + right * cell, y = spot.y + down * cell
      const step = 3 * Math.round(255 * (value - low) / Math.max(high - low, 1e-9))
      const colour = coloured ? `rgb(${data.colours.slice(step, step + 3)})` : value < 0 ? NEGATIVE : POSITIVE
      on.rect(x, y, cell - 1, cell - 1, colour, coloured ? 1 : 0.8 * Math.abs(value) / most)
      if (cell > 2.7 * u) {
        const ink = !coloured ? on.look.ink : step < 333 ? "#FFFFFF" : "#000000" // 4.5:1 on every cell
        on.text(value.toFixed(2), x + cell / 2, y + cell / 2 + u / 3, { colour: ink })
      }
    }))
    context.strokeStyle = coloured ? FRAME : on.look.faint
    context.lineWidth = coloured ? 2.5 : 1
    context.strokeRect(spot.x - 1, spot.y - 1, spot.edge + 1, spot.edge + 1)
  }

  // One filter slides over each map alone; its result grows cell by cell. In the end it stands where the words are of.
  const slide = (on, at, scene, from, share, box) => {
    const { u } = on, { kernel, stride, before, read } = filter
    const [, fromRows] = moments[from].shape, [, rows, columns] = moments[scene.id].shape
    const run = clip(share / 0.75), done = share >= 0.75
    const cell = Math.min(rows * columns - 1, Math.floor(run * rows * columns))
    const [down, right] = done ? [filter.row, filter.column] : [Math.floor(cell / columns), cell % columns]
    const sources = group(on, from, box), results = group(on, scene.id, at.right, { share: () => run })
    const framed = (spot, row, column, size, cells) => {
      on.context.strokeStyle = FRAME
      on.context.lineWidth = Math.max(2, u / 6)
      const edge = Math.max(5, size / cells * spot.edge)
      const frame = { x: spot.x + column / cells * spot.edge, y: spot.y + row / cells * spot.edge, edge }
      on.context.strokeRect(frame.x, frame.y, edge, edge)
      return frame
    }
    const same = moments[scene.id].channels.map(channel => moments[from].channels.indexOf(channel))
    let eye = null, cellAt = null
    results.forEach((spot, index) => {
      if (done && index) return
      const source = sources[same[index]]
      const here = source && framed(source, down * stride - before, right * stride - before, kernel.length, fromRows)
      const there = framed(spot, down, right, 1, rows)
      if (!index) [eye, cellAt] = [here, there]
    })
    // What is read and the filter: beside each other or one over the other, whichever makes them larger.
    const { middle, top, h } = at, count = done ? 2 : 1, words = 1.6 * u
    const flat = Math.min((middle.w - (count - 1) * 1.6 * u) / count, h - 2 * words)
    const high = Math.min(0.96 * middle.w, h / count - words - 0.4 * u)
    const row = flat > high, edge = Math.min(row ? flat : high, 11 * u)
    const pitch = row ? edge + 1.6 * u : edge + words, long = count * pitch - (row ? 1.6 * u : 0)
    const spots = Array.from({ length: count }, (_, index) => ({
      x: middle.x + (row ? (middle.w - long) / 2 + index * pitch : (middle.w - edge) / 2),
      y: top + (row ? (h - edge) / 2 : (h - long) / 2 + index * pitch), edge,
    }))
    const last = spots[count - 1]
    if (done) {
      if (eye) on.thread(eye, spots[0], FRAME, { alpha: 0.9 })
      numbers(on, read, spots[0], { maps: true })
      if (row) on.text("×", (spots[0].x + edge + last.x) / 2, last.y + edge / 2 + u / 2, { bold: true, size: 1.5 })
      else on.text("×", last.x + edge / 2, last.y - 0.35 * u, { bold: true, size: 1.5 })
      on.thread(last, cellAt, FRAME, { alpha: 0.9 })
    }
    numbers(on, kernel, last)
    const result = `${on.narrow ? "=" : "summed, shifted, activated:"} ${figures(filter.value)}`
    const said = done ? result : `filter of channel ${moments[scene.id].channels[0]}`
    on.text(said, middle.x + middle.w / 2, last.y + edge + 1.3 * u, { bold: done, most: middle.w + 2 * u })
  }

  const { meansAndGates, weigh } = gateScenes(data, maps, group)
  const plus = (on, at, from, share) => {
    const { W, H, u } = on, came = during(share, 0.1, 0.5), sum = during(share, 0.5, 0.95)
    const third = nth => ({ x: (0.02 + nth * 0.335) * W, y: at.top, w: 0.29 * W, h: at.h })
    const right = on.grid(maps[from].length, at.right), middle = on.grid(maps[from].length, third(1))
    const entering = on.grid(maps.input.length, third(0))
      .map(spot => between({ x: 0.06 * W, y: H - 4 * u, edge: u }, spot, came))
    group(on, from, null, { at: right.map((spot, index) => between(spot, middle[index], during(share, 0, SLIDE))) })
    group(on, "input", null, { at: entering, alpha: () => came })
    const targets = group(on, "output", third(2), { alpha: () => sum, edge: () => mix(0.6, 1, sum) })
    const y = at.top + at.h / 2
    on.text("+", 0.333 * W, y, { bold: true, size: 2.2, alpha: came })
    on.text("=", 0.668 * W, y, { bold: true, size: 2.2, alpha: sum })
    return targets
  }
  const opening = (on, at, share) => {
    const { context } = on, edge = Math.min(at.left.w, at.h)
    const frame = { x: at.left.x + (at.left.w - edge) / 2, y: at.top + (at.h - edge) / 2, edge }
    const came = index => during(share, 0.35 + 0.1 * index, 0.65 + 0.1 * index)
    const spots = on.grid(maps.input.length, at.right)
    if (photo.complete && photo.naturalWidth) context.drawImage(photo, frame.x, frame.y, edge, edge)
    const eye = patchOn(on, frame)
    spots.forEach((spot, index) => on.thread(eye, spot, FRAME, { share: came(index), alpha: 0.7 }))
    group(on, "input", at.right, { alpha: came, edge: index => mix(0.4, 1, came(index)) })
    spots.forEach((spot, index) => on.styled(came(index), () => patchOn(on, spot)))
    on.text("what the network saw", frame.x + edge / 2, at.foot, { most: at.left.w })
  }

  return {
    // Where the last scene leaves its maps, and which: the whole network begins there.
    leaves: on => ({ pictures: maps[order.at(-1)], places: on.grid(maps[order.at(-1)].length, data.block.residual
      ? { x: 0.69 * on.W, y: places(on).top, w: 0.29 * on.W, h: places(on).h } : places(on).right) }),
    draw(on, scene, share) {
      const at = places(on), from = stepBefore(scene.id)
      const slid = ease(clip(share / SLIDE)), part = clip((share - SLIDE) / (1 - SLIDE) * 1.12)
      const box = { ...at.left, x: mix(at.right.x, at.left.x, slid) }
      const first = scene.id === "input", se = order.indexOf("se")
      const within = { squeeze: se - 1 + share * 0.3, gates: se - 0.7 + share * 0.3, se: se - 0.4 + share * 0.4 }
      const position = first ? 0 : within[scene.id] ?? order.indexOf(scene.id) - 1 + part
      river(on, at, position)
      if (first) opening(on, at, share)
      else if (scene.id === "depthwise") slide(on, at, scene, from, part, box)
      else if (scene.id === "squeeze" || scene.id === "gates") meansAndGates(on, at, scene, from, share, box)
      else if (scene.id === "se") weigh(on, at, scene, from, share)
      else if (scene.id === "output") plus(on, at, from, share)
      else gather(on, at, scene, from, part, box)
      const shown = moments[scene.id] ? scene.id : from
      const came = scene.id === "output" ? 0 : slid
      if (!first) on.text(shapeOf(from), at.left.x + at.left.w / 2, at.foot, { alpha: came })
      if (!["squeeze", "gates"].includes(scene.id)) on.text(shapeOf(shown), at.right.x + at.right.w / 2, at.foot)
    },
  }
}
