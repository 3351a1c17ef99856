import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { createRun, listTemplates, preflightSpec, suggestSpec, validateSpec } from '#client'
import { answer } from '#shared/answer.ts'
import { runKey, runsKey } from '#shared/keys.ts'

export const templatesQuery = queryOptions({
  queryKey: ['templates'],
  queryFn: () => answer(listTemplates()),
  staleTime: Number.POSITIVE_INFINITY,
})

export function suggestionQuery(dataset: string, target: string, project?: string) {
  return queryOptions({
    queryKey: ['suggestion', dataset, target, project],
    queryFn: () => answer(suggestSpec({ body: { dataset, target, project } })),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
}

/** What the service says of a text; asked again whenever the text rests. The last sound summary stays meanwhile. */
export function checkQuery(text: string) {
  return queryOptions({
    queryKey: ['check', text],
    queryFn: () => answer(validateSpec({ body: { text } })),
    enabled: text.trim() !== '',
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    gcTime: 60_000,
    retry: false,
  })
}

export function useSubmit(onDone: (runId: string, queuePosition: number | null) => void) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (text: string) => answer(createRun({ body: { text } })),
    onSuccess: (run) => {
      cache.setQueryData(runKey(run.id), run)
      void cache.invalidateQueries({ queryKey: runsKey })
      onDone(run.id, run.queue_position ?? null)
    },
  })
}

/** Build it and train one batch; nothing is queued. */
export function usePreflight() {
  return useMutation({ mutationFn: (text: string) => answer(preflightSpec({ body: { text } })) })
}
