// What only the browser can do for a classroom: keep a seat over a reload, ask the server twice a second whether there is
// something new, tell where the teacher is, go where the class goes. A seat lies in this browser's storage under the
// room's code, never in the address.
const OWN = ["room", "stage", "tour", "embed", "embed_options"] // parameters that are this browser's own
const PHOTO = ["photo", "picture"]
const EVERY_MS = 500 // between two questions to the server
const LOOK_MS = 300 // between two looks at the teacher's address
const GO_AGAIN_MS = 15000, TELL_AGAIN_MS = 4000 // after which it is done again, as on a busy server something may be lost

const place = code => `effnet-viz-classroom-${code}`

/** Where the app begins on its server, with a slash at its end: what its own scripts are loaded from. */
const base = () => new URL(document.querySelector('script[src*="static/"]').src).pathname.replace(/static\/.*$/, "")

const go = (view, whole) => {
  const target = new URL(window.location.href)
  target.pathname = base() + view.page
  target.hash = ""
  const stays = whole ? OWN : [...OWN, ...PHOTO]
  for (const name of [...target.searchParams.keys()]) if (!stays.includes(name)) target.searchParams.delete(name)
  for (const [name, value] of view.parameters) if (!stays.includes(name)) target.searchParams.append(name, value)
  target.searchParams.set("by_history", "1") // what the address leaves out is the default, not what was chosen here
  // As if the person had gone back to it: the app takes every choice from the address.
  window.history.replaceState({}, "", target)
  window.dispatchEvent(new PopStateEvent("popstate"))
  // The app has read it; the server's answer may have to wait for another run.
  target.searchParams.delete("by_history")
  window.history.replaceState({}, "", target)
}

// One object for the whole tab: the component is drawn anew with every page, and asking must go on through that.
const room = window.effnetVizClassroom ??= { asked: 0, told: null, said: "", went: null, news: null }

const ask = async () => {
  const { data } = room
  bring()
  const address = window.location.pathname + window.location.search
  const moved = data.leads && address !== room.told
  if (room.busy || (!moved && performance.now() - room.asked < EVERY_MS * 0.9)) return
  room.busy = true
  room.asked = performance.now()
  try {
    const answer = await fetch(`${base()}classroom_news`, {
      method: "POST", cache: "no-store", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        code: data.code, secret: data.secret, seen: data.seen, location: moved ? address : null,
        follows: data.follows, reached: arrived() ? room.went.shown : null,
      }),
      signal: AbortSignal.timeout(8000),
    })
    if (!answer.ok || room.data?.code !== data.code) return
    const said = answer.status === 204 ? { seen: data.seen } : await answer.json()
    if (moved) {
      room.told = address
      room.say(said.said ?? "")
    }
    // One thing at a time: a later message of a page that is being left would overtake the way to the next.
    if (!(said.view && follow(said)) && said.seen !== room.data.seen) tell(said.seen)
  } catch {
    // No line at the moment: asked again soon.
  } finally {
    room.busy = false
  }
}

/** Let the app draw the bar anew, until it has: what it sends may be lost, and after a long sleep it may not know us. */
const tell = seen => {
  if (room.news?.seen !== seen) room.news = { seen, at: -TELL_AGAIN_MS, times: 0 }
  if (performance.now() - room.news.at < TELL_AGAIN_MS) return
  room.news.at = performance.now()
  room.news.times += 1
  if (room.news.times <= 2) room.tell()
  else window.dispatchEvent(new PopStateEvent("popstate")) // the whole page from its address, as after a reload
}

/** Whether the page that this browser was sent to last has come. */
const arrived = () => room.went !== null && room.went.arrived && room.went.again === room.data.again

/** Go to the teacher's view, if this browser is not on its way there; whether it goes now. */
const follow = said => {
  const { data, went } = room
  const same = went && went.shown === said.shown && went.again === data.again
  if (same && (arrived() || performance.now() - went.at < GO_AGAIN_MS)) return false
  room.went = { shown: said.shown, again: data.again, visit: data.visit, at: performance.now(), arrived: false }
  go(said.view, data.whole)
  return true
}

/** A new question comes to a student who has scrolled away from where it stands, once. */
const bring = () => {
  if (!room.data || room.data.leads) return
  const question = document.querySelector(".st-key-classroom_question")
  const words = question?.querySelector("p")?.textContent ?? ""
  if (question && words && words !== room.brought) question.scrollIntoView({ block: "start" })
  if (!question || words) room.brought = words
}

const stop = () => {
  window.clearInterval(room.timer)
  room.timer = room.owner = room.data = room.told = room.went = null
}

export default function (component) {
  const { data, parentElement, setStateValue, setTriggerValue } = component

  if (data.recall) setStateValue("recalled", window.localStorage.getItem(place(data.code)) || "none")
  if (!data.secret) return

  window.localStorage.setItem(place(data.code), data.secret)
  if (room.code !== data.code) Object.assign(room, { code: data.code, told: null, said: "", went: null, news: null })
  Object.assign(room, { data, owner: parentElement })
  if (room.went && data.arrived > room.went.visit) room.went.arrived = true
  room.tell = () => setTriggerValue("news", performance.now())
  room.say = said => { if (said !== room.said) setStateValue("said", room.said = said) }
  window.clearInterval(room.timer)
  room.timer = window.setInterval(ask, data.leads ? LOOK_MS : EVERY_MS)
  ask()
  return () => { if (room.owner === parentElement) stop() }
}
