import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query'
import {
  type Component,
  checkComponent,
  checkSource,
  createComponent,
  deleteComponent,
  getComponent,
  getSource,
  listComponents,
} from '#client'
import { answer } from '#shared/answer.ts'
import { componentKey, componentsKey } from '#shared/keys.ts'
import type { Files } from './files.ts'

export function componentsQuery({ name, project }: { name?: string; project?: string }) {
  return infiniteQueryOptions({
    queryKey: [...componentsKey, name, project],
    queryFn: ({ pageParam }) =>
      answer(listComponents({ query: { name, project, limit: 100, after: pageParam ?? undefined } })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  })
}

export function componentQuery(id: string) {
  return queryOptions({
    queryKey: componentKey(id),
    queryFn: () => answer(getComponent({ path: { component_id: id } })),
  })
}

/** What a version is made of, which never changes. */
export function sourceQuery(id: string) {
  return queryOptions({
    queryKey: componentKey(id, 'source'),
    queryFn: async () => (await answer(getSource({ path: { component_id: id } }))).files as Files,
    staleTime: Number.POSITIVE_INFINITY,
  })
}

/** What the doctor last said of a version in this browser. */
export const reportKey = (id: string) => componentKey(id, 'report')

export type Draft = { name: string; project?: string; files: Files }

/** The doctor's report: of a version as it is kept, or of a text that is not. */
export function useCheck() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: ({ kept, draft }: { kept: string | null; draft: Draft }) =>
      kept ? answer(checkComponent({ path: { component_id: kept } })) : answer(checkSource({ body: draft })),
    onSuccess: (report, { kept }) => kept && cache.setQueryData(reportKey(kept), report),
  })
}

/** Equal source answers with the version that has it. */
export function useSave(onSaved: (saved: Component) => void) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (draft: Draft) => answer(createComponent({ body: draft })),
    onSuccess: (saved) => {
      void cache.invalidateQueries({ queryKey: componentsKey })
      onSaved(saved)
    },
  })
}

export function useDeleteComponent(id: string, onDone: () => void) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: () => answer(deleteComponent({ path: { component_id: id } })),
    onSuccess: () => {
      onDone()
      cache.removeQueries({ queryKey: componentKey(id) })
      void cache.invalidateQueries({ queryKey: componentsKey })
    },
  })
}
