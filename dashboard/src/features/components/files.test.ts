import { expect, test } from 'vitest'
import type { Component } from '#client'
import { isPath, moduleName, newestOf, pathsOf, remarksOf, shownPath } from './files.ts'

const LOSS = 'class Half:\n  pass\n'

test('a fault stands in the file that it names, else in the one that defines what it is about', () => {
  const files = { '__init__.py': 'from .losses import Half\n', 'losses.py': LOSS }
  const faults = [
    { pointer: '/source', message: 'losses.py, line 2: invalid syntax', code: 'syntax', line: 2 },
    { pointer: '/source', message: 'Half is the name of a loss of Keras', code: 'forbidden', found: 'Half', line: 1 },
    { pointer: '/source', message: 'robust.py, line 3: no module', code: 'bad_data', line: 3 },
  ]
  expect(remarksOf(files, undefined, faults).map(({ path, line, message }) => [path, line, message])).toEqual([
    ['losses.py', 2, 'invalid syntax'],
    ['losses.py', 1, 'Half is the name of a loss of Keras'],
    ['__init__.py', 3, 'no module'],
  ])
})

test('a name is one row, by its newest version; equal names of two projects are two', () => {
  const made = (name: string, version: number, project: string) => ({ name, version, project }) as Component
  const rows = newestOf([made('a', 2, 'x'), made('b', 1, 'x'), made('a', 1, 'x'), made('a', 1, 'y')])
  expect(rows.map(({ newest, versions }) => [newest.name, newest.version, newest.project, versions])).toEqual([
    ['a', 2, 'x', 2],
    ['b', 1, 'x', 1],
    ['a', 1, 'y', 1],
  ])
})

test('a single module is called as its package, files of a package by their paths, the main one first', () => {
  expect(shownPath('__init__.py', 'robust', { '__init__.py': LOSS })).toBe('robust.py')
  expect(shownPath('__init__.py', 'robust', { '__init__.py': '', 'a.py': '' })).toBe('__init__.py')
  expect(pathsOf({ 'b.py': '', '__init__.py': '' }, { 'a.py': '' })).toEqual(['__init__.py', 'a.py', 'b.py'])
})

test.each([
  ['layers/attention.py', true],
  ['../up.py', false],
  ['.hidden.py', false],
  ['a b.py', false],
  ['notes.txt', false],
])('%s is a path in a package: %s', (path, is) => {
  expect(isPath(path)).toBe(is)
})

test.each([
  ['My losses (2).py', 'my_losses_2'],
  ['損失.py', ''],
  ['3d.py', ''],
])('the file %s makes the component %s', (file, name) => {
  expect(moduleName(file)).toBe(name)
})
