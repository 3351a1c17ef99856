/** Terminal text as spans of a few colours; every other control sequence is dropped. Nothing here ever becomes HTML. */

export type Span = { text: string; color?: string; bold?: boolean }

const COLORS = ['idle', 'bad', 'good', 'warn', 'busy', 'train', 'busy', undefined]

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const SEQUENCE = /\u001b\[([0-9;?]*)([A-Za-z])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[@-_]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: see above
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/g

/** A carriage return overwrites the line from its start: the last text that was written stays. */
function lastWritten(line: string): string {
  return line.split('\r').findLast((part) => part.replace(CONTROL, '') !== '') ?? ''
}

function applyCode(style: Omit<Span, 'text'>, code: number): Omit<Span, 'text'> {
  if (code === 0) return {}
  if (code === 1) return { ...style, bold: true }
  if (code === 22) return { ...style, bold: undefined }
  if (code === 39) return { ...style, color: undefined }
  const hue = code >= 90 && code <= 97 ? code - 90 : code - 30
  if (hue >= 0 && hue <= 7) return { ...style, color: COLORS[hue] && `var(--hg-${COLORS[hue]})` }
  return style
}

export function parseAnsi(raw: string): Span[] {
  const line = lastWritten(raw)
  const spans: Span[] = []
  let style: Omit<Span, 'text'> = {}
  let from = 0
  const push = (text: string) => {
    const clean = text.replace(CONTROL, '')
    if (clean) spans.push({ ...style, text: clean })
  }
  for (const match of line.matchAll(SEQUENCE)) {
    push(line.slice(from, match.index))
    from = match.index + match[0].length
    if (match[2] === 'm') style = (match[1] || '0').split(';').map(Number).reduce(applyCode, style)
  }
  push(line.slice(from))
  return spans
}
