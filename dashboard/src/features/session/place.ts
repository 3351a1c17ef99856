import { useLocalStorage } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import type { Me, ProjectListed } from '#client'
import { meQuery } from './queries.ts'

/** The project that one works in: what is `named`, else the last one chosen in this browser, else one's home. */
export function usePlace(named?: string) {
  const { data: me } = useQuery(meQuery)
  const [remembered, choose] = useLocalStorage<string | null>({
    key: 'hg-project',
    defaultValue: null,
    getInitialValueInEffect: false,
  })
  return { ...placeOf(me, named ?? remembered), projects: me?.projects ?? [], choose }
}

export function placeOf(me: Pick<Me, 'project' | 'projects'> | undefined, wanted: string | null) {
  const projects = me?.projects ?? []
  const home = projects.find(({ id }) => id === me?.project?.id)
  const project = find(projects, wanted) ?? home ?? projects[0]
  return {
    project,
    /** What lists are asked for; who has one project need not say which. */
    asked: projects.length > 1 ? project?.id : undefined,
    /** How a spec says it; a project that goes without saying is not named. */
    written: project && project.id !== me?.project?.id ? nameOf(project, projects) : undefined,
    mayChange: mayChange(project),
  }
}

/** Whether one may change what belongs to this project; the service judges, this only hides buttons. */
export function useMayChange(named: string): boolean {
  const { data: me } = useQuery(meQuery)
  return me?.projects.some((one) => (one.id === named || one.name === named) && mayChange(one)) ?? false
}

function find(projects: ProjectListed[], named: string | null): ProjectListed | undefined {
  return projects.find(({ id }) => id === named) ?? projects.find(({ name }) => name === named)
}

function mayChange(project: ProjectListed | undefined): boolean {
  return project !== undefined && project.role !== 'viewer'
}

function nameOf(project: ProjectListed, projects: ProjectListed[]): string {
  return projects.filter(({ name }) => name === project.name).length > 1 ? project.id : project.name
}

/** The text with its project said, unless it says one itself. */
export function inPlace(text: string, written: string | undefined): string {
  return written && !/^"?project"?\s*:/m.test(text) ? `project: ${written}\n${text}` : text
}
