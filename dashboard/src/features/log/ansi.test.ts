import { expect, test } from 'vitest'
import { parseAnsi } from './ansi.ts'

const ESC = '\u001b'

function text(line: string): string {
  return parseAnsi(line)
    .map((span) => span.text)
    .join('')
}

test('colours become spans, and end where they end', () => {
  expect(parseAnsi(`${ESC}[1;31mbad${ESC}[0m fine`)).toEqual([
    { text: 'bad', bold: true, color: 'var(--hg-bad)' },
    { text: ' fine' },
  ])
})

test('a progress bar that overwrites itself shows what it wrote last', () => {
  expect(text('1/10\r2/10\r3/10\r')).toBe('3/10')
})

test('cursor movement, titles and bells leave nothing behind', () => {
  expect(text(`${ESC}[2K${ESC}[1Gdone${ESC}]0;title\u0007 \u0007now\b`)).toBe('done now')
})

test('markup stays text', () => {
  expect(text('<b>x</b>')).toBe('<b>x</b>')
})
