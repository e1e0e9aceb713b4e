// A picture with a map of numbers behind it: the number under the pointer stands below it.
const clip = value => Math.min(1, Math.max(0, value))
const percent = share => `${(share * 100).toFixed(3)}%`

export default function (component) {
  const { data, parentElement } = component
  const find = name => parentElement.querySelector(name)
  const stage = find(".stage"), image = find("img"), cell = find(".cell"), foot = find(".foot")
  const { rows, columns, values, seen } = data
  const strongest = Math.max(...values.map(Math.abs)) || 1

  if (image.getAttribute("src") !== data.picture) image.src = data.picture
  image.alt = data.alt
  stage.setAttribute("aria-label", `${data.alt} Arrow keys read the values.`)

  const rest = () => {
    cell.hidden = true
    foot.textContent = data.hint
  }

  const read = (row, column) => {
    const value = values[row * columns + column]
    cell.hidden = false
    cell.style.left = percent(seen.left + (seen.right - seen.left) * column / columns)
    cell.style.top = percent(seen.top + (seen.bottom - seen.top) * row / rows)
    cell.style.width = percent((seen.right - seen.left) / columns)
    cell.style.height = percent((seen.bottom - seen.top) / rows)
    const sign = value > 0 ? "+" : value < 0 ? "−" : ""
    const share = Math.round(Math.abs(value) / strongest * 100)
    foot.textContent = `Row ${row + 1} of ${rows}, column ${column + 1} of ${columns}: ` +
      `${sign}${Math.abs(value).toPrecision(3)} (${share}% of the strongest value)`
    stage.dataset.row = row
    stage.dataset.column = column
  }

  stage.onpointermove = event => {
    const frame = stage.getBoundingClientRect()
    const x = (event.clientX - frame.left) / frame.width, y = (event.clientY - frame.top) / frame.height
    if (x < seen.left || x >= seen.right || y < seen.top || y >= seen.bottom) {
      cell.hidden = true
      foot.textContent = "The network did not see this part of the photo."
      return
    }
    read(Math.floor(clip((y - seen.top) / (seen.bottom - seen.top)) * rows * 0.999999),
         Math.floor(clip((x - seen.left) / (seen.right - seen.left)) * columns * 0.999999))
  }
  stage.onpointerdown = stage.onpointermove
  stage.onpointerleave = rest
  stage.onblur = rest
  stage.onkeydown = event => {
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }
    if (!(event.key in moves)) return
    const from = name => Number(stage.dataset[name] ?? Math.floor((name === "row" ? rows : columns) / 2))
    const [down, right] = moves[event.key]
    read(Math.min(rows - 1, Math.max(0, from("row") + down)),
         Math.min(columns - 1, Math.max(0, from("column") + right)))
    event.preventDefault()
  }
  rest()
}
