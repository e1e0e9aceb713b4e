// One press of Back leads to the page before, as it was left: what is chosen on a page changes its step of the history
// and adds none.
export default function () {
  if (window.effnetVizHistory) return
  window.effnetVizHistory = true
  const push = history.pushState.bind(history)
  history.pushState = (state, title, address) => {
    const there = new URL(address, window.location.href)
    if (there.pathname === window.location.pathname) history.replaceState(state, title, address)
    else push(state, title, address)
  }

  const mark = marked => {
    const address = new URL(window.location.href)
    if (address.searchParams.has("by_history") === marked) return
    if (marked) address.searchParams.set("by_history", "1")
    else address.searchParams.delete("by_history")
    history.replaceState(history.state, "", address)
  }

  // Before the app looks at the address: the server is to take it as it stands, with defaults for what it leaves out.
  // It takes the mark away; where its answer is overtaken by another run's, the mark would stay for good.
  window.addEventListener("popstate", () => {
    mark(true)
    setTimeout(mark, 5000, false)
  }, true)
}
