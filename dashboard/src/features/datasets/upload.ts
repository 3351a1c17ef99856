import type { Dataset } from '#client'
import { CSRF_HEADER, csrfToken } from '#shared/csrf.ts'
import { refusalOf } from '#shared/problem.ts'

/** `My Houses (2).csv` → `my-houses-2`: a name that a spec can say. */
export function datasetName(filename: string): string {
  const stem = filename.replace(/\.(csv|tsv|parquet|npz|zip|jsonl|ndjson|json)$/i, '')
  return (
    stem
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[-._]+|[-._]+$/g, '') || 'data'
  )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** `POST /v1/datasets`. Not by `fetch`, which does not say how far a request body has got. */
export async function upload(
  file: File,
  project: string | undefined,
  onShare: (share: number) => void,
): Promise<Dataset> {
  const token = await csrfToken()
  const form = new FormData()
  form.append('name', datasetName(file.name))
  if (project) form.append('project', project)
  form.append('file', file)
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', '/v1/datasets')
    if (token) request.setRequestHeader(CSRF_HEADER, token)
    request.upload.onprogress = ({ loaded, total }) => onShare(loaded / total)
    request.onerror = () => reject(refusalOf(null, undefined))
    request.onload = () => {
      const body = parse(request.responseText)
      if (request.status < 300) resolve(body as Dataset)
      else reject(refusalOf(body, request.status))
    }
    request.send(form)
  })
}
