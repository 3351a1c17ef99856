import { NativeSelect, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { ProjectListed } from '#client'
import { Browsers } from '#features/people/Browsers.tsx'
import { Invitations } from '#features/people/Invitations.tsx'
import { Keys } from '#features/people/Keys.tsx'
import { Members } from '#features/people/Members.tsx'
import { projectsQuery } from '#features/people/queries.ts'
import { Loaded } from '#shared/Loaded.tsx'
import { Page } from '#shared/Page.tsx'
import { say } from '#shared/words.ts'

export function PeoplePage() {
  const query = useQuery(projectsQuery)
  return (
    <Page title={say('People')} lead={say('Who works in a project with you, and your own keys.')}>
      <Stack gap="md">
        <Loaded query={query}>{({ data }) => <OfProject projects={data} />}</Loaded>
        <Keys />
        <Browsers />
      </Stack>
    </Page>
  )
}

function OfProject({ projects }: { projects: ProjectListed[] }) {
  const [chosen, setChosen] = useState(projects[0]?.id)
  const project = projects.find(({ id }) => id === chosen) ?? projects[0]
  if (!project) return null
  return (
    <>
      <NativeSelect
        label={say('Project')}
        w={260}
        value={project.id}
        data={projects.map(({ id, name }) => ({ value: id, label: name }))}
        onChange={(event) => setChosen(event.currentTarget.value)}
      />
      <Members key={`members ${project.id}`} project={project} />
      {project.role === 'owner' && <Invitations key={project.id} project={project.id} />}
    </>
  )
}
