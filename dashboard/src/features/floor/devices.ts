import { formatBytes } from '#shared/numbers.ts'
import { say, sayMany } from '#shared/words.ts'

type Reported = { kind?: unknown; name?: unknown; cores?: unknown; memory_bytes?: unknown }

/** A device as a worker reports it: `2 cores, 25.2 GB`, `NVIDIA H200, 151 GB`. */
export function describeDevice(device: unknown): string {
  if (typeof device !== 'object' || device === null) return String(device)
  const { kind, name, cores, memory_bytes: memory }: Reported = device
  const word =
    typeof cores === 'number' ? sayMany(cores, '{n} core', '{n} cores') : String(name ?? kind ?? say('device'))
  return typeof memory === 'number' ? `${word}, ${formatBytes(memory)}` : word
}
