import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query'
import {
  completeUpload,
  type Dataset,
  deleteDataset,
  deleteUpload,
  getDataset,
  getProfile,
  getUpload,
  listDatasets,
  previewDataset,
} from '#client'
import { answer } from '#shared/answer.ts'
import { datasetKey, datasetsKey } from '#shared/keys.ts'

export function datasetsQuery({ name, project }: { name?: string; project?: string }) {
  return infiniteQueryOptions({
    queryKey: [...datasetsKey, name, project],
    queryFn: ({ pageParam }) =>
      answer(listDatasets({ query: { name, project, limit: 100, after: pageParam ?? undefined } })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  })
}

export function datasetQuery(id: string) {
  return queryOptions({
    queryKey: datasetKey(id),
    queryFn: () => answer(getDataset({ path: { dataset_id: id } })),
  })
}

export function profileQuery(id: string) {
  return queryOptions({
    queryKey: datasetKey(id, 'profile'),
    queryFn: () => answer(getProfile({ path: { dataset_id: id } })),
    staleTime: Number.POSITIVE_INFINITY,
  })
}

export function previewQuery(id: string) {
  return queryOptions({
    queryKey: datasetKey(id, 'preview'),
    queryFn: () => answer(previewDataset({ path: { dataset_id: id }, query: { rows: 20 } })),
    staleTime: Number.POSITIVE_INFINITY,
  })
}

/** An upload that was begun, with what has come of it. */
export function uploadQuery(id: string) {
  return queryOptions({ queryKey: ['upload', id], queryFn: () => answer(getUpload({ path: { upload_id: id } })) })
}

/** All of it has come: the service may judge it without the file. */
export function useComplete(onDone: (dataset: Dataset) => void) {
  return useMutation({
    mutationFn: (id: string) => answer(completeUpload({ path: { upload_id: id } })),
    onSuccess: onDone,
  })
}

/** Nobody goes on with it: its parts go. */
export function useForget(onDone: () => void) {
  return useMutation({
    mutationFn: (id: string) => answer(deleteUpload({ path: { upload_id: id } })),
    onSettled: onDone,
  })
}

export function useDeleteDataset(id: string, onDone: () => void) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: () => answer(deleteDataset({ path: { dataset_id: id } })),
    onSuccess: () => {
      onDone()
      cache.removeQueries({ queryKey: datasetKey(id) })
      void cache.invalidateQueries({ queryKey: datasetsKey })
    },
  })
}
