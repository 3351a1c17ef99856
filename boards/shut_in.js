// TensorBoard in an origin of its own: what browsers refuse there, it gets for as long as the page is open. Where
// storage, cookies and workers are to be had, this changes nothing.
;(() => {
  const isRefused = (ask) => {
    try {
      ask()
      return false
    } catch {
      return true
    }
  }
  const makeStorage = () => {
    const kept = new Map()
    return {
      getItem: (key) => kept.get(String(key)) ?? null,
      setItem: (key, value) => void kept.set(String(key), String(value)),
      removeItem: (key) => void kept.delete(String(key)),
      clear: () => kept.clear(),
      key: (index) => [...kept.keys()][index] ?? null,
      get length() {
        return kept.size
      },
    }
  }
  for (const name of ['localStorage', 'sessionStorage']) {
    if (isRefused(() => window[name])) Object.defineProperty(window, name, { value: makeStorage() })
  }
  if (!isRefused(() => document.cookie)) return
  Object.defineProperty(document, 'cookie', { get: () => '', set: () => {} })
  // A worker's script must be of the page's own origin, which has no scripts: one that loads it is.
  const OwnWorker = window.Worker
  window.Worker = function Worker(address, options) {
    const script = `importScripts(${JSON.stringify(new URL(address, document.baseURI).href)})`
    return new OwnWorker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })), options)
  }
})()
