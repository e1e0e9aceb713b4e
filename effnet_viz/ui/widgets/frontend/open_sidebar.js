// Streamlit folds the sidebar away on narrow screens, behind an arrow that nobody looks for.
export default function ({ parentElement }) {
  parentElement.querySelector("button").onclick = () => {
    document.querySelector("[data-testid='stExpandSidebarButton']")?.click()
  }
}
