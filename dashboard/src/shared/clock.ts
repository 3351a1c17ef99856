import { useSyncExternalStore } from 'react'

/** One clock for the whole page: it ticks once a second while anybody looks at it. */
const watchers = new Set<() => void>()
let now = Date.now()
let timer: ReturnType<typeof setInterval> | undefined

function tick() {
  now = Date.now()
  for (const notify of watchers) notify()
}

function watch(notify: () => void): () => void {
  watchers.add(notify)
  timer ??= setInterval(tick, 1000)
  return () => {
    watchers.delete(notify)
    if (watchers.size === 0) {
      clearInterval(timer)
      timer = undefined
    }
  }
}

export function useNow(): number {
  return useSyncExternalStore(watch, () => now)
}
