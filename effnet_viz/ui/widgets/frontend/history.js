// One press of Back leads to the page before, as it was left: what is chosen on a page changes its step of the history
// and adds none.
export default function () {
  if (window.effnetVizHistory) return
  window.effnetVizHistory = true
  const push = history.pushState.bind(history)
  const choices = address => new URL(address, window.location.href).searchParams
  const emptied = () => [...choices(window.location.href)].every(([name, value]) => choices(before).get(name) === value)
  let before = null // the address before its last change, if that came after the last press

  history.pushState = (state, title, address) => {
    const there = new URL(address, window.location.href)
    if (there.pathname === window.location.pathname) {
      // One choice that all pages share, as one's own photo, may come back into the emptied address.
      if (!before || !emptied()) before = window.location.href
      history.replaceState(state, title, address)
      return
    }
    // On the way to another page the app first takes this page's choices out of the address: they belong to this step.
    if (before) history.replaceState(history.state, "", before)
    before = null
    push(state, title, address)
  }
  for (const press of ["click", "keydown"]) window.addEventListener(press, () => { before = null }, true)
}
