import { ActionIcon, Group, Paper, Text } from '@mantine/core'
import { useIntersection } from '@mantine/hooks'
import { IconZoomReset } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { memo, useMemo, useRef, useState } from 'react'
import { runColor } from '#shared/colors.ts'
import { formatCount, formatMetric } from '#shared/numbers.ts'
import { formatClock, formatSpan } from '#shared/time.ts'
import { say } from '#shared/words.ts'
import { ExportMenu } from './ExportMenu.tsx'
import { type Chart, chartTitle, epochCharts, type Line } from './groups.ts'
import type { Mark } from './options.ts'
import css from './Plot.module.css'
import { Plot } from './Plot.tsx'
import { type Axis, alignLines, needsTimes, onAxis } from './plot.ts'
import { windowQuery } from './queries.ts'

type Props = {
  chart: Chart
  marks?: Mark[]
  isLog?: boolean
  smoothing?: number
  axis?: Axis
  steps?: number | null
  isSystem?: boolean
  height?: number
  syncKey: string
  onMark?: (key: string) => void
  /** Of a chart of one run: zooming in asks for the points that were left out. */
  runId?: string
}

const PLACES: Record<Axis, (at: number) => string> = {
  epoch: (at) => say('epoch {epoch}', { epoch: formatCount(at) }),
  step: (at) => say('step {step}', { step: formatCount(at) }),
  time: formatSpan,
  clock: (at) => formatClock(at, 0),
}

const NO_MARKS: Mark[] = []

/** One metric. What is not on the screen is drawn anew when it comes near, and not with each epoch. */
export function CurveCard(props: Props) {
  const { ref, entry } = useIntersection<HTMLElement>(NEAR)
  const shown = useRef(props)
  if (entry?.isIntersecting) shown.current = props
  return (
    <Paper ref={ref} p="md" pb={8} component="figure" m={0} data-chart={props.chart.name}>
      <Curve {...shown.current} />
    </Paper>
  )
}

const NEAR = { rootMargin: '300px' }

/** Its curves, and above them the values under the cursor, else the newest. */
const Curve = memo(function Curve({
  chart,
  marks = NO_MARKS,
  isLog = false,
  smoothing = 0,
  axis = 'epoch',
  ...more
}: Props) {
  const { steps = null, isSystem = false, height = 210, syncKey, runId, onMark } = more
  const [hovered, setHovered] = useState<number | null>(null)
  const { finer, zoom, isZoomed, reset } = useZoom(chart, runId, needsTimes(axis))
  const lines = useMemo(() => finer.lines.map((line) => onAxis(line, axis, steps)), [finer, axis, steps])
  const { data, raw, smoothed } = useMemo(() => alignLines(lines, smoothing, isLog), [lines, smoothing, isLog])
  const placed = useMemo(() => placeMarks(marks, finer.lines, lines), [marks, finer, lines])
  const drawn = useRef({ lines, data })
  drawn.current = { lines, data }
  const xs = data[0]
  const index = hovered !== null && hovered < xs.length ? hovered : xs.length - 1
  const at = xs[index]
  const title = chartTitle(chart.name)
  const isTimed = isSystem || axis === 'time'
  return (
    <>
      <Group justify="space-between" mb={6} gap="xs" wrap="nowrap">
        <Text component="figcaption" fw={600} fz="sm" className="ellipsis">
          {title}
        </Text>
        <Group gap={6} wrap="nowrap" mih={22}>
          <Text fz={12} c="dimmed" className="numbers" style={{ whiteSpace: 'nowrap' }}>
            {at === undefined ? '' : isSystem ? formatSpan(at) : PLACES[axis](at)}
            {finer.shown < finer.total &&
              say(' · showing {shown} of {total}', {
                shown: formatCount(finer.shown),
                total: formatCount(finer.total),
              })}
          </Text>
          {isZoomed && (
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label={say('Show all of it again')}
              onClick={reset}
            >
              <IconZoomReset size={15} />
            </ActionIcon>
          )}
          {!isSystem && <ExportMenu name={chart.name} axis={axis} drawn={drawn} />}
        </Group>
      </Group>
      <div className={css.legend}>
        {lines.map((line, nth) => (
          <span key={`${line.run} ${line.label}`} className={css.key}>
            <i className={css.swatch} style={{ background: swatch(line, isSystem) }} data-dashed={isDashed(line)} />
            {!isSystem && line.label !== chart.name && <span className={css.name}>{line.label}</span>}
            <b>
              {formatMetric(raw[nth]?.[index])}
              {smoothed[nth] && <span className="dim"> ({formatMetric(smoothed[nth][index])})</span>}
            </b>
          </span>
        ))}
      </div>
      <Plot
        data={data}
        lines={lines}
        isSmoothed={smoothing > 0}
        isLog={isLog}
        isSystem={isSystem}
        isTimed={isTimed}
        isClock={!isSystem && axis === 'clock'}
        marks={placed}
        syncKey={syncKey}
        onHover={setHovered}
        onMark={onMark}
        onZoom={(from, to) => zoom(spanOf(finer.lines, lines, from, to))}
        height={height}
        label={`${title}: ${lines.map((line) => `${line.label} ${formatMetric(line.points.at(-1)?.[1])}`).join(', ')}`}
      />
    </>
  )
})

function isDashed(line: Line): boolean | undefined {
  return (line.run !== undefined && line.role === 'train') || undefined
}

function swatch(line: Line, isSystem: boolean): string {
  if (line.run) return runColor(line.run)
  return isSystem ? 'var(--hg-idle)' : `var(--hg-${line.role})`
}

/** The chart between two epochs; where points of it were left out, they are fetched. */
function useZoom(chart: Chart, runId: string | undefined, times: boolean) {
  const [span, zoom] = useState<[number, number] | null>(null)
  const isThinned = chart.shown < chart.total && runId !== undefined
  const names = [chart.name, `val_${chart.name}`]
  const { data } = useQuery(windowQuery(runId ?? '', names, isThinned ? span : null, times))
  const finer = useMemo(() => {
    if (!span) return chart
    const [found] = isThinned && data ? epochCharts(data.series, chart.name) : []
    return found ?? within(chart, span)
  }, [chart, span, data, isThinned])
  return { finer, zoom, isZoomed: span !== null, reset: () => zoom(null) }
}

function within(chart: Chart, [from, to]: [number, number]): Chart {
  const lines = chart.lines.map((line) => {
    const kept = line.points.map(([epoch]) => epoch >= from && epoch <= to)
    return {
      ...line,
      points: line.points.filter((_, nth) => kept[nth]),
      times: line.times?.filter((_, nth) => kept[nth]),
    }
  })
  return { ...chart, lines }
}

/** The epochs whose points lie between two places of the axis that is shown; null where there are not two. */
function spanOf(epochs: Line[], shown: Line[], from: number, to: number): [number, number] | null {
  const inside = shown.flatMap((line, of) =>
    line.points.flatMap(([x], nth) => (x >= from && x <= to ? (epochs[of]?.points[nth]?.[0] ?? []) : [])),
  )
  const [first, last] = [Math.min(...inside), Math.max(...inside)]
  return last > first ? [first, last] : null
}

/** Marks are told by their epochs; here they stand on the axis that is shown. */
function placeMarks(marks: Mark[], epochs: Line[], shown: Line[]): Mark[] {
  return marks.flatMap((mark) => {
    for (const [of, line] of epochs.entries()) {
      const nth = line.points.findIndex(([epoch]) => epoch >= mark.at)
      const at = shown[of]?.points[nth]?.[0]
      if (at !== undefined) return { ...mark, at }
    }
    return []
  })
}
