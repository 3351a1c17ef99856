import { useVirtualizer } from '@tanstack/react-virtual'
import { memo, useEffect, useRef } from 'react'
import type { LogLine } from '#client'
import { say } from '#shared/words.ts'
import { parseAnsi } from './ansi.ts'
import { markFound } from './finding.ts'
import css from './LogLines.module.css'

const LINE_HEIGHT = 20

type Props = {
  lines: LogLine[]
  follows: boolean
  onLeave: () => void
  /** What the log is called where there are several. */
  label?: string
  /** What is looked for, and marked where it stands. */
  find?: string
}

/** Only the lines in view are in the page. Scrolling up stops following. */
export function LogLines({ lines, follows, onLeave, label, find = '' }: Props) {
  const frame = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => frame.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: 20,
  })
  useEffect(() => {
    if (follows && lines.length > 0 && frame.current) frame.current.scrollTop = frame.current.scrollHeight
  }, [follows, lines.length])
  return (
    <div
      ref={frame}
      className={css.frame}
      role="log"
      aria-label={label ?? say('Log')}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      onWheel={(event) => {
        if (event.deltaY < 0 && follows) onLeave()
      }}
    >
      <div className={css.lines} style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map((row) => {
          const line = lines[row.index]
          return line && <Line key={row.key} line={line} top={row.start} find={find} />
        })}
      </div>
    </div>
  )
}

const Line = memo(function Line({ line, top, find }: { line: LogLine; top: number; find: string }) {
  return (
    <div className={css.line} data-level={line.level} style={{ transform: `translateY(${top}px)` }} title={line.at}>
      <span className={css.number}>{line.n}</span>
      <span>
        {parseAnsi(line.text).map((span, nth) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: spans of a line never change places
          <span key={nth} style={{ color: span.color, fontWeight: span.bold ? 700 : undefined }}>
            {markFound(span.text, find).map((piece, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a span come anew with each search, all of them
              <Piece key={at} {...piece} />
            ))}
          </span>
        ))}
      </span>
    </div>
  )
})

function Piece({ text, isFound }: { text: string; isFound: boolean }) {
  return isFound ? <mark className={css.found}>{text}</mark> : text
}
