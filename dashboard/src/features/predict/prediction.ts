/** The shapes in which a prediction comes (api.md): a value, a class with probabilities, or those by output. */

export type Labelled = { label: unknown; probabilities: [string, number][] }

export function asLabelled(value: unknown): Labelled | null {
  if (typeof value !== 'object' || value === null || !('label' in value)) return null
  const shares = 'probabilities' in value && typeof value.probabilities === 'object' ? value.probabilities : null
  const probabilities = Object.entries(shares ?? {})
    .map(([label, share]): [string, number] => [label, Number(share)])
    .sort((one, other) => other[1] - one[1])
  return { label: value.label, probabilities }
}

/** Several outputs, by name; null where there is one alone. */
export function asOutputs(value: unknown): [string, unknown][] | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || 'label' in value) return null
  return Object.entries(value)
}

export function formatValue(value: unknown): string {
  if (typeof value === 'number') return value.toLocaleString('en-US', { maximumSignificantDigits: 7 })
  return typeof value === 'string' ? value : JSON.stringify(value)
}
