import { Checkbox } from '@mantine/core'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { type CSSProperties, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { RunListed } from '#client'
import { Wide } from '#shared/Wide.tsx'
import { say } from '#shared/words.ts'
import { columnWord, commonMain, isFixed, nextSort, sortOf } from './columns.ts'
import type { Group } from './grouping.ts'
import { mainMetric } from './progress.ts'
import { RunRow } from './RunRow.tsx'
import css from './RunsTable.module.css'

const ROW = 52
const NEAR_END = 15
const NAMED = 430 // of the tick, the status and the name

export type HeadShown = {
  item: Group
  index: number
  span: number
  measure: (element: HTMLElement | null) => void
}

export type TableProps = {
  runs: RunListed[]
  /** The rows where they are grouped: heads, and the runs of what is open. */
  items?: (RunListed | Group)[]
  head?: (shown: HeadShown) => ReactNode
  columns: readonly string[]
  sort: string | undefined
  ticked: ReadonlySet<string>
  focused: number | null
  onSort: (sort: string | undefined) => void
  onTick: (ids: string[], isOn: boolean) => void
  onEnd: () => void
}

/** Thousands of runs, of which the rows on the screen exist; on a phone each row becomes two lines. */
export function RunsTable({
  runs,
  items = runs,
  head,
  columns,
  sort,
  ticked,
  focused,
  onSort,
  onTick,
  onEnd,
}: TableProps) {
  const body = useRef<HTMLTableSectionElement>(null)
  const [top, setTop] = useState(0)
  useLayoutEffect(() => {
    const element = body.current
    if (element) setTop(element.getBoundingClientRect().top + window.scrollY)
  }, [])
  const virtual = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => ROW,
    overscan: 8,
    scrollMargin: top,
    getItemKey: (index) => keyOf(items[index]) ?? index,
  })
  const shown = virtual.getVirtualItems()
  const [first, last] = [shown[0], shown.at(-1)]
  const isNearEnd = (last?.index ?? 0) >= items.length - NEAR_END
  // biome-ignore lint/correctness/useExhaustiveDependencies: more runs may leave the end near
  useEffect(() => {
    if (isNearEnd) onEnd()
  }, [isNearEnd, runs.length])
  useFocus(focused === null ? null : placeOf(items, focused), (index) =>
    virtual.scrollToIndex(index, { align: 'auto' }),
  )

  const main = commonMain(runs.slice(0, 100).flatMap((run) => mainMetric(run, run.monitor ?? undefined)?.name ?? []))
  const span = columns.length + 3
  return (
    <Wide>
      <table
        className={`list ${css.table}`}
        style={{ '--least': `${NAMED + columns.length * 118}px` } as CSSProperties}
        aria-label={say('Runs')}
        aria-rowcount={items.length + 1}
      >
        <thead>
          <tr>
            <th className={css.tick}>
              <Checkbox
                size="xs"
                aria-label={say('Choose all that are shown')}
                checked={ticked.size > 0 && runs.every(({ id }) => ticked.has(id))}
                indeterminate={ticked.size > 0 && !runs.every(({ id }) => ticked.has(id))}
                onChange={(event) =>
                  onTick(
                    runs.map(({ id }) => id),
                    event.currentTarget.checked,
                  )
                }
              />
            </th>
            <th className={css.status}>{say('Status')}</th>
            {['name', ...columns].map((column) => (
              <Head key={column} column={column} main={main} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          <Gap height={(first?.start ?? top) - top} span={span} />
          {shown.map(({ index }) => {
            const item = items[index]
            if (!item) return null
            if ('kind' in item) return head?.({ item, index, span, measure: virtual.measureElement })
            return (
              <RunRow
                key={item.id}
                run={item}
                columns={columns}
                index={index}
                isTicked={ticked.has(item.id)}
                onTick={(isOn) => onTick([item.id], isOn)}
                measure={virtual.measureElement}
              />
            )
          })}
          <Gap height={virtual.getTotalSize() - ((last?.end ?? top) - top)} span={span} />
        </tbody>
      </table>
    </Wide>
  )
}

function keyOf(item: RunListed | Group | undefined): string | undefined {
  return item && ('kind' in item ? item.key : item.id)
}

/** Where the nth run stands among the rows. */
function placeOf(items: (RunListed | Group)[], nth: number): number {
  let seen = -1
  return items.findIndex((item) => !('kind' in item) && ++seen === nth)
}

/** The room of the rows that are not drawn. */
function Gap({ height, span }: { height: number; span: number }) {
  if (height <= 0) return null
  return (
    <tr aria-hidden className={css.gap}>
      <td colSpan={span} style={{ height }} />
    </tr>
  )
}

type HeadProps = Pick<TableProps, 'sort' | 'onSort'> & { column: string; main: string }

function Head({ column, main, sort, onSort }: HeadProps) {
  const by = sortOf(column, main)
  const word = column === 'name' ? say('Name') : columnWord(column)
  const isRight = !isFixed(column) || column === 'best' || column === 'created'
  const look = `${css[column] ?? css.own} ${isRight && column !== 'name' && !column.startsWith('t.') ? 'right' : ''}`
  const title = isFixed(column) || column === 'name' ? undefined : column.slice(2)
  if (by === null)
    return (
      <th className={`ellipsis ${look}`} title={title}>
        {word}
      </th>
    )
  const isUp = sort === by
  const isDown = sort === `-${by}`
  return (
    <th className={`ellipsis ${look}`} title={title} aria-sort={isUp ? 'ascending' : isDown ? 'descending' : undefined}>
      <button type="button" className={css.sort} onClick={() => onSort(nextSort(sort, by))}>
        {word}
        <span aria-hidden>{isUp ? ' ↑' : isDown ? ' ↓' : ''}</span>
      </button>
    </th>
  )
}

/** The keyboard's row: scrolled to, then its link is focused. */
function useFocus(focused: number | null, scrollTo: (index: number) => void): void {
  const scroll = useRef(scrollTo)
  scroll.current = scrollTo
  useEffect(() => {
    if (focused === null) return
    scroll.current(focused)
    const frame = requestAnimationFrame(() =>
      document.querySelector<HTMLElement>(`tr[data-index="${focused}"] a`)?.focus({ preventScroll: true }),
    )
    return () => cancelAnimationFrame(frame)
  }, [focused])
}
