import { expect, test } from 'vitest'
import type { LogLine } from '#client'
import { findLines, markFound } from './finding.ts'

const ESC = '\u001b'

function log(...texts: string[]): LogLine[] {
  return texts.map((text, n) => ({ n, at: '', attempt: 1, level: 'info', stream: 'stdout', text }))
}

test('lines are found by what is read of them: neither colours nor what was overwritten', () => {
  const lines = log('Epoch 1', `${ESC}[31mbad${ESC}[0m epoch`, 'epoch 2\rdone', 'nothing')
  expect(findLines(lines, 'EPOCH').map(({ n }) => n)).toEqual([0, 1])
  expect(findLines(lines, '31m')).toEqual([])
  expect(findLines(lines, 'bad epoch').map(({ n }) => n)).toEqual([1])
  expect(findLines(lines, '')).toBe(lines)
})

test('what was found is marked wherever it stands in a line, as it is written there', () => {
  const marked = markFound('Loss 1, loss 2', 'LOSS')
  expect(marked.map(({ text, isFound }) => (isFound ? `[${text}]` : text)).join('')).toBe('[Loss] 1, [loss] 2')
  expect(markFound('', 'x')).toEqual([])
  expect(markFound('plain', '')).toEqual([{ text: 'plain', isFound: false }])
})
