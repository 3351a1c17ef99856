import type { Component, DoctorReport, Finding } from '#client'
import type { Fault } from '#shared/problem.ts'

/** A package's texts by path. */
export type Files = Record<string, string>

/** The package itself; a component of one file is this alone. */
export const MAIN = '__init__.py'

/** Something to say of a line; of none where `line` is null. */
export type Remark = Pick<Finding, 'rule' | 'severity' | 'message' | 'advice'> & { path: string; line: number | null }

/** The newest version of each name, in the order in which they came. */
export function newestOf(components: Component[]): { newest: Component; versions: number }[] {
  const byName = new Map<string, Component[]>()
  for (const one of components) {
    const key = `${one.project}/${one.name}`
    byName.set(key, [...(byName.get(key) ?? []), one])
  }
  return [...byName.values()].map((versions) => ({
    newest: versions.reduce((best, one) => (one.version > best.version ? one : best)),
    versions: versions.length,
  }))
}

/** A single module is called as its package is. */
export function shownPath(path: string, name: string, files: Files): string {
  return path === MAIN && Object.keys(files).length === 1 ? `${name || 'component'}.py` : path
}

export function isEqual(some: Files, others: Files): boolean {
  const paths = Object.keys(some)
  return paths.length === Object.keys(others).length && paths.every((path) => some[path] === others[path])
}

/** The main one first, then by path. */
export function pathsOf(...sets: Files[]): string[] {
  const paths = new Set(sets.flatMap((files) => Object.keys(files)))
  return [...paths].sort((one, other) => Number(other === MAIN) - Number(one === MAIN) || one.localeCompare(other))
}

function knownPath(files: Files, file: string | null | undefined): string {
  return file && file in files ? file : MAIN
}

const PLACE = /^(\S+\.py), line \d+: /

/** Where a fault stands: most say their file first, the others say what is defined there. */
function remarkOfFault(files: Files, fault: Fault): Remark {
  const said = PLACE.exec(fault.message)
  const defines = new RegExp(`^(class|def) ${String(fault.found).replace(/\W/g, '')}\\b`, 'm')
  const path = said ? knownPath(files, said[1]) : pathsOf(files).find((one) => defines.test(files[one] ?? ''))
  return {
    path: path ?? MAIN,
    line: fault.line ?? null,
    rule: fault.code,
    severity: 'error',
    message: said ? fault.message.slice(said[0].length) : fault.message,
    advice: '',
  }
}

export function remarksOf(files: Files, report: DoctorReport | undefined, faults: Fault[]): Remark[] {
  const findings = report?.findings ?? []
  const remarks = findings.map(({ file, line, ...rest }) => ({ ...rest, path: knownPath(files, file), line }))
  return [...faults.map((fault) => remarkOfFault(files, fault)), ...remarks]
}

const ORDER = { error: 0, warning: 1, info: 2 } as const

/** The gravest first, then as they stand in the text. */
export function inOrder(remarks: Remark[]): Remark[] {
  return [...remarks].sort(
    (one, other) =>
      ORDER[one.severity] - ORDER[other.severity] ||
      one.path.localeCompare(other.path) ||
      (one.line ?? 0) - (other.line ?? 0),
  )
}

const FILE = /^(?!.*(?:^|\/)\.)[\w-]+(?:\/[\w-]+)*\.py$/

/** A path below the package's folder, as Python imports it. */
export function isPath(path: string): boolean {
  return FILE.test(path)
}

/** `My losses.py` → `my_losses`: a name that Python can import. */
export function moduleName(filename: string): string {
  const stem = filename.replace(/\.py$/i, '').toLowerCase()
  const name = stem.replace(/\W+/g, '_').replace(/^_+|_+$/g, '')
  return /^[a-z]/.test(name) ? name : ''
}
