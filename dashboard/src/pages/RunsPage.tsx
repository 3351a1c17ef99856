import { Skeleton } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { IconPlus } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useMemo, useRef, useState } from 'react'
import type { RunListed } from '#client'
import { askSorted, readColumns, writeColumns } from '#features/runs/columns.ts'
import { askFor, readQuery } from '#features/runs/query.ts'
import { RunFilters } from '#features/runs/RunFilters.tsx'
import { RunsList } from '#features/runs/RunsList.tsx'
import { usePlace } from '#features/session/place.ts'
import { LinkButton } from '#shared/LinkButton.tsx'
import { Page } from '#shared/Page.tsx'
import { say } from '#shared/words.ts'
import type { Filters } from './search.ts'

const ColumnsMenu = lazy(() =>
  import('#features/runs/ColumnsMenu.tsx').then((found) => ({ default: found.ColumnsMenu })),
)
const ViewsMenu = lazy(() => import('#features/runs/ViewsMenu.tsx').then((found) => ({ default: found.ViewsMenu })))
const GroupMenu = lazy(() => import('#features/runs/Groups.tsx').then((found) => ({ default: found.GroupMenu })))

/** All that was chosen about the list stands in the address, so that a link shows what its sender saw. */
export function RunsPage() {
  const { asked: project, mayChange } = usePlace()
  const asked = useSearch({ from: '/shell/runs' })
  const navigate = useNavigate({ from: '/runs' })
  const [runs, setRuns] = useState<RunListed[]>([])
  const field = useRef<HTMLInputElement>(null)
  const columns = useMemo(() => readColumns(asked.columns), [asked.columns])
  const show = (filters: Filters) => void navigate({ search: filters, replace: true, resetScroll: false })
  const ask = (q: string) => show({ ...asked, q: q || undefined })
  useHotkeys([['/', () => field.current?.focus()]])
  return (
    <Page title={say('Runs')} wide>
      <RunFilters text={asked.q ?? ''} onText={ask} field={field}>
        <Suspense fallback={<Skeleton w={342} h={30} />}>
          <GroupMenu
            runs={runs}
            group={asked.group}
            onGroup={(group) => show({ ...asked, group, closed: undefined })}
          />
          <ViewsMenu view={asked} onView={show} />
          <ColumnsMenu
            runs={runs}
            columns={columns}
            onColumns={(chosen) => show({ ...asked, columns: writeColumns(chosen) })}
          />
        </Suspense>
      </RunFilters>
      <RunsList
        key={project}
        asked={{ ...askFor(readQuery(asked.q ?? '')), ...askSorted(asked.sort), project }}
        columns={columns}
        sort={asked.sort}
        group={asked.group}
        closed={asked.closed}
        onClosed={(closed) => show({ ...asked, closed })}
        mayChange={mayChange}
        onSort={(sort) => show({ ...asked, sort })}
        onRuns={setRuns}
        onClear={() => ask('')}
        onCompare={(ids) => void navigate({ to: '/compare', search: { runs: ids.join(',') } })}
        begin={
          mayChange && (
            <LinkButton to="/new" leftSection={<IconPlus size={16} />} mt="xs">
              {say('New run')}
            </LinkButton>
          )
        }
      />
    </Page>
  )
}
