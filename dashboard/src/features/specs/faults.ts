import { isCollection, isMap, LineCounter, type Node, parseDocument, type Range } from 'yaml'
import type { Fault } from '#shared/problem.ts'

/** A fault with its place in the text: characters `from` to `to`, and the line, from 1. */
export type Placed = { fault: Fault; from: number; to: number; line: number }

function steps(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The node at a JSON Pointer, or the deepest one on the way to it. For an unknown field, its key. */
function rangeOf(root: Node | null, { pointer, code }: Fault): Range | null {
  let node: Node | null = root
  let range: Range | null = null
  for (const step of steps(pointer)) {
    if (!isCollection(node)) break
    const pair = isMap(node) ? node.items.find((item) => String(item.key) === step) : undefined
    const next: unknown = node.get(isMap(node) ? step : Number(step), true)
    const key = pair?.key as Node | undefined
    const inner = next as Node | undefined
    const isKeyMeant = isCollection(inner) || code === 'unknown_field'
    range = (isKeyMeant ? key?.range : inner?.range) ?? key?.range ?? inner?.range ?? range
    if (!inner) break
    node = inner
  }
  return range
}

function lineBounds(text: string, lines: LineCounter, line: number): [number, number] {
  const from = lines.lineStarts[line - 1] ?? text.length
  const end = text.indexOf('\n', from)
  const until = end === -1 ? text.length : end
  const indent = text.slice(from, until).search(/\S/)
  return [from + Math.max(0, indent), until]
}

/** Inside a call string, the argument that the fault is about; else all of the node. */
function narrow(text: string, range: Range, span: Fault['span']): { from: number; to: number } {
  const start = range[0] + (/["']/.test(text.charAt(range[0])) ? 1 : 0)
  if (span && start + span[1] <= range[1]) return { from: start + span[0], to: Math.max(start + span[1], start + 1) }
  return { from: range[0], to: Math.max(range[1], range[0] + 1) }
}

/** Where the faults stand: by the line that the service says, narrowed to the node where the pointer leads into it. */
export function placeFaults(text: string, faults: Fault[]): Placed[] {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false })
  if (lines.lineStarts.length === 0) lines.addNewLine(0)
  return faults.map((fault) => {
    const range = rangeOf(document.contents, fault)
    const found = range ? lines.linePos(range[0]).line : null
    const line = fault.line ?? found ?? 1
    if (range && found === line) return { fault, line, ...narrow(text, range, fault.span) }
    const [from, to] = lineBounds(text, lines, Math.min(line, lines.lineStarts.length))
    return { fault, from, to, line }
  })
}

/** The text with the nearest name put where the wrong one stands; null where that is not certain. */
export function mend(text: string, placed: Placed): { from: number; to: number; insert: string } | null {
  const { did_you_mean: better, found } = placed.fault
  if (!better || typeof found !== 'string' || found === '') return null
  const end = text.indexOf('\n', placed.from)
  const at = text.indexOf(found, placed.from)
  if (at === -1 || (end !== -1 && at > end) || /\w/.test(text.charAt(at + found.length))) return null
  return { from: at, to: at + found.length, insert: better }
}

/** What may stand there, as words. */
export function allowedWords(allowed: unknown): string {
  if (Array.isArray(allowed)) return allowed.slice(0, 12).map(String).join(', ') + (allowed.length > 12 ? ', …' : '')
  return typeof allowed === 'string' ? allowed : ''
}
