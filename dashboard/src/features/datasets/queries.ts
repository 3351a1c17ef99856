import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query'
import { useState } from 'react'
import { type Dataset, deleteDataset, getDataset, getProfile, listDatasets, previewDataset } from '#client'
import { answer } from '#shared/answer.ts'
import { datasetKey, datasetsKey } from '#shared/keys.ts'
import { upload } from './upload.ts'

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

/** Sends a file; `share` is how much of it is on its way (1: sent, the service reads it now). */
export function useUpload(project: string | undefined, onDone: (dataset: Dataset) => void) {
  const cache = useQueryClient()
  const [share, setShare] = useState(0)
  const sending = useMutation({
    mutationFn: (file: File) => {
      setShare(0)
      return upload(file, project, setShare)
    },
    onSuccess: (dataset) => {
      void cache.invalidateQueries({ queryKey: datasetsKey })
      onDone(dataset)
    },
  })
  return { ...sending, share }
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
