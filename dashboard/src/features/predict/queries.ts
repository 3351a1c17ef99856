import { queryOptions, useMutation } from '@tanstack/react-query'
import { downloadArtifact, getProfile, listArtifacts, predict, previewDataset } from '#client'
import { answer } from '#shared/answer.ts'
import { datasetKey, runKey } from '#shared/keys.ts'

export const EXAMPLES = 20
const INPUTS = 'inputs.json'

/** What the form is built from: the columns, and some rows of the data set that the run was trained on. */
export function formQuery(datasetId: string) {
  return queryOptions({
    queryKey: datasetKey(datasetId, 'form'),
    queryFn: async () => {
      const path = { dataset_id: datasetId }
      const [profile, preview] = await Promise.all([
        answer(getProfile({ path })),
        answer(previewDataset({ path, query: { rows: EXAMPLES } })).catch(() => undefined),
      ])
      return { columns: profile.columns, preview }
    },
    staleTime: Number.POSITIVE_INFINITY,
  })
}

/** What the model of a script takes; null where it left none that can be asked. */
export function tensorsQuery(runId: string) {
  return queryOptions({
    queryKey: runKey(runId, 'tensors'),
    queryFn: async () => {
      const { data } = await answer(listArtifacts({ path: { run_id: runId } }))
      if (!data.some((artifact) => artifact.path === INPUTS)) return null
      return String(await answer(downloadArtifact({ path: { run_id: runId, path: INPUTS }, parseAs: 'text' })))
    },
    staleTime: Number.POSITIVE_INFINITY,
  })
}

export function usePredict(runId: string) {
  return useMutation({
    mutationFn: async (instance: Record<string, unknown>) => {
      const begun = performance.now()
      const answered = await answer(predict({ path: { run_id: runId }, body: { instances: [instance] } }))
      // Rows are answered at once; a job is what a whole data set gets.
      const predictions: unknown[] = 'predictions' in answered ? answered.predictions : []
      return { prediction: predictions[0], milliseconds: performance.now() - begun }
    },
  })
}
