// The second part of the film: the whole network as boxes to scale, filled by the photo from left to right. A box's
// front is all channels by all rows, its left end the map of the strongest channel; the strongest hang under it.
const DEEP = 0.34, RISE = 0.17 // of a box's height, its depth: to the left and up

const networkFilm = (data, photo) => {
  const { stages, side, colours, classes, speak, stage: own } = data.network
  const boxes = stages.map(stage => ({
    ...stage,
    maps: picturesOf(stage, data.colours),
    // Channels run along the box, rows down: the bytes come channel by channel.
    front: turned(pictureOf(bytesOf(stage.view.bytes), stage.view.rows, stage.view.columns, data.colours)),
  }))
  const speakers = picturesOf(speak, data.colours)

  const layout = on => {
    const { W, H, u } = on, top = 2.4 * u, tall = (H - top) * (on.narrow ? 0.36 : 0.52)
    const cell = tall / (side * (1 + RISE)), gap = on.narrow ? 0.35 * u : 0.8 * u, margin = 0.02 * W
    const deep = size => DEEP * size * cell
    const rest = W - 2 * margin - deep(side) - stages.reduce((sum, { shape }) => sum + deep(shape[1]) + gap, 0)
    const long = Math.max(rest, 0.3 * W) / stages.reduce((sum, { shape }) => sum + shape[0], colours)
    const axis = top + tall - side * cell / 2
    const box = (x, size, channels) => {
      const h = size * cell
      return { x, y: axis - h / 2, w: channels * long, h, deep: deep(size), rise: RISE * h }
    }
    const input = box(margin + deep(side), side, colours)
    let x = input.x + input.w
    const spots = stages.map(({ shape }) => {
      const spot = box(x + gap + deep(shape[1]), shape[1], shape[0])
      x = spot.x + spot.w
      return spot
    })
    // Large maps hang under the boxes: beside the photo where there is room, else under it.
    const left = on.narrow ? margin : input.x + input.w + u
    const below = Math.max(...(on.narrow ? [input] : spots).map(({ y, h }) => y + h)) + 1.6 * u
    return { input, spots, lens: { x: left, y: below, w: W - margin - left, h: H - below - 0.4 * u } }
  }

  const endOf = ({ x, y, h, deep, rise }) => [[x - deep, y - rise], [x, y], [x, y + h], [x - deep, y + h - rise]]
  const topOf = ({ x, y, w, deep, rise }) => [[x - deep, y - rise], [x + w - deep, y - rise], [x + w, y], [x, y]]
  const wires = (on, spot, colour, alpha, width = 1) => on.styled(alpha, () => {
    const { context } = on
    context.strokeStyle = colour
    context.lineWidth = width
    context.beginPath()
    for (const face of [endOf(spot), topOf(spot)]) {
      face.forEach(([x, y], index) => index ? context.lineTo(x, y) : context.moveTo(x, y))
      context.closePath()
    }
    context.rect(spot.x, spot.y, spot.w, spot.h)
    context.stroke()
  })
  const slanted = (on, picture, spot, alpha = 1) => on.styled(alpha, () => {
    const { context } = on, wide = picture.naturalWidth || picture.width, high = picture.naturalHeight || picture.height
    context.imageSmoothingEnabled = true
    context.transform(spot.deep / wide, spot.rise / wide, 0, spot.h / high, spot.x - spot.deep, spot.y - spot.rise)
    context.drawImage(picture, 0, 0)
  })
  // A box filled up to a share of its channels.
  const filled = (on, box, spot, share) => {
    if (share <= 0) return
    const { context } = on, wide = Math.max(1, share * box.front.width), w = share * spot.w
    slanted(on, box.maps[0], spot, clip(share * 4))
    on.polygon(topOf({ ...spot, w }), box.colour, 0.55)
    context.imageSmoothingEnabled = true
    context.drawImage(box.front, 0, 0, wide, box.front.height, spot.x, spot.y, Math.max(1, w), spot.h)
    if (share < 1) on.rect(spot.x + w - 1, spot.y - 3, 2, spot.h + 6, FRAME)
  }
  const channelAt = (box, spot, channel) => spot.x + (channel + 0.5) / box.shape[0] * spot.w
  const columnOf = (on, box, spot, channel) =>
    ({ x: channelAt(box, spot, channel) - on.u / 4, y: spot.y + spot.h, edge: on.u / 2 })
  const lit = (on, box, spot, share) => box.channels.forEach(channel => {
    const x = channelAt(box, spot, channel), over = 0.35 * on.u * share
    on.rect(x - 2.5, spot.y - over, 5, spot.h + 2 * over, FRAME, 0.35 * share)
    on.rect(x - 0.75, spot.y - over, 1.5, spot.h + 2 * over, FRAME, share)
  })

  const lensPlaces = (on, at, count) => on.grid(count, at.lens, { words: 1.4 * on.u, row: true })
  const hang = (on, from, to, colour, alpha) => on.styled(alpha, () => {
    const { context } = on, x = from.x + from.edge / 2, endX = to.x + to.edge / 2, middle = (from.y + to.y) / 2
    context.strokeStyle = colour
    context.lineWidth = Math.max(1, on.u / 9)
    context.beginPath()
    context.moveTo(x, from.y)
    context.bezierCurveTo(x, middle, endX, middle, endX, to.y)
    context.stroke()
  })
  // The strongest maps rise out of the box to where they can be seen.
  const lens = (on, at, index, share) => {
    const box = boxes[index], spot = at.spots[index], places = lensPlaces(on, at, box.maps.length)
    lit(on, box, spot, clip(share * 2))
    box.maps.forEach((picture, nth) => {
      const root = columnOf(on, box, spot, box.channels[nth]), here = between(root, places[nth], share)
      hang(on, root, here, box.colour, share)
      on.tile(picture, here, { alpha: clip(share * 3) })
      const name = `${here.edge > 9 * on.u ? "channel " : ""}${box.channels[nth]}`
      on.under(`${name}: ${figures(box.values[nth])}`, here, { alpha: during(share, 0.7, 1) })
    })
  }
  // Pictures on their way into the left end of a box.
  const into = (on, pictures, places, spot, share) => {
    if (share >= 1) return
    const end = { x: spot.x - spot.deep / 2, y: spot.y - spot.rise / 2 + spot.h / 2, edge: 2 }
    pictures.forEach((picture, index) => {
      const late = during(share, 0.12 * index, 0.64 + 0.12 * index)
      const to = { ...end, x: end.x - end.edge / 2, y: end.y - end.edge / 2 }
      on.tile(picture, between(places[index], to, late), { alpha: 1 - 0.6 * late })
    })
  }
  const names = (on, at, current, shown) => boxes.forEach((box, index) => {
    const { u } = on, spot = at.spots[index], x = spot.x + (spot.w - spot.deep) / 2, y = spot.y - spot.rise - 0.5 * u
    const now = index === current, said = on.narrow && !index ? "" : box.name.replace("Stage ", "")
    on.text(said, x, y, { bold: now, alpha: now ? shown : 0.75 * shown })
  })
  const network = (on, at, reached, share, shown = 1) => {
    if (photo.complete && photo.naturalWidth) slanted(on, photo, at.input, shown)
    wires(on, at.input, on.look.ink, 0.6 * shown)
    boxes.forEach((box, index) => {
      const spot = at.spots[index], full = index < reached ? 1 : index === reached ? share : 0
      filled(on, box, spot, full)
      wires(on, spot, full ? box.colour : on.look.ink, (full ? 1 : 0.4) * shown, index === reached ? 1.8 : 1)
    })
    names(on, at, reached, shown)
  }

  const stepBack = (on, at, share, leaves) => {
    const shown = during(share, 0.2, 0.6), { pictures, places } = leaves(on)
    network(on, at, -1, 0, shown)
    const spot = at.spots[own]
    wires(on, spot, FRAME, shown, 3)
    into(on, pictures, places, spot, during(share, 0, 0.5))
    if (photo.complete && photo.naturalWidth) {
      const from = { x: at.input.x - at.input.deep, y: at.input.y, edge: at.input.deep }
      const came = during(share, 0.55, 0.95), here = between(from, lensPlaces(on, at, 1)[0], came)
      on.tile(photo, here, { alpha: clip(came * 3) })
      on.under(`${side}×${side} × ${colours}`, here, { alpha: during(came, 0.8, 1) })
    }
  }
  const stageScene = (on, at, index, share) => {
    network(on, at, index, during(share, 0.22, 0.62))
    const before = index ? boxes[index - 1].maps : photo.naturalWidth ? [photo] : []
    into(on, before, lensPlaces(on, at, before.length || 1), at.spots[index], clip(share / 0.34))
    lens(on, at, index, during(share, 0.5, 0.9))
    const { shape, blocks } = boxes[index], said = `${shape[1]}×${shape[2]} × ${shape[0].toLocaleString("en")}`
    const alpha = during(share, 0.2, 0.5)
    on.text(blocks > 1 ? `${said} after ${blocks} blocks` : said, on.W * 0.98, 3.2 * on.u, { align: "right", alpha })
  }
  const answer = (on, at, share) => {
    const { u } = on, last = boxes.length - 1, head = boxes[last], spot = at.spots[last]
    network(on, at, last, 1)
    const words = speak.channels.map((channel, index) => {
      const value = speak.values[index]
      return [`${channel}:`, `${value < 0 ? "−" : "+"}${figures(Math.abs(value))}`]
    })
    const area = { ...at.lens, w: at.lens.w * (on.narrow ? 0.4 : 0.5) }
    const inLines = lines => on.grid(speakers.length, area, { words: (0.3 + 1.1 * lines) * u })
    const inOne = inLines(1), lines = words.every(two => on.widthOf(two.join(" ")) < inOne[0].edge + 0.4 * u) ? 1 : 2
    const places = lines === 1 ? inOne : inLines(2)
    const start = lensPlaces(on, at, head.maps.length)
    head.maps.forEach((picture, index) => on.tile(picture, start[index], { alpha: 1 - during(share, 0, 0.12) }))
    const came = during(share, 0.1, 0.4), grown = during(share, 0.45, 0.9)
    const told = classes.slice(0, Math.max(2, Math.floor(at.lens.h / (2.5 * u))))
    const row = Math.min(at.lens.h / told.length, 3 * u)
    const left = at.lens.x + at.lens.w * (on.narrow ? 0.46 : 0.56), room = at.lens.x + at.lens.w - left - 4 * u
    const top = at.lens.y + (at.lens.h - row * told.length) / 2, high = Math.min(row - 1.5 * u, u)
    const goal = { x: left, y: top + 1.3 * u, edge: high }
    const most = Math.max(...speak.values.map(Math.abs)) || 1
    places.forEach((place, index) => {
      const value = speak.values[index], width = 1 + u / 3 * Math.abs(value) / most
      on.thread(place, goal, value < 0 ? NEGATIVE : POSITIVE, { share: during(share, 0.35, 0.6), width, alpha: 0.8 })
    })
    const roots = speak.channels.map(channel => columnOf(on, head, spot, channel))
    const spots = roots.map((root, index) => between(root, places[index], came))
    roots.forEach((root, index) => hang(on, root, spots[index], head.colour, came))
    speakers.forEach((picture, index) => {
      const here = spots[index]
      on.tile(picture, here, { alpha: clip(came * 3) })
      const said = lines === 1 ? [words[index].join(" ")] : words[index]
      said.forEach((part, above) => on.under(part, here, { line: above + 1, alpha: during(came, 0.7, 1) }))
    })
    told.forEach(({ label, share: probability, said }, index) => {
      const y = top + index * row, alpha = during(share, 0.4 + 0.04 * index, 0.6 + 0.04 * index)
      const style = { align: "left", alpha, bold: !index }
      on.text(label, left, y + u * 0.95, { ...style, most: room + 3.5 * u })
      on.rect(left, y + 1.3 * u, room, high, on.look.faint, 0.5 * alpha)
      on.rect(left, y + 1.3 * u, Math.max(1, room * probability * grown), high, index ? on.look.ink : FRAME, alpha)
      const percent = grown < 1 ? `${(100 * probability * grown).toFixed(1)}%` : said
      on.text(percent, left + room + 0.4 * u, y + 1.3 * u + high / 2 + u / 3, style)
    })
  }

  return (on, scene, share, leaves) => {
    const at = layout(on)
    if (scene.id === "network") stepBack(on, at, share, leaves)
    else if (scene.id === "answer") answer(on, at, share)
    else stageScene(on, at, boxes.findIndex(box => box.name === scene.title), share)
  }
}

// A picture with its rows as columns.
const turned = picture => {
  const canvas = document.createElement("canvas")
  canvas.width = picture.height
  canvas.height = picture.width
  const context = canvas.getContext("2d")
  context.transform(0, 1, 1, 0, 0, 0)
  context.drawImage(picture, 0, 0)
  return canvas
}
