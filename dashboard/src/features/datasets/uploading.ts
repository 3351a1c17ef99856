import { notifications } from '@mantine/notifications'
import { useSyncExternalStore } from 'react'
import { beginUpload, completeUpload, type Dataset, deleteUpload, type Upload } from '#client'
import { answer } from '#shared/answer.ts'
import { formatCount } from '#shared/numbers.ts'
import { Refused } from '#shared/problem.ts'
import { say } from '#shared/words.ts'
import { datasetName, makeMeter, missingParts, partBytes } from './parts.ts'
import { forget, isSame, remember, remembered } from './remembered.ts'
import { hashOf, isPassing, persist, sendPart } from './sending.ts'

/** The one upload of this page. It goes on while one looks at other pages, and whoever draws it reads it here. */

export type Phase = 'hashing' | 'sending' | 'paused' | 'reading' | 'broken' | 'refused' | 'done'
export type Uploading = {
  phase: Phase
  file: File
  project?: string
  /** How much of it has been hashed, while it is. */
  share: number
  sent: number
  /** Bytes a second. */
  rate: number | null
  /** Seconds until it is tried again, while the line is broken. */
  waits: number | null
  error: Error | null
  dataset: Dataset | null
}

/** Signed out, forgotten in the meantime, a full disk: no fault of the file. */
const MENDED_ELSEWHERE = new Set([401, 404, 507])

let now: Uploading | null = null
let stopper = new AbortController()
let begun: Upload | null = null
const listeners = new Set<() => void>()

function tell(news: Partial<Uploading> | null): void {
  now = news && now ? { ...now, ...news } : null
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function useUploading(): Uploading | null {
  return useSyncExternalStore(subscribe, () => now)
}

export function begin(file: File, project: string | undefined): void {
  stopper.abort()
  begun = null
  const blank = { share: 0, sent: 0, rate: null, waits: null, error: null, dataset: null }
  now = { phase: 'hashing', file, project, ...blank }
  void go(file, project)
}

export function pauseUpload(): void {
  stopper.abort()
  tell({ phase: 'paused', rate: null, waits: null })
}

/** After a pause, or a line that was broken for too long: the same file once more, of which most is there. */
export function goOn(): void {
  if (now) void go(now.file, now.project)
}

/** Neither the service nor this browser keeps anything of it. */
export function cancelUpload(): void {
  stopper.abort()
  if (begun) void deleteUpload({ path: { upload_id: begun.id } }).catch(() => undefined)
  close()
}

/** What is over is no longer shown. */
export function close(): void {
  forget()
  begun = null
  tell(null)
}

async function go(file: File, project: string | undefined): Promise<void> {
  stopper.abort()
  stopper = new AbortController()
  const { signal } = stopper
  const onWait = (waits: number | null) => !signal.aborted && tell(waits ? { waits, rate: null } : { waits })
  try {
    const upload = await announce(file, project, signal, onWait)
    if (!upload.dataset) await sendMissing(file, upload, signal, onWait)
    const complete = () => answer(completeUpload({ path: { upload_id: upload.id }, signal }))
    const dataset = upload.dataset ?? (await persist(complete, signal, onWait))
    forget()
    finish(file, dataset)
  } catch (error) {
    if (!signal.aborted) fail(error instanceof Error ? error : new Error(String(error)))
  }
}

/** Whoever draws it goes on from here; where nobody does it is told in a corner. */
function finish(file: File, dataset: Dataset): void {
  const isDrawn = listeners.size > 0
  if (isDrawn) tell({ phase: 'done', sent: file.size, dataset })
  else close()
  if (isDrawn) return
  notifications.show({
    color: 'green',
    title: say('{name} is there', { name: `${dataset.name}@${dataset.version}` }),
    message: say('{rows} rows of {file}', { rows: formatCount(dataset.rows), file: file.name }),
  })
}

function fail(error: Error): void {
  const isBroken = isPassing(error) || (error instanceof Refused && MENDED_ELSEWHERE.has(error.status))
  if (!isBroken) forget()
  tell({ phase: isBroken ? 'broken' : 'refused', error, rate: null, waits: null })
}

type OnWait = (seconds: number | null) => void

/** The service knows the file by its hash: what is there of it need not be sent, whoever sent it. */
async function announce(file: File, project: string | undefined, signal: AbortSignal, onWait: OnWait): Promise<Upload> {
  tell({ phase: 'hashing', error: null })
  const kept = remembered()
  const known = begun?.sha256 ?? (isSame(kept, file, project) ? kept.sha256 : null)
  const sha256 = known ?? (await hashOf(file, signal, (share) => tell({ share })))
  const about = { filename: file.name, name: datasetName(file.name), bytes: file.size, sha256 }
  const body = { ...about, project, part_bytes: partBytes(file.size) }
  begun = await persist(() => answer(beginUpload({ body, signal })), signal, onWait)
  remember({ id: begun.id, filename: file.name, bytes: file.size, sha256, changed: file.lastModified, project })
  return begun
}

async function sendMissing(file: File, upload: Upload, signal: AbortSignal, onWait: OnWait): Promise<void> {
  const measure = makeMeter()
  let there = upload.received_bytes
  const note = (sent: number) => tell({ sent, rate: measure(sent, performance.now()) })
  tell({ phase: 'sending', sent: there })
  for (const number of missingParts(upload)) {
    const from = (number - 1) * upload.part_bytes
    const part = file.slice(from, from + upload.part_bytes)
    const send = () => sendPart(`${upload.href}/parts/${number}`, part, signal, (bytes) => note(there + bytes))
    await persist(send, signal, onWait)
    there += part.size
    note(there)
  }
  tell({ phase: 'reading', rate: null })
}
