import type { Fault, ProblemAnswer } from '#client'
import { say } from './words.ts'

/** Errors of the API: `application/problem+json`, thrown as one class so that a query's error is always readable. */

export type { Fault }

export class Refused extends Error {
  readonly status: number
  readonly code: string
  readonly faults: Fault[]

  constructor(status: number, code: string, detail: string, faults: Fault[] = []) {
    super(detail)
    this.name = 'Refused'
    this.status = status
    this.code = code
    this.faults = faults
  }
}

/** What the service said, or that it said nothing. */
export function refusalOf(body: unknown, status: number | undefined): Refused {
  if (status === undefined) return new Refused(0, 'unreachable', say('Horngate does not answer. Is it still running?'))
  const problem: Partial<ProblemAnswer> = typeof body === 'object' && body !== null ? body : {}
  const detail = problem.detail || problem.title || say('The service answered {status}.', { status })
  return new Refused(status, problem.code ?? 'unknown', detail, problem.errors ?? [])
}

export function faultsOf(error: unknown): Fault[] {
  return error instanceof Refused ? error.faults : []
}

export function isSignedOut(error: unknown): boolean {
  return error instanceof Refused && error.status === 401
}

export function isMissing(error: unknown): boolean {
  return error instanceof Refused && (error.status === 404 || error.status === 410)
}
