// Streamlit folds the sidebar away on narrow screens, behind an arrow that nobody looks for, puts its own menu on top, and
// leaves the sidebar over the page when something was chosen in it.
const PHONE = 640 // pixels of width, at most
const press = name => document.querySelector(`[data-testid='${name}']`)?.click()
const fold = () => document.querySelector("[data-testid='stSidebarCollapseButton'] button")?.click()
// The menu opens at its top, wherever it was left, and makes room for the page that is chosen in it.
const onPress = event => {
  if (window.innerWidth > PHONE || !event.isTrusted) return
  if (event.target.closest("[data-testid='stSidebarNavLink']")) fold()
  if (event.target.closest("[data-testid='stExpandSidebarButton']")) {
    document.querySelector("[data-testid='stSidebarContent']").scrollTop = 0
  }
}

export default function ({ data, parentElement }) {
  document.addEventListener("click", onPress)
  const button = parentElement.querySelector("button")
  button.onclick = () => {
    press("stExpandSidebarButton")
    setTimeout(() => document.querySelector("[data-testid='stSidebar'] .st-key-variant")?.scrollIntoView(), 400)
  }
  const before = button.photo
  button.photo = data.photo
  if (before && before !== data.photo && window.innerWidth <= PHONE) fold()
}
