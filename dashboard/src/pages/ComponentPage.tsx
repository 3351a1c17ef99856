import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { Component } from '#client'
import { Offered, useVersions, Versions } from '#features/components/About.tsx'
import { ComponentVerbs } from '#features/components/ComponentVerbs.tsx'
import type { Files } from '#features/components/files.ts'
import { componentQuery, sourceQuery } from '#features/components/queries.ts'
import { useWriting } from '#features/components/useWriting.ts'
import { Workshop } from '#features/components/Workshop.tsx'
import { RunsUsing } from '#features/runs/RunsUsing.tsx'
import { useMayChange } from '#features/session/place.ts'
import { formatBytes } from '#shared/numbers.ts'
import { Page } from '#shared/Page.tsx'
import { isMissing } from '#shared/problem.ts'
import { Failed } from '#shared/States.tsx'
import { say, sayMany } from '#shared/words.ts'
import { MissingPage } from './MissingPage.tsx'

export function ComponentPage() {
  const { componentId } = useParams({ from: '/shell/components/$componentId' })
  const component = useQuery(componentQuery(componentId))
  const source = useQuery(sourceQuery(componentId))
  const error = component.error ?? source.error
  if (isMissing(error)) return <MissingPage />
  if (component.data && source.data) {
    return <Loaded key={component.data.id} component={component.data} source={source.data} />
  }
  return (
    <Page title={say('Component')} wide>
      {error ? (
        <Failed
          error={error}
          retry={() => {
            void component.refetch()
            void source.refetch()
          }}
        />
      ) : (
        <Skeleton h={420} radius="lg" />
      )}
    </Page>
  )
}

function Loaded({ component, source }: { component: Component; source: Files }) {
  const navigate = useNavigate()
  const { from } = useSearch({ from: '/shell/components/$componentId' })
  const mayChange = useMayChange(component.project)
  const versions = useVersions(component)
  const writing = useWriting(source)
  const show = (componentId: string, search: { from?: number }) =>
    void navigate({ to: '/components/$componentId', params: { componentId }, search })
  return (
    <Page
      wide
      title={`${component.name}@${component.version}`}
      lead={`${sayMany(component.objects.length, '{n} object', '{n} objects')}, ${formatBytes(component.bytes)}`}
      actions={
        mayChange && <ComponentVerbs component={component} onDeleted={() => void navigate({ to: '/components' })} />
      }
    >
      <Workshop
        name={component.name}
        project={component.project}
        component={component}
        versions={versions}
        writing={writing}
        mayChange={mayChange}
        from={from}
        onFrom={(version) => show(component.id, { from: version })}
        onSaved={(saved) => show(saved.id, {})}
      >
        <Offered component={component} />
        <Versions component={component} versions={versions} />
        <RunsUsing pinned={{ component: component.id }} />
      </Workshop>
    </Page>
  )
}
