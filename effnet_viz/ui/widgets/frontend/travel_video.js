// The film as a file: the browser records it while it plays once more on a canvas that nobody sees.
const VIDEO = {
  width: 1280, height: 720, letters: 24, words: 120, // pixels; the words stand in a strip below
  bits: 2e6, // a second, at most
  types: ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm", "video/mp4"],
}
const videoType = () => window.MediaRecorder && VIDEO.types.find(one => MediaRecorder.isTypeSupported(one))

// `told` hears which share is done; `file` comes when it is finished, or null after `leave`.
const record = (film, look, told) => {
  const type = videoType()
  const canvas = document.createElement("canvas")
  canvas.width = VIDEO.width
  canvas.height = VIDEO.height
  const context = canvas.getContext("2d", { alpha: false })
  const on = drawingOn(context, VIDEO.width, VIDEO.height - VIDEO.words, VIDEO.letters, look)
  on.video = true
  on.clear = () => on.rect(0, 0, VIDEO.width, VIDEO.height, look.ground)
  const recorder = new MediaRecorder(canvas.captureStream(30), { mimeType: type, videoBitsPerSecond: VIDEO.bits })
  const parts = []
  let at = 0, last = 0, frame = 0
  const total = film.scenes.length
  const paint = () => {
    film.draw(on, Math.min(at, total - 0.0001))
    const words = film.scenes[Math.min(total - 1, Math.floor(at))].words.split(" ")
    context.font = `${VIDEO.letters}px ${look.font}`
    const lines = [""]
    for (const word of words) {
      if (context.measureText(`${lines.at(-1)} ${word}`).width > VIDEO.width - 80) lines.push("")
      lines[lines.length - 1] = `${lines.at(-1)} ${word}`.trim()
    }
    const top = VIDEO.height - VIDEO.words
    lines.forEach((line, index) => on.text(line, VIDEO.width / 2, top + (1.3 + 1.35 * index) * on.u))
  }
  const hidden = () => document.hidden ? recorder.pause() : recorder.resume()
  const run = now => {
    at = film.later(at, last ? Math.min(0.1, (now - last) / 1000) : 0)
    last = now
    paint()
    told(at / total)
    if (at < total) frame = requestAnimationFrame(run)
    else setTimeout(() => recorder.state !== "inactive" && recorder.stop(), 400)
  }
  let wanted = true
  const file = new Promise(resolve => {
    recorder.ondataavailable = event => parts.push(event.data)
    recorder.onstop = () => {
      cancelAnimationFrame(frame)
      document.removeEventListener("visibilitychange", hidden)
      resolve(wanted ? new Blob(parts, { type }) : null)
    }
  })
  document.addEventListener("visibilitychange", hidden)
  paint()
  recorder.start(1000)
  frame = requestAnimationFrame(run)
  return { file, leave: () => { wanted = false; recorder.stop() } }
}
