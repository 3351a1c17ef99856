/** A tensor's shape as Keras prints it; several for a layer with several outputs. */
export function formatShape(shape: unknown): string {
  if (shape === null || shape === undefined) return '—'
  if (!Array.isArray(shape)) {
    if (typeof shape !== 'object') return String(shape)
    return Object.entries(shape)
      .map(([name, inner]) => `${name}: ${formatShape(inner)}`)
      .join(', ')
  }
  if (shape.some((part) => Array.isArray(part))) return shape.map(formatShape).join(', ')
  return `(${shape.map((size) => size ?? 'batch').join(', ')})`
}
