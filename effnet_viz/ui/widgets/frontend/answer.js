// Classes as bars, the most probable on top. A class keeps its bar, which grows, shrinks and changes its place.
export default function ({ data, parentElement }) {
  const list = parentElement.querySelector(".answer")
  list.style.setProperty("--rows", data.classes.length)
  list.setAttribute("aria-label", data.alt)
  const known = new Map([...list.children].map(row => [row.dataset.index, row]))

  const make = index => {
    const row = document.createElement("li")
    row.dataset.index = index
    row.innerHTML = '<div class="words"><span class="label"></span><span class="value"></span></div>'
      + '<div class="track"><div class="bar"></div><div class="before"></div></div>'
    return row
  }

  data.classes.forEach((one, rank) => {
    const index = String(one.index)
    const row = known.get(index) ?? make(index)
    known.delete(index)
    row.style.setProperty("--rank", rank)
    const find = name => row.querySelector(name)
    find(".label").textContent = find(".label").title = one.label
    find(".value").textContent = one.said
    find(".bar").style.transform = `scaleX(${one.now})`
    find(".before").style.left = `${100 * one.before}%`
    find(".before").hidden = !data.changed
    if (list.children[rank] !== row) list.insertBefore(row, list.children[rank] ?? null)
  })
  known.forEach(row => row.remove())
  const said = parentElement.querySelector(".said")
  if (said.textContent !== data.said) said.textContent = data.said
}
