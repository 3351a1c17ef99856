import { queryOptions } from '@tanstack/react-query'
import { downloadArtifact, listArtifacts } from '#client'
import { answer } from '#shared/answer.ts'
import { runKey } from '#shared/keys.ts'

/** What the trainer keeps of the answers to the rows that were held back: the artifact `evaluation.json`. */
export type Evaluation = { part: string; rows: number; total: number; outputs: Record<string, Judged> }
export type Judged = JudgedClasses | JudgedNumbers
export type Point = [number, number]
export type Worst = { truth: unknown; answer: unknown; off: number; values: Record<string, unknown> }

export type JudgedClasses = {
  kind: 'classes'
  /** Of the data set, whose values are predicted. */
  column: string
  labels: unknown[]
  accuracy: number
  confusion?: number[][]
  confused?: { truth: unknown; answer: unknown; count: number }[]
  roc?: Point[]
  roc_auc?: number
  precision_recall?: Point[]
  average_precision?: number
  worst: Worst[]
}

export type JudgedNumbers = {
  kind: 'numbers'
  column: string
  r2: number | null
  mae: number
  rmse: number
  bias: number
  points: Point[]
  residuals: { edges: number[]; counts: number[] }
  worst: Worst[]
}

const FILE = 'evaluation.json'

/** Null where the run has none: it has not ended, held nothing back, or its answers are neither classes nor numbers. */
export function evaluationQuery(id: string) {
  return queryOptions({
    queryKey: runKey(id, 'artifacts', 'evaluation'),
    queryFn: async () => {
      const { data } = await answer(listArtifacts({ path: { run_id: id } }))
      if (!data.some(({ path }) => path === FILE)) return null
      const text = await answer(downloadArtifact({ path: { run_id: id, path: FILE }, parseAs: 'text' }))
      return JSON.parse(String(text)) as Evaluation
    },
    staleTime: Number.POSITIVE_INFINITY,
  })
}
