import { Text } from '@mantine/core'
import { IconPuzzle } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Component } from '#client'
import { Ago } from '#shared/Ago.tsx'
import { Code } from '#shared/Code.tsx'
import { LinkButton } from '#shared/LinkButton.tsx'
import { formatBytes, formatCount } from '#shared/numbers.ts'
import { Pages } from '#shared/Pages.tsx'
import { Empty } from '#shared/States.tsx'
import { say, sayWord } from '#shared/words.ts'
import { EXAMPLE } from './example.ts'
import { newestOf } from './files.ts'
import { componentsQuery } from './queries.ts'

/** One row for each name, with what its newest version offers. */
export function ComponentsList({ project, mayChange }: { project?: string; mayChange: boolean }) {
  const query = useInfiniteQuery(componentsQuery({ project }))
  return (
    <Pages query={query} nothing={<Nothing mayChange={mayChange} />}>
      {(found) => <Rows found={newestOf(found)} />}
    </Pages>
  )
}

function Nothing({ mayChange }: { mayChange: boolean }) {
  return (
    <Empty icon={IconPuzzle} title={say('No code of your own yet')}>
      <Text fz="sm">
        {say(
          'A component is Python with Keras classes or functions: a loss, a layer, a metric, a whole model. It is written once, gets a version, and any spec may name it. A loss looks like this:',
        )}
      </Text>
      <Code text={EXAMPLE} />
      {mayChange && (
        <LinkButton to="/components/new" search={{}}>
          {say('Begin with this loss')}
        </LinkButton>
      )}
      <Text fz="sm">{say('From a shell, a file or a folder of them:')}</Text>
      <Code text="horngate components add losses.py" prompt />
    </Empty>
  )
}

const SHOWN = 4

function Rows({ found }: { found: { newest: Component; versions: number }[] }) {
  return (
    <table className="list" aria-label={say('Components')}>
      <thead>
        <tr>
          <th>{say('Name')}</th>
          <th>{say('What it offers')}</th>
          <th className="right">{say('Versions')}</th>
          <th className="right">{say('Size')}</th>
          <th className="right">{say('Changed')}</th>
        </tr>
      </thead>
      <tbody>
        {found.map(({ newest, versions }) => (
          <tr key={newest.id} className="aim">
            <td>
              <Link
                to="/components/$componentId"
                params={{ componentId: newest.id }}
                search={{}}
                style={{ fontWeight: 500, textDecoration: 'none' }}
              >
                {newest.name}
              </Link>
            </td>
            <td>
              <Offers component={newest} />
            </td>
            <td className="right">{formatCount(versions)}</td>
            <td className="right dim">{formatBytes(newest.bytes)}</td>
            <td className="right dim">
              <Ago at={newest.created_at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Offers({ component: { objects, files } }: { component: Component }) {
  if (objects.length === 0) return <span className="dim">{files.join(', ')}</span>
  return (
    <>
      {objects.slice(0, SHOWN).map((one) => (
        <span key={one.name} style={{ marginRight: 14, whiteSpace: 'nowrap' }}>
          <span className="mono">{one.name}</span> <span className="dim">{sayWord(one.families[0] ?? '')}</span>
        </span>
      ))}
      {objects.length > SHOWN && (
        <span className="dim">{say('and {more} more', { more: objects.length - SHOWN })}</span>
      )}
    </>
  )
}
