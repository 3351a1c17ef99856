import type { AlignedData } from 'uplot'
import { formatMetric } from '#shared/numbers.ts'

/** A chart as a file: what it shows, as numbers, as a drawing, as a picture. */

function quote(word: string): string {
  return /[",\n]/.test(word) ? `"${word.replaceAll('"', '""')}"` : word
}

export function writeCsv(axis: string, labels: string[], data: AlignedData): string {
  const [xs, ...columns] = data
  const rows = Array.from(xs, (x, row) => [x, ...columns.slice(0, labels.length).map((column) => column[row] ?? '')])
  return [[axis, ...labels].map(quote), ...rows].map((row) => `${row.join(',')}\n`).join('')
}

const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM] = [720, 360, 64, 56, 34]

function asText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

export function drawSvg(title: string, labels: string[], colors: string[], data: AlignedData): string {
  const [xs, ...columns] = data
  const shown = columns.slice(0, labels.length)
  const values = shown.flatMap((column) => Array.from(column).filter((value) => value !== null && value !== undefined))
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const [first, last] = [xs[0] ?? 0, xs[xs.length - 1] ?? 1]
  const x = (at: number) => LEFT + ((at - first) / (last - first || 1)) * (WIDTH - LEFT - 20)
  const y = (value: number) => HEIGHT - BOTTOM - ((value - low) / (high - low || 1)) * (HEIGHT - TOP - BOTTOM)
  const lines = shown.map((column, nth) => {
    const points = Array.from(xs, (at, row) => ({ at, value: column[row] }))
      .filter((point): point is { at: number; value: number } => typeof point.value === 'number')
      .map(({ at, value }) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`)
    return `<polyline fill="none" stroke="${colors[nth]}" stroke-width="1.75" points="${points.join(' ')}"/>`
  })
  const keys = labels.map(
    (label, nth) => `<text x="${LEFT + nth * 150}" y="42" fill="${colors[nth]}" font-size="12">${asText(label)}</text>`,
  )
  const ticks = [low, (low + high) / 2, high].map(
    (value) =>
      `<text x="${LEFT - 8}" y="${y(value) + 4}" text-anchor="end" font-size="11">${formatMetric(value)}</text>` +
      `<line x1="${LEFT}" x2="${WIDTH - 20}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/>`,
  )
  const ends = [first, last].map(
    (at) => `<text x="${x(at)}" y="${HEIGHT - 12}" text-anchor="middle" font-size="11">${at}</text>`,
  )
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="Inter, sans-serif">` +
    `<rect width="100%" height="100%" fill="#fff"/><text x="${LEFT}" y="22" font-size="14" font-weight="600">${asText(title)}` +
    `</text>${[...keys, ...ticks, ...ends, ...lines].join('')}</svg>\n`
  )
}

/** What stands on the canvas, over the colour of the card. */
export function paintPng(canvas: HTMLCanvasElement, background: string): Promise<Blob | null> {
  const copy = document.createElement('canvas')
  copy.width = canvas.width
  copy.height = canvas.height
  const drawing = copy.getContext('2d')
  if (!drawing) return Promise.resolve(null)
  drawing.fillStyle = background
  drawing.fillRect(0, 0, copy.width, copy.height)
  drawing.drawImage(canvas, 0, 0)
  return new Promise((tell) => copy.toBlob(tell, 'image/png'))
}

export function save(name: string, content: Blob | string, type = 'text/plain'): void {
  const address = URL.createObjectURL(new Blob([content], { type }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}
