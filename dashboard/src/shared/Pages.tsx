import { Button, Group, Paper } from '@mantine/core'
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Failed, RowsToCome } from './States.tsx'
import { Wide } from './Wide.tsx'
import { say } from './words.ts'

type Props<Item> = {
  query: UseInfiniteQueryResult<InfiniteData<{ data: Item[] }>, Error>
  nothing: ReactNode
  children: (found: Item[]) => ReactNode
}

/** A list that comes page by page, the newest first: on its way, failed, empty, or its rows with a way to older ones. */
export function Pages<Item>({ query, nothing, children }: Props<Item>) {
  if (query.error && !query.data) return <Failed error={query.error} retry={() => void query.refetch()} />
  const found = query.data?.pages.flatMap((page) => page.data) ?? []
  return (
    <Paper style={{ overflow: 'hidden' }}>
      {query.isPending && <RowsToCome />}
      {query.data && found.length === 0 && nothing}
      {found.length > 0 && <Wide>{children(found)}</Wide>}
      {query.hasNextPage && (
        <Group justify="center" p="sm">
          <Button
            variant="subtle"
            size="xs"
            loading={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            {say('Show older ones')}
          </Button>
        </Group>
      )}
    </Paper>
  )
}
