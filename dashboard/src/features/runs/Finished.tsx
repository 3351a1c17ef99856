import { Anchor } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useLocation, useNavigate } from '@tanstack/react-router'
import { useEffect, useEffectEvent, useRef } from 'react'
import type { Run, RunListed } from '#client'
import { isFinal, statusWord } from '#shared/Status.tsx'
import { say } from '#shared/words.ts'
import { newestQuery, runQuery } from './queries.ts'
import { useTelling } from './telling.ts'

const COLORS: Record<string, string> = { succeeded: 'teal', failed: 'red' }

/** Tells of one's own runs that ended while one looked elsewhere; in the browser's own way too where one asked for that. */
export function Finished({ owner }: { owner: string }) {
  const cache = useQueryClient()
  const navigate = useNavigate()
  const { pathname } = useLocation()
  const { isOn } = useTelling()
  const { data } = useQuery({ ...newestQuery, refetchIntervalInBackground: isOn })
  const since = useRef<number | null>(null)
  const open = (id: string) => void navigate({ to: '/runs/$runId', params: { runId: id } })
  const tell = useEffectEvent((run: Run) => {
    if (!isFinal(run.status)) return
    if (isOn && document.hidden) announce(run, () => open(run.id))
    if (!pathname.endsWith(run.id)) toast(run, () => open(run.id))
  })
  useEffect(() => {
    if (!data) return
    const ended = data.filter((run) => run.owner === owner && run.ended_at !== null)
    const before = since.current
    since.current = Math.max(before ?? 0, ...ended.map(endOf))
    if (before === null) return
    for (const run of ended) if (endOf(run) > before) void cache.fetchQuery(runQuery(run.id)).then(tell)
  }, [data, owner, cache])
  return null
}

/** By the service's clock: what ended after the newest end that was known is news. */
function endOf(run: RunListed): number {
  return Date.parse(run.ended_at ?? '')
}

function toast(run: Run, open: () => void): void {
  const follow = () => {
    notifications.hide(run.id)
    open()
  }
  notifications.show({
    id: run.id,
    color: COLORS[run.status] ?? 'gray',
    title: say('{name}: {status}', { name: run.name, status: statusWord(run.status) }),
    message: (
      <>
        {run.failure && <div>{run.failure.message}</div>}
        <Anchor component="button" type="button" fz="sm" onClick={follow}>
          {say('Show it')}
        </Anchor>
      </>
    ),
    autoClose: run.status === 'failed' ? false : 8000,
  })
}

function announce(run: Run, open: () => void): void {
  const note = new Notification(run.name, { body: statusWord(run.status), tag: run.id, icon: '/gate.svg' })
  note.onclick = () => {
    window.focus()
    open()
  }
}
