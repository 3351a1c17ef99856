/** A device as a worker reports it: a plain word, or an object with a name and perhaps its memory. */
export function describeDevice(device: unknown): string {
  if (typeof device !== 'object' || device === null) return String(device)
  const { name, kind, memory_mb: memory } = device as { name?: unknown; kind?: unknown; memory_mb?: unknown }
  const word = String(name ?? kind ?? 'device')
  return typeof memory === 'number' ? `${word} (${Math.round(memory / 1024)} GB)` : word
}
