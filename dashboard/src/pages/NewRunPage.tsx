import { Stack, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { parse, stringify } from 'yaml'
import type { Run } from '#client'
import { ChooseTarget } from '#features/datasets/ChooseTarget.tsx'
import { datasetsQuery } from '#features/datasets/queries.ts'
import { runQuery } from '#features/runs/queries.ts'
import { inPlace, usePlace } from '#features/session/place.ts'
import { edit } from '#features/specs/document.ts'
import { suggestionQuery, templatesQuery } from '#features/specs/queries.ts'
import { Templates } from '#features/specs/Templates.tsx'
import { Workbench } from '#features/specs/Workbench.tsx'
import { Loaded } from '#shared/Loaded.tsx'
import { Page } from '#shared/Page.tsx'
import { Section } from '#shared/Section.tsx'
import { say } from '#shared/words.ts'

/** Where a spec begins stands in the address: a template, a data set and a target, or another run. */
export function NewRunPage() {
  const { template, dataset, target, run, project, set, at } = useSearch({ from: '/shell/new' })
  if (run) return <FromRun key={run} runId={run} set={set} at={at} />
  if (dataset && target) return <FromData key={`${dataset} ${target}`} {...{ dataset, target, project }} />
  if (template) return <FromTemplate key={template} name={template} />
  return <Beginnings />
}

function Beginnings() {
  const navigate = useNavigate({ from: '/new' })
  const { asked } = usePlace()
  return (
    <Page title={say('New run')} lead={say('Begin with your data, or with a document to change.')}>
      <Stack gap="xl">
        <Section title={say('From a data set')}>
          <ChooseTarget
            key={asked}
            project={asked}
            onChosen={(dataset, target) => void navigate({ search: { dataset, target, project: asked } })}
          />
        </Section>
        <div>
          <Text component="h2" fw={600} fz="sm" mt={0} mb="sm">
            {say('From a template')}
          </Text>
          <Templates onChoose={({ name }) => void navigate({ search: { template: name } })} />
        </div>
      </Stack>
    </Page>
  )
}

function FromTemplate({ name }: { name: string }) {
  const query = useQuery(templatesQuery)
  return (
    <Draft lead={say('From the template “{name}”', { name })}>
      <Loaded query={query}>{({ data }) => <Bench text={data.find((one) => one.name === name)?.text ?? ''} />}</Loaded>
    </Draft>
  )
}

type Data = { dataset: string; target: string; project?: string }

function FromData({ dataset, target, project }: Data) {
  const query = useQuery(suggestionQuery(dataset, target, project))
  return (
    <Draft lead={say('Guessed from {dataset}, to predict {target}', { dataset, target })}>
      <Loaded query={query}>{({ text, notes }) => <Bench text={text} notes={notes} project={project} />}</Loaded>
    </Draft>
  )
}

function FromRun({ runId, set, at }: { runId: string; set?: string; at?: string }) {
  const query = useQuery({ ...runQuery(runId), refetchInterval: false, staleTime: Number.POSITIVE_INFINITY })
  return (
    <Draft lead={query.data ? say('From the run “{name}”', { name: query.data.name }) : ' '}>
      <Loaded query={query}>
        {({ spec }) => (
          <Bench text={setIn(stringify(withoutGaps(spec), { lineWidth: 110 }), set)} changed={set} at={at} />
        )}
      </Loaded>
    </Draft>
  )
}

function Draft({ lead, children }: { lead: string; children: React.ReactNode }) {
  return (
    <Page title={say('New run')} lead={lead} wide>
      {children}
    </Page>
  )
}

/** A resolved spec says of each input also what it does not use; that is left out. (`preprocess: null` means: none.) */
function withoutGaps(spec: Run['spec']): Run['spec'] {
  if (typeof spec.inputs !== 'object' || spec.inputs === null) return spec
  const said = ([name, value]: [string, unknown]) => value !== null || name === 'preprocess'
  const inputs = Object.entries(spec.inputs).map(([name, binding]) => [
    name,
    Object.fromEntries(Object.entries(binding ?? {}).filter(said)),
  ])
  return { ...spec, inputs: Object.fromEntries(inputs) }
}

/** The text with what an address changes in it: a path, `=`, and a value as YAML has it. */
function setIn(text: string, set: string | undefined): string {
  const [, path, value] = /^([\w.]+)=(.+)$/.exec(set ?? '') ?? []
  return path && value ? edit(text, path.split('.'), parse(value)) : text
}

type BenchProps = { text: string; notes?: string[]; project?: string; changed?: string; at?: string }

function Bench({ text, notes, project, changed, at }: BenchProps) {
  const navigate = useNavigate()
  const { written, asked } = usePlace(project)
  const known = useInfiniteQuery({
    ...datasetsQuery({ project: asked }),
    select: ({ pages }) => pages.flatMap((page) => page.data.map(({ name }) => name)),
  })
  const open = (runId: string, queuePosition: number | null) => {
    notifications.show({
      title: say('Queued'),
      message:
        queuePosition && queuePosition > 1
          ? say('{queuePosition} before it.', { queuePosition: queuePosition - 1 })
          : say('It is next; a worker takes it at once if one is free.'),
    })
    void navigate({ to: '/runs/$runId', params: { runId } })
  }
  return (
    <Workbench
      initialText={inPlace(text, written)}
      notes={changed ? [changed.replace('=', ': ')] : notes}
      notesTitle={changed && say('Changed')}
      at={at}
      datasets={known.data}
      onSubmitted={open}
    />
  )
}
