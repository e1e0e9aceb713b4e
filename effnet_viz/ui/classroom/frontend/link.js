// What only the browser can do for a classroom: keep a seat over a reload, tell where the teacher is, go where the
// class goes. A seat lies in this browser's storage under the room's code, never in the address.
const place = code => `effnet-viz-classroom-${code}`
const OWN = ["room", "stage", "embed", "embed_options"] // parameters that are this browser's own

export default function (component) {
  const { data, setStateValue } = component

  if (data.remember) window.localStorage.setItem(place(data.code), data.remember)

  if (data.recall) setStateValue("recalled", window.localStorage.getItem(place(data.code)) || "none")

  if (data.go) {
    const target = new URL(window.location.href)
    const here = data.here && target.pathname.endsWith(`/${data.here}`) ? data.here : ""
    const base = target.pathname.slice(0, target.pathname.length - here.length)
    target.pathname = `${base.replace(/\/?$/, "/")}${data.go.page}`
    target.hash = ""
    for (const name of [...target.searchParams.keys()]) if (!OWN.includes(name)) target.searchParams.delete(name)
    for (const [name, value] of data.go.parameters) target.searchParams.append(name, value)
    target.searchParams.set("by_history", "1") // what the address leaves out is the default, not what was chosen here
    if (window.effnetVizWentTo !== data.go.number) {
      window.effnetVizWentTo = data.go.number
      // As if the person had gone back to it: the app takes every choice from the address.
      window.history.replaceState({}, "", target)
      window.dispatchEvent(new PopStateEvent("popstate"))
    }
  }

  if (!data.report) return
  let told = null
  const tell = () => {
    const now = window.location.pathname + window.location.search
    if (now === told) return
    told = now
    setStateValue("location", now)
  }
  tell()
  const timer = window.setInterval(tell, 300)
  return () => window.clearInterval(timer)
}
