import { useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { DoctorReport } from '#client'
import { faultsOf } from '#shared/problem.ts'
import { type Files, isEqual, remarksOf } from './files.ts'
import { type Draft, reportKey, useCheck } from './queries.ts'

/** What the doctor has said, of which text, and whether that is the one that stands there now. */
export function useJudging(files: Files, componentId: string | undefined) {
  const check = useCheck()
  const cache = useQueryClient()
  const [begun] = useState(files)
  const [before] = useState(() => componentId && cache.getQueryData<DoctorReport>(reportKey(componentId)))
  const asked = check.variables?.draft.files ?? (before ? begun : undefined)
  const report = check.variables ? check.data : before || undefined
  const faults = useMemo(() => faultsOf(check.error), [check.error])
  const remarks = useMemo(() => (asked ? remarksOf(asked, report, faults) : []), [asked, report, faults])
  return {
    remarks,
    report,
    isChecking: check.isPending,
    isOld: asked !== undefined && !isEqual(asked, files),
    /** What went wrong that is no fault of the text. */
    trouble: check.error && faults.length === 0 ? check.error : null,
    /** The version that has this text is known by what was said of it. */
    remember: (id: string) => report && cache.setQueryData(reportKey(id), report),
    check: (draft: Draft, kept: string | null) => check.mutate({ kept, draft }),
    /** The number of errors in exactly this text; what was said before is not asked for again. */
    async countErrors(draft: Draft): Promise<number> {
      const isKnown = asked && isEqual(asked, draft.files) && !check.isPending
      try {
        const told = isKnown && report ? report : await check.mutateAsync({ kept: null, draft })
        return told.findings.filter((one) => one.severity === 'error').length
      } catch {
        return Number.POSITIVE_INFINITY
      }
    },
  }
}

export type Judging = ReturnType<typeof useJudging>
