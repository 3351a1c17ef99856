import { expect, test } from 'vitest'
import { formatShape } from './layers.ts'
import { formatBytes, formatMetric, formatShare } from './numbers.ts'
import { faultsOf, isMissing, isSignedOut, Refused, refusalOf } from './problem.ts'
import { formatAgo, formatSpan, secondsBetween } from './time.ts'
import { sayMany } from './words.ts'

test.each([
  [0, '0s'],
  [0.4, '< 1s'],
  [59, '59s'],
  [60, '1m'],
  [130, '2m 10s'],
  [3600, '1h'],
  [90_061, '1d 1h'],
])('%s seconds are said as %s', (seconds, words) => {
  expect(formatSpan(seconds)).toBe(words)
})

test.each([
  [3, 'just now'],
  [42, '40s ago'],
  [61, '1m ago'],
  [7300, '2h ago'],
  [86_400 * 40, '1mo ago'],
])('%s seconds ago is said as %s', (seconds, words) => {
  const now = Date.parse('2026-01-02T03:04:05Z')
  expect(formatAgo(new Date(now - seconds * 1000).toISOString(), now)).toBe(words)
})

test('a span is measured to an instant or to now', () => {
  expect(secondsBetween('2026-01-01T00:00:00Z', '2026-01-01T00:01:00Z')).toBe(60)
  expect(secondsBetween('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:00:02Z'))).toBe(2)
})

test.each([
  [0.123456, '0.1235'],
  [-0.5, '−0.5000'],
  [0, '0.000'],
  [0.00012, '1.20e−4'],
  [12345.678, '12,345.7'],
  [241233.5, '241,234'],
  [null, '—'],
  [Number.NaN, '—'],
])('the metric %s is written %s', (value, words) => {
  expect(formatMetric(value)).toBe(words)
})

test('sizes, shares and counts are short', () => {
  expect(formatBytes(999)).toBe('999 B')
  expect(formatBytes(1_423_529)).toBe('1.4 MB')
  expect(formatShare(0.0004)).toBe('< 0.1 %')
  expect(formatShare(0.716)).toBe('72 %')
  expect(sayMany(1, '{n} epoch', '{n} epochs')).toBe('1 epoch')
  expect(sayMany(2000, '{n} epoch', '{n} epochs')).toBe('2,000 epochs')
})

test('a shape says which size is the batch', () => {
  expect(formatShape([null, 28, 28, 1])).toBe('(batch, 28, 28, 1)')
  expect(
    formatShape([
      [null, 1],
      [null, 8],
    ]),
  ).toBe('(batch, 1), (batch, 8)')
  expect(formatShape(null)).toBe('—')
})

test('a problem of the service becomes one readable error', () => {
  const fault = { pointer: '/model', message: 'missing', code: 'missing' }
  const refusal = refusalOf({ status: 422, code: 'refused', detail: 'One fault.', errors: [fault] }, 422)
  expect(refusal.message).toBe('One fault.')
  expect(faultsOf(refusal)).toEqual([fault])
})

test('silence, strangers and missing things are told apart', () => {
  expect(refusalOf(undefined, undefined).code).toBe('unreachable')
  expect(isSignedOut(new Refused(401, 'unauthorized', ''))).toBe(true)
  expect(isMissing(new Refused(404, 'not_found', ''))).toBe(true)
  expect(isMissing(new Error('404'))).toBe(false)
})
