/** The upload that this browser has begun and not finished: a page that is read anew goes on with it. */

export type Remembered = {
  id: string
  filename: string
  bytes: number
  sha256: string
  /** When the file was last changed: one that was since is another. */
  changed: number
  project?: string
}

const KEPT = 'hg-upload'

export function remember(upload: Remembered): void {
  localStorage.setItem(KEPT, JSON.stringify(upload))
}

export function forget(): void {
  localStorage.removeItem(KEPT)
}

export function remembered(): Remembered | null {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? 'null')
  } catch {
    return null
  }
}

/** Whether this is the file that was begun, as far as its outside says. */
export function isSame(kept: Remembered | null, file: File, project: string | undefined): kept is Remembered {
  if (!kept || kept.project !== project) return false
  return kept.filename === file.name && kept.bytes === file.size && kept.changed === file.lastModified
}
