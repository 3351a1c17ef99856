import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Failed, RowsToCome } from './States.tsx'

type Props<T> = { query: UseQueryResult<T, Error>; toCome?: ReactNode; children: (data: T) => ReactNode }

/** The three designs of every query: to come, failed, there. What was there stays while it is read anew. */
export function Loaded<T>({ query, toCome, children }: Props<T>) {
  if (query.data !== undefined) return children(query.data)
  if (query.error) return <Failed error={query.error} retry={() => void query.refetch()} />
  return toCome ?? <RowsToCome />
}
