import { useDebouncedCallback } from '@mantine/hooks'
import { IconPlus } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { RunFilters } from '#features/runs/RunFilters.tsx'
import { RunsList } from '#features/runs/RunsList.tsx'
import { usePlace } from '#features/session/place.ts'
import { LinkButton } from '#shared/LinkButton.tsx'
import { Page } from '#shared/Page.tsx'
import type { Filters } from './search.ts'

/** All filters stand in the address, so that a link shows what its sender saw. */
export function RunsPage() {
  const { asked: project, mayChange } = usePlace()
  const asked = useSearch({ from: '/shell/runs' })
  const navigate = useNavigate({ from: '/runs' })
  const [name, setName] = useState(asked.search ?? '')
  const show = (filters: Filters) => void navigate({ search: filters, replace: true })
  const search = useDebouncedCallback((typed: string) => show({ ...asked, search: typed || undefined }), 250)
  return (
    <Page title="Runs">
      <RunFilters
        statuses={asked.status ?? []}
        name={name}
        onStatuses={(status) => show({ ...asked, status: status.length > 0 ? status : undefined })}
        onName={(typed) => {
          setName(typed)
          search(typed)
        }}
      />
      <RunsList
        asked={{ ...asked, project }}
        onClear={() => {
          setName('')
          show({})
        }}
        begin={
          mayChange && (
            <LinkButton to="/new" leftSection={<IconPlus size={16} />} mt="xs">
              New run
            </LinkButton>
          )
        }
      />
    </Page>
  )
}
