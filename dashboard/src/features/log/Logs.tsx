import { CloseButton, Paper, Text, TextInput } from '@mantine/core'
import { useDebouncedCallback, useIntersection } from '@mantine/hooks'
import { IconSearch, IconSearchOff, IconTerminal2 } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect, useMemo, useState } from 'react'
import { runColor } from '#shared/colors.ts'
import { Loaded } from '#shared/Loaded.tsx'
import { Empty } from '#shared/States.tsx'
import { say, sayMany } from '#shared/words.ts'
import { findLines } from './finding.ts'
import { LogHead } from './LogHead.tsx'
import { LogLines } from './LogLines.tsx'
import css from './Logs.module.css'
import { type Level, logQuery } from './queries.ts'

const LIVE_MS = 2000
const TYPING_MS = 200

type Named = { id: string; name: string; isLive: boolean }
type Props = { runs: Named[]; find: string; onFind: (find: string) => void }

/** What several trainings printed, side by side and live; one search looks through all of them. */
export function Logs({ runs, find, onFind }: Props) {
  const [level, setLevel] = useState<Level>('info')
  const [follows, setFollows] = useState(true)
  return (
    <Paper style={{ overflow: 'hidden' }}>
      <LogHead
        level={level}
        onLevel={setLevel}
        follows={follows}
        onFollow={setFollows}
        before={<Search find={find} onFind={onFind} />}
      />
      <div className={css.columns}>
        {runs.map((run) => (
          <Column
            key={run.id}
            run={run}
            level={level}
            find={find}
            follows={follows}
            onLeave={() => setFollows(false)}
          />
        ))}
      </div>
    </Paper>
  )
}

/** What is typed is looked for once nobody has typed for a moment. */
function Search({ find, onFind }: Pick<Props, 'find' | 'onFind'>) {
  const [typed, setTyped] = useState(find)
  const tell = useDebouncedCallback(onFind, TYPING_MS)
  const change = (next: string) => {
    setTyped(next)
    tell(next)
  }
  return (
    <TextInput
      size="xs"
      className={css.search}
      placeholder={say('Look in all of them')}
      aria-label={say('Look in all of them')}
      leftSection={<IconSearch size={14} />}
      rightSection={typed && <CloseButton size="xs" aria-label={say('Show all lines')} onClick={() => change('')} />}
      value={typed}
      onChange={(event) => change(event.currentTarget.value)}
    />
  )
}

type Shown = { run: Named; level: Level; find: string; follows: boolean; onLeave: () => void }

/** One run's log, read once somebody sees its column or looks for something in all. */
function Column({ run, level, find, follows, onLeave }: Shown) {
  const { ref, entry } = useIntersection({ rootMargin: '200px' })
  const [wasSeen, setSeen] = useState(false)
  useEffect(() => {
    if (entry?.isIntersecting) setSeen(true)
  }, [entry?.isIntersecting])
  const query = useQuery({
    ...logQuery(useQueryClient(), run.id, level),
    enabled: wasSeen || find !== '',
    refetchInterval: run.isLive ? LIVE_MS : false,
  })
  const all = query.data?.lines
  const lines = useMemo(() => findLines(all ?? [], find), [all, find])
  return (
    <section ref={ref} className={css.column}>
      <header className={css.head}>
        <i style={{ background: runColor(run.id) }} aria-hidden />
        <Link to="/runs/$runId" params={{ runId: run.id }} search={{ tab: 'log' }} className="ellipsis">
          {run.name}
        </Link>
        <Text fz="xs" c="dimmed" className="numbers" ml="auto" style={{ whiteSpace: 'nowrap' }}>
          {all && countOf(lines.length, all.length)}
        </Text>
      </header>
      <Loaded query={query}>
        {() =>
          lines.length > 0 ? (
            <LogLines
              lines={lines}
              follows={follows}
              onLeave={onLeave}
              find={find}
              label={say('Log of {name}', { name: run.name })}
            />
          ) : (
            <NoLines isLive={run.isLive} find={find} />
          )
        }
      </Loaded>
    </section>
  )
}

function countOf(shown: number, all: number): string {
  const lines = sayMany(all, '{n} line', '{n} lines')
  return shown === all ? lines : say('{shown} of {lines}', { shown, lines })
}

function NoLines({ isLive, find }: { isLive: boolean; find: string }) {
  if (find !== '') {
    return <Empty icon={IconSearchOff} title={say('Not in this log')} />
  }
  return (
    <Empty icon={IconTerminal2} title={say('Nothing was printed')}>
      {isLive ? say('What the training prints appears here within a second.') : null}
    </Empty>
  )
}
