// Streamlit folds the sidebar away on narrow screens, behind an arrow that nobody looks for, and puts its own menu on top.
export default function ({ parentElement }) {
  parentElement.querySelector("button").onclick = () => {
    document.querySelector("[data-testid='stExpandSidebarButton']")?.click()
    setTimeout(() => document.querySelector("[data-testid='stSidebar'] .st-key-variant")?.scrollIntoView(), 400)
  }
}
