// The scenes of squeeze and excitation: maps are pressed to their means, gates open, and maps pass through them.
const gateScenes = (data, maps, group) => {
  const { moments, gates, descriptor } = data.block

  // Maps in a column, each beside its number: a bar as long as the mean, then a gate as open as it is.
  const column = (on, at, count) => {
    const edge = Math.min(at.h / count - 0.5 * on.u, 5 * on.u)
    return Array.from({ length: count }, (_, index) => ({
      x: at.left.x + at.left.w / 2 - edge / 2, y: at.top + (index + 0.5) * at.h / count - edge / 2, edge,
    }))
  }
  const allGates = (on, at, scene, part) => {
    const { u } = on, all = data.block.all_gates, inset = (on.narrow ? 4 : 1.5) * u
    const left = at.right.x + inset, wide = at.right.w - inset, bar = wide / all.length
    const high = at.h * 0.62, bottom = at.top + at.h * 0.8
    on.rect(left, bottom - high, wide, high, on.look.faint, 0.35)
    all.forEach((gate, index) => {
      const grown = high * gate * clip(part * 2 - index / all.length)
      on.rect(left + index * bar, bottom - grown, Math.max(bar, 0.7), grown, scene.colour)
    })
    const said = `all ${all.length.toLocaleString("en")} gates, sorted`
    on.text(said, left + wide / 2, bottom + 1.3 * u, { most: at.right.w + u })
    on.text("1 open", left, bottom - high - 0.4 * u, { align: "left" })
  }
  const meansAndGates = (on, at, scene, from, share, box) => {
    const { W, u } = on, count = maps[from].length, squeezing = scene.id === "squeeze"
    const moved = squeezing ? during(share, 0, 0.3) : 1
    const part = squeezing ? during(share, 0.3, 0.9) : during(share, 0.1, 0.8)
    const lined = column(on, at, count), spread = on.grid(count, box)
    const spots = lined.map((spot, index) => between(spread[index], spot, moved))
    const left = at.middle.x + (on.narrow ? -0.02 * W : 0), room = at.middle.w * 0.75
    const most = Math.max(...descriptor.map(Math.abs)) || 1
    maps[from].forEach((picture, index) => {
      const spot = spots[index], y = spot.y + spot.edge * 0.28, high = spot.edge * 0.44, line = y + high / 2 + u / 3
      on.tile(picture, spot, { alpha: squeezing ? mix(1, 0.55, part) : 0.55 })
      on.text(moments[from].channels[index], spot.x - 0.5 * u, line, { align: "right", alpha: moved })
      const mean = Math.abs(descriptor[index]) / most * room
      if (squeezing) {
        // The map itself is pressed to the bar.
        on.styled(part, () => on.context.drawImage(picture, mix(spot.x, left, part), mix(spot.y, y, part),
                                               mix(spot.edge, Math.max(2, mean), part), mix(spot.edge, high, part)))
        on.rect(left, y, Math.max(2, mean), high, on.look.ink, clip(3 * part - 2))
        on.text(figures(descriptor[index]), left + mean + 0.5 * u, line, { align: "left", alpha: clip(3 * part - 2) })
        return
      }
      const open = mix(0, gates[index], part), turn = 1 - during(share, 0, 0.2)
      on.rect(left, y, mean, high, on.look.ink, 0.85 * turn)
      on.context.strokeStyle = on.look.faint
      on.context.lineWidth = 1
      on.context.strokeRect(left + 0.5, y + 0.5, room, high)
      on.rect(left, y, open * room, high, scene.colour)
      on.text(gates[index].toFixed(3), left + room + 0.5 * u, line, { align: "left", alpha: clip(part * 2) })
    })
    if (!squeezing) allGates(on, at, scene, part)
  }
  // Two doors close over each map until its gate is as open as it was found to be; what is behind fades with it.
  const weigh = (on, at, scene, from, share) => {
    const { u } = on, shut = during(share, 0.15, 0.6), through = during(share, 0.5, 0.95), count = maps[from].length
    const home = on.grid(count, at.left), lined = column(on, at, count), targets = on.grid(count, at.right)
    const arrived = during(share, 0, 0.15), sources = home.map((spot, index) => between(lined[index], spot, arrived))
    sources.forEach((spot, index) => {
      const width = 1 + u / 2.5 * gates[index]
      on.thread(spot, targets[index], scene.colour, { share: through, width, alpha: 0.7 })
    })
    group(on, from, at.left, { at: sources })
    sources.forEach((spot, index) => {
      const door = spot.edge / 2 * (1 - gates[index]) * shut
      on.rect(spot.x, spot.y, door, spot.edge, scene.colour)
      on.rect(spot.x + spot.edge - door, spot.y, door, spot.edge, scene.colour)
    })
    targets.forEach((spot, index) => {
      on.rect(spot.x, spot.y, spot.edge, spot.edge, "#000000", through)
      on.tile(maps[from][index], spot, { alpha: through * gates[index] })
      on.under(`× ${gates[index].toFixed(3)}`, spot, { alpha: through })
    })
  }

  return { meansAndGates, weigh }
}
