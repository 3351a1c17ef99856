import { unifiedMergeView } from '@codemirror/merge'
import { EditorView } from '@codemirror/view'
import { Group, NativeSelect, Paper, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import type { Component } from '#client'
import { Loaded } from '#shared/Loaded.tsx'
import { Section } from '#shared/Section.tsx'
import { say } from '#shared/words.ts'
import { type Files, pathsOf, shownPath } from './files.ts'
import { readingPython } from './python.ts'
import { sourceQuery } from './queries.ts'

type Props = {
  versions: Component[]
  from: Component
  /** What the text is that it is compared with: a version, or what one has written. */
  to: string
  files: Files
  onFrom: (version: number) => void
}

/** What has changed since another version, file by file. */
export function Difference({ versions, from, to, files, onFrom }: Props) {
  const query = useQuery(sourceQuery(from.id))
  return (
    <Stack gap="md">
      <Group gap="sm">
        <NativeSelect
          aria-label={say('From which version')}
          size="xs"
          value={from.version}
          data={versions.map((one) => ({
            value: String(one.version),
            label: say('Version {version}', { version: one.version }),
          }))}
          onChange={(event) => onFrom(Number(event.currentTarget.value))}
        />
        <Text fz="sm" c="dimmed">
          {say('and {name}', { name: to })}
        </Text>
      </Group>
      <Loaded query={query}>{(before) => <Changes name={from.name} before={before} after={files} />}</Loaded>
    </Stack>
  )
}

function Changes({ name, before, after }: { name: string; before: Files; after: Files }) {
  const changed = pathsOf(before, after).filter((path) => before[path] !== after[path])
  if (changed.length === 0) {
    return (
      <Paper p="lg">
        <Text fz="sm" c="dimmed">
          {say('Both are the same, to the letter.')}
        </Text>
      </Paper>
    )
  }
  return changed.map((path) => (
    <Section
      key={path}
      title={<span className="mono">{shownPath(path, name, after)}</span>}
      aside={<State isNew={!(path in before)} isGone={!(path in after)} />}
      flush
    >
      <Changed path={path} before={before[path] ?? ''} after={after[path] ?? ''} />
    </Section>
  ))
}

function State({ isNew, isGone }: { isNew: boolean; isGone: boolean }) {
  if (!isNew && !isGone) return null
  return <span className="dim">{isNew ? say('a new file') : say('no longer there')}</span>
}

function Changed({ path, before, after }: { path: string; before: string; after: string }) {
  const holder = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!holder.current) return
    const extensions = [
      readingPython(say('What differs in {path}', { path })),
      unifiedMergeView({ original: before, mergeControls: false, gutter: true, collapseUnchanged: { margin: 3 } }),
    ]
    const view = new EditorView({ parent: holder.current, doc: after, extensions })
    return () => view.destroy()
  }, [path, before, after])
  return <div ref={holder} />
}
