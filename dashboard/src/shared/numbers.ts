import { locale } from './words.ts'

/** Numbers as people read them. */

/** To make one takes longer than to use it a hundred times. */
const formats = new Map<string, Intl.NumberFormat>()

function formatOf(maximumFractionDigits: number): Intl.NumberFormat {
  const key = `${locale()} ${maximumFractionDigits}`
  const known = formats.get(key) ?? new Intl.NumberFormat(locale(), { maximumFractionDigits })
  formats.set(key, known)
  return known
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`
}

export function formatCount(count: number): string {
  return formatOf(3).format(count)
}

/** A metric to four significant digits, with no exponent where none is needed. */
export function formatMetric(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '—'
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞'
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) return value.toExponential(2).replace('-', '−').replace('e+', 'e')
  if (size >= 1000) return formatOf(size >= 1e5 ? 0 : 1).format(value)
  return value.toPrecision(4).replace('-', '−')
}

export function formatShare(share: number): string {
  const percent = share * 100
  if (percent > 0 && percent < 0.1) return '< 0.1 %'
  return `${percent.toFixed(percent < 10 ? 1 : 0)} %`
}
