import { CSRF_HEADER, csrfToken } from '#shared/csrf.ts'
import { Refused, refusalOf } from '#shared/problem.ts'

/** What one upload does with the network and the disk, and how long it is patient with them. */

const PATIENCE_S = [0.5, 1, 2, 4, 8, 15, 30]
const PASSING = new Set([0, 408, 425, 429])

/** Silence and the service's own errors pass; a full disk does not by itself. */
export function isPassing(error: unknown): boolean {
  return error instanceof Refused && (PASSING.has(error.status) || (error.status >= 500 && error.status !== 507))
}

/** Asks again and again, with longer and longer pauses; `onWait` is told the seconds until the next try. */
export async function persist<T>(
  ask: () => Promise<T>,
  signal: AbortSignal,
  onWait: (seconds: number | null) => void,
): Promise<T> {
  for (const seconds of [...PATIENCE_S, null]) {
    try {
      const found = await ask()
      onWait(null)
      return found
    } catch (error) {
      signal.throwIfAborted()
      if (seconds === null || !isPassing(error)) throw error
      onWait(seconds)
      await pause(seconds, signal)
    }
  }
  throw new Error('unreachable')
}

/** So long, or until the browser says that the line is there again. */
function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((go, stop) => {
    const end = () => {
      clearTimeout(timer)
      window.removeEventListener('online', end)
      signal.removeEventListener('abort', end)
      if (signal.aborted) stop(signal.reason)
      else go()
    }
    const timer = setTimeout(end, seconds * 1000)
    window.addEventListener('online', end)
    signal.addEventListener('abort', end)
  })
}

export function hashOf(file: File, signal: AbortSignal, onShare: (share: number) => void): Promise<string> {
  const worker = new Worker(new URL('./hashing.ts', import.meta.url), { type: 'module' })
  const found = new Promise<string>((tell, fail) => {
    signal.addEventListener('abort', () => fail(signal.reason))
    worker.onerror = ({ message }) => fail(new Error(message))
    worker.onmessage = ({ data }: MessageEvent<{ share?: number; sha256?: string; error?: string }>) => {
      if (data.share !== undefined) onShare(data.share)
      if (data.sha256) tell(data.sha256)
      if (data.error) fail(new Error(data.error))
    }
    worker.postMessage(file)
  })
  return found.finally(() => worker.terminate())
}

/** One part. Not by `fetch`, which does not say how far a request body has got. */
export async function sendPart(
  address: string,
  part: Blob,
  signal: AbortSignal,
  onSent: (bytes: number) => void,
): Promise<void> {
  const [token, digest] = [await csrfToken(), await digestOf(part)]
  signal.throwIfAborted()
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest()
    const stop = () => request.abort()
    signal.addEventListener('abort', stop)
    request.open('PUT', address)
    request.setRequestHeader('Content-Type', 'application/octet-stream')
    if (digest) request.setRequestHeader('Content-Digest', digest)
    if (token) request.setRequestHeader(CSRF_HEADER, token)
    request.upload.onprogress = ({ loaded }) => onSent(loaded)
    request.onabort = () => fail(signal.reason)
    request.onerror = () => fail(refusalOf(null, undefined))
    request.onloadend = () => signal.removeEventListener('abort', stop)
    request.onload = () => {
      if (request.status < 300) done()
      else fail(refusalOf(parse(request.responseText), request.status))
    }
    request.send(part)
  })
}

/** RFC 9530; a browser computes it only where the page came over TLS, or from this very machine. */
async function digestOf(part: Blob): Promise<string | null> {
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle
  if (!subtle) return null
  const bytes = new Uint8Array(await subtle.digest('SHA-256', await part.arrayBuffer()))
  return `sha-256=:${btoa(String.fromCharCode(...bytes))}:`
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
