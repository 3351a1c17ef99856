import { type ReactNode, useEffect, useRef, useState } from 'react'

/** What may be wider than its place scrolls in it, and then the keyboard can reach it, too. */
export function Wide({ children }: { children: ReactNode }) {
  const frame = useRef<HTMLDivElement>(null)
  const [scrolls, setScrolls] = useState(false)
  useEffect(() => {
    const element = frame.current
    if (!element) return
    const watcher = new ResizeObserver(() => setScrolls(element.scrollWidth > element.clientWidth))
    watcher.observe(element)
    for (const child of element.children) watcher.observe(child)
    return () => watcher.disconnect()
  }, [])
  return (
    <div ref={frame} style={{ overflowX: 'auto' }} tabIndex={scrolls ? 0 : undefined}>
      <div style={{ minWidth: 'fit-content' }}>{children}</div>
    </div>
  )
}
