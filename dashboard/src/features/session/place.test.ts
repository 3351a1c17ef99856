import { expect, test } from 'vitest'
import { inPlace, placeOf } from './place.ts'

const project = (id: string, name: string, role: 'viewer' | 'editor') => ({ id, name, role, created_at: '' })
const home = project('prj_1', 'home', 'editor')
const me = {
  project: home,
  projects: [home, project('prj_2', 'vision', 'viewer'), project('prj_3', 'vision', 'editor')],
}

test('one works at home until one chooses, and comes back home from a project that is gone', () => {
  expect(placeOf(me, null)).toMatchObject({ asked: 'prj_1', written: undefined, mayChange: true })
  expect(placeOf(me, 'prj_2')).toMatchObject({ asked: 'prj_2', written: 'prj_2', mayChange: false })
  expect(placeOf(me, 'prj_9').project).toBe(home)
  expect(placeOf(undefined, 'prj_2')).toMatchObject({ project: undefined, mayChange: false })
})

test('who has one project is never asked which', () => {
  expect(placeOf({ ...me, projects: [home] }, 'prj_1')).toMatchObject({ asked: undefined, written: undefined })
})

test('a spec that says its project keeps it', () => {
  expect(inPlace('name: x\n', 'vision')).toBe('project: vision\nname: x\n')
  expect(inPlace('name: x\nproject: other\n', 'vision')).toBe('name: x\nproject: other\n')
  expect(inPlace('name: x\n', undefined)).toBe('name: x\n')
})
