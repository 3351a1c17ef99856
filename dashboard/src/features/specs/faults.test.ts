import { expect, test } from 'vitest'
import { allowedWords, mend, placeFaults } from './faults.ts'

const text = `name: a
model:
  kind: sequential
  layers:
    - Dense(8)
    - Dens(1)
compile: {los: mse, optimizer: adam}
`

function place(pointer: string, more: object = {}) {
  const [placed] = placeFaults(text, [{ pointer, message: 'm', code: 'wrong_type', ...more }])
  if (!placed) throw new Error('not placed')
  return { ...placed, marked: text.slice(placed.from, placed.to) }
}

test('a pointer leads to the value it names', () => {
  expect(place('/model/layers/1')).toMatchObject({ line: 6, marked: 'Dens(1)' })
  expect(place('/compile/optimizer')).toMatchObject({ line: 7, marked: 'adam' })
})

test('of an unknown field its name is marked', () => {
  expect(place('/compile/los', { code: 'unknown_field' }).marked).toBe('los')
})

test('inside a call string the argument is marked', () => {
  expect(place('/model/layers/1', { span: [0, 4] }).marked).toBe('Dens')
  expect(place('/model/layers/1', { span: [0, 99] }).marked).toBe('Dens(1)')
})

test('of a whole section, and of what is missing in it, its name is marked', () => {
  expect(place('/model')).toMatchObject({ line: 2, marked: 'model' })
  expect(place('/compile/loss')).toMatchObject({ line: 7, marked: 'compile' })
})

test('the line that the service says stands over the pointer', () => {
  expect(place('/model/layers/0/nowhere', { line: 3 })).toMatchObject({ line: 3, marked: 'kind: sequential' })
})

test('a text that is no YAML still shows its fault', () => {
  const [placed] = placeFaults('a: [1,\nb: }', [{ pointer: '', message: 'm', code: 'x', line: 2 }])
  expect(placed).toMatchObject({ line: 2 })
  expect(placeFaults('', [{ pointer: '/model', message: 'missing', code: 'missing' }])[0]).toMatchObject({
    line: 1,
    from: 0,
  })
})

test('the nearest name can be put in place of the wrong one', () => {
  const placed = place('/model/layers/1', { found: 'Dens', did_you_mean: 'Dense' })
  const change = mend(text, placed)
  expect(change && text.slice(0, change.from) + change.insert + text.slice(change.to)).toContain('- Dense(1)')
  expect(mend(text, place('/model/layers/0', { found: 'Dens', did_you_mean: 'Dense' }))).toBeNull()
})

test('of many allowed names a few are said', () => {
  expect(allowedWords(['a', 'b'])).toBe('a, b')
  expect(allowedWords(Array.from({ length: 20 }, (_, n) => n))).toMatch(/11, …$/)
})
