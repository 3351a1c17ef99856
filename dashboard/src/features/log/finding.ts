import type { LogLine } from '#client'
import { parseAnsi } from './ansi.ts'

/** Looking for a word in logs; small and capital letters are the same. */

export function findLines(lines: LogLine[], find: string): LogLine[] {
  const wanted = find.toLowerCase()
  if (wanted === '') return lines
  return lines.filter(({ text }) => {
    const line = text.toLowerCase()
    // What colours and overwrites a line is no part of it; few lines hold any of that.
    return line.includes(wanted) || line.includes('\u001b') ? plain(text).toLowerCase().includes(wanted) : false
  })
}

function plain(text: string): string {
  return parseAnsi(text)
    .map((span) => span.text)
    .join('')
}

export type Piece = { text: string; isFound: boolean }

/** A text in pieces, of which some are what is looked for. */
export function markFound(text: string, find: string): Piece[] {
  if (find === '') return [{ text, isFound: false }]
  const [line, wanted] = [text.toLowerCase(), find.toLowerCase()]
  // Where small letters are longer than their capitals, places in one are not those in the other.
  if (line.length !== text.length) return [{ text, isFound: false }]
  const pieces: Piece[] = []
  let from = 0
  for (let at = line.indexOf(wanted); at >= 0; at = line.indexOf(wanted, from)) {
    if (at > from) pieces.push({ text: text.slice(from, at), isFound: false })
    from = at + wanted.length
    pieces.push({ text: text.slice(at, from), isFound: true })
  }
  return from < text.length ? [...pieces, { text: text.slice(from), isFound: false }] : pieces
}
