import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

/** A worker: the SHA-256 of the file that it is sent, read piece by piece; how far it is on the way. */

const PIECE = 4 * 2 ** 20

self.onmessage = async ({ data: file }: MessageEvent<File>) => {
  try {
    const hash = sha256.create()
    for (let at = 0; at < file.size; at += PIECE) {
      hash.update(new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer()))
      self.postMessage({ share: Math.min(1, (at + PIECE) / file.size) })
    }
    self.postMessage({ sha256: bytesToHex(hash.digest()) })
  } catch (error) {
    self.postMessage({ error: error instanceof Error ? error.message : String(error) })
  }
}
