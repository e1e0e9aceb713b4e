// Streamlit folds the sidebar away on narrow screens, behind an arrow that nobody looks for, puts its own menu on top, and
// leaves the sidebar over the page when something was chosen in it.
const PHONE = 640 // pixels of width, at most
const press = name => document.querySelector(`[data-testid='${name}']`)?.click()

export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button")
  button.onclick = () => {
    press("stExpandSidebarButton")
    setTimeout(() => document.querySelector("[data-testid='stSidebar'] .st-key-variant")?.scrollIntoView(), 400)
  }
  const before = button.photo
  button.photo = data.photo
  if (before && before !== data.photo && window.innerWidth <= PHONE) {
    document.querySelector("[data-testid='stSidebarCollapseButton'] button")?.click()
  }
}
