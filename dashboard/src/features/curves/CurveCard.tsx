import { Group, Paper, Text } from '@mantine/core'
import { useMemo, useState } from 'react'
import { formatCount, formatMetric } from '#shared/numbers.ts'
import { formatSpan } from '#shared/time.ts'
import { type Chart, chartTitle } from './groups.ts'
import css from './Plot.module.css'
import { Plot } from './Plot.tsx'
import { alignLines } from './plot.ts'

type Props = {
  chart: Chart
  best?: number | null
  isLog?: boolean
  smoothing?: number
  isSystem?: boolean
  height?: number
  syncKey: string
}

/** One metric: its curves, and above them the values under the cursor, else the newest. */
export function CurveCard({
  chart,
  best = null,
  isLog = false,
  smoothing = 0,
  isSystem = false,
  height = 210,
  syncKey,
}: Props) {
  const [hovered, setHovered] = useState<number | null>(null)
  const { data, raw, smoothed } = useMemo(
    () => alignLines(chart.lines, smoothing, isLog),
    [chart.lines, smoothing, isLog],
  )
  const xs = data[0]
  const index = hovered !== null && hovered < xs.length ? hovered : xs.length - 1
  const at = xs[index]
  const title = chartTitle(chart.name)
  return (
    <Paper p="md" pb={8} component="figure" m={0} data-chart={chart.name}>
      <Group justify="space-between" mb={6} gap="xs" wrap="nowrap">
        <Text component="figcaption" fw={600} fz="sm" className="ellipsis">
          {title}
        </Text>
        <Text fz={12} c="dimmed" className="numbers" style={{ whiteSpace: 'nowrap' }}>
          {at === undefined ? '' : isSystem ? formatSpan(at) : `epoch ${at}`}
          {chart.shown < chart.total && ` · ${formatCount(chart.shown)} of ${formatCount(chart.total)} points`}
        </Text>
      </Group>
      <div className={css.legend}>
        {chart.lines.map((line, nth) => (
          <span key={line.label} className={css.key}>
            <i className={css.swatch} style={{ background: isSystem ? 'var(--hg-idle)' : `var(--hg-${line.role})` }} />
            {!isSystem && line.label !== chart.name && line.label}
            <b>
              {formatMetric(raw[nth]?.[index])}
              {smoothed[nth] && <span className="dim"> ({formatMetric(smoothed[nth][index])})</span>}
            </b>
          </span>
        ))}
      </div>
      <Plot
        data={data}
        lines={chart.lines}
        isSmoothed={smoothing > 0}
        isLog={isLog}
        isSystem={isSystem}
        best={best}
        syncKey={syncKey}
        onHover={setHovered}
        height={height}
        label={`${title}: ${chart.lines.map((line) => `${line.label} ${formatMetric(line.points.at(-1)?.[1])}`).join(', ')}`}
      />
    </Paper>
  )
}
