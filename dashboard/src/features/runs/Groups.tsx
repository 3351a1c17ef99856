import { Checkbox, Select, Text, UnstyledButton } from '@mantine/core'
import { IconChevronRight } from '@tabler/icons-react'
import { type ReactNode, useEffect, useMemo } from 'react'
import type { RunListed } from '#client'
import { formatCount, formatMetric } from '#shared/numbers.ts'
import { say, sayMany } from '#shared/words.ts'
import { columnChoices, columnWord, commonMain } from './columns.ts'
import css from './Groups.module.css'
import { type Group, groupRuns, isGroup, MOST_GROUPED, readClosed, rowsOf, writeClosed } from './grouping.ts'
import { mainMetric } from './progress.ts'
import type { HeadShown, TableProps } from './RunsTable.tsx'

type MenuProps = { runs: RunListed[]; group: string | undefined; onGroup: (group: string | undefined) => void }

/** By what runs may be grouped: the tags and parameters of those in the list. */
export function GroupMenu({ runs, group, onGroup }: MenuProps) {
  const columns = columnChoices(runs)
    .map((choice) => ({ ...choice, columns: choice.columns.filter((one) => /^[pt]\./.test(one)) }))
    .filter((choice) => choice.columns.length > 0)
  const isKnown = !group || columns.some((choice) => choice.columns.includes(group))
  const data = columns.map((choice) => ({
    group: choice.group,
    items: choice.columns.map((value) => ({ value, label: value.slice(2) })),
  }))
  return (
    <Select
      size="xs"
      w={150}
      aria-label={say('Group by')}
      placeholder={say('Group by')}
      data={isKnown ? data : [...data, { group: '', items: [{ value: group, label: group.slice(2) }] }]}
      value={group ?? null}
      onChange={(chosen) => onGroup(chosen ?? undefined)}
      comboboxProps={{ width: 240, position: 'bottom-end' }}
      searchable
      clearable
    />
  )
}

type Props = Pick<TableProps, 'runs' | 'ticked' | 'onTick' | 'onEnd'> & {
  group: string
  closed: string | undefined
  hasMore: boolean
  onClosed: (closed: string | undefined) => void
  /** The runs whose rows are there, in the order in which they stand. */
  onOrder: (runs: RunListed[] | null) => void
  /** Draws the table, whose rows these are. */
  children: (grouped: Pick<TableProps, 'items' | 'head' | 'onEnd'>) => ReactNode
}

/** The list in groups that open and close; for that the list is read on, to its end or so far that it is enough. */
export function GroupedTable({ group, closed, hasMore, onClosed, onOrder, children, ...table }: Props) {
  const { runs, ticked, onTick, onEnd } = table
  const metric = commonMain(runs.flatMap((run) => mainMetric(run, run.monitor ?? undefined)?.name ?? []))
  const shut = useMemo(() => readClosed(closed), [closed])
  const items = useMemo(() => rowsOf(groupRuns(runs, group, metric, shut)), [runs, group, metric, shut])
  const isEnough = runs.length >= MOST_GROUPED
  // biome-ignore lint/correctness/useExhaustiveDependencies: each page that came may have another one behind it
  useEffect(() => {
    if (hasMore && !isEnough) onEnd()
  }, [hasMore, isEnough, runs.length])
  useEffect(() => {
    onOrder(items.filter((item): item is RunListed => !isGroup(item)))
    return () => onOrder(null)
  }, [items, onOrder])
  const toggle = (one: Group) => {
    const next = new Set(shut)
    if (!next.delete(one.key)) next.add(one.key)
    onClosed(writeClosed(next))
  }
  const head = ({ item, ...place }: HeadShown) => (
    <GroupHead
      key={item.key}
      group={item}
      column={group}
      metric={metric}
      ticked={ticked}
      onTick={onTick}
      onToggle={() => toggle(item)}
      {...place}
    />
  )
  return (
    <>
      {hasMore && isEnough && (
        <Text fz="xs" c="dimmed" px="md" py={8} m={0}>
          {say('Groups of the first {n} runs: a query that finds fewer shows whole groups.', {
            n: formatCount(runs.length),
          })}
        </Text>
      )}
      {children({ items, head, onEnd: isEnough ? onEnd : nothing })}
    </>
  )
}

function nothing() {}

type HeadProps = Pick<Props, 'ticked' | 'onTick'> &
  Omit<HeadShown, 'item'> & { group: Group; column: string; metric: string; onToggle: () => void }

function GroupHead({ group, column, metric, ticked, onTick, onToggle, index, span, measure }: HeadProps) {
  const ids = group.runs.map(({ id }) => id)
  const chosen = ids.filter((id) => ticked.has(id)).length
  const value = group.value === null ? say('without') : group.value || say('(empty)')
  const name = `${columnWord(column)}: ${value}`
  return (
    <tr ref={measure} data-index={index} aria-rowindex={index + 2} className={css.group}>
      <td className={css.tick}>
        <Checkbox
          size="xs"
          aria-label={say('Choose {name}', { name })}
          checked={chosen === ids.length}
          indeterminate={chosen > 0 && chosen < ids.length}
          onChange={(event) => onTick(ids, event.currentTarget.checked)}
        />
      </td>
      <th colSpan={span - 1} scope="rowgroup">
        <UnstyledButton className={css.toggle} aria-expanded={group.isOpen} onClick={onToggle}>
          <IconChevronRight size={15} aria-hidden />
          <span className="dim">{columnWord(column)}</span> <b>{value}</b>
          <span className="dim">{sayMany(ids.length, '{n} run', '{n} runs')}</span>
          {group.best !== null && (
            <span className={`dim numbers ${css.scores}`}>
              {say('{metric}: best {best}, median {median}', {
                metric,
                best: formatMetric(group.best),
                median: formatMetric(group.median),
              })}
            </span>
          )}
        </UnstyledButton>
      </th>
    </tr>
  )
}
