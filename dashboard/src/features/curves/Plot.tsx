import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { footAt, type Look, plotOptions } from './options.ts'
import css from './Plot.module.css'

type Props = Look & { data: uPlot.AlignedData; height: number; label: string }

/** A uPlot that lives as long as its look; new points only move its lines. */
export function Plot({ data, height, label, ...look }: Props) {
  const holder = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(null)
  const latest = useRef({ data, look })
  latest.current = { data, look }
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false })
  const shape = JSON.stringify([
    look.lines.map((line) => [line.role, line.run]),
    look.isSmoothed,
    look.isLog,
    look.marks,
    look.isTimed,
    look.isClock,
    scheme,
    data[0].length < 2,
  ])

  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for all of the look that is drawn
  useEffect(() => {
    const element = holder.current
    if (!element) return
    const { data: points, look: now } = latest.current
    const onHover = (index: number | null) => latest.current.look.onHover(index)
    const onZoom = (from: number, to: number) => latest.current.look.onZoom(from, to)
    const made = new uPlot(
      plotOptions({ ...now, onHover, onZoom }, element.clientWidth, height, points[0].length),
      points,
      element,
    )
    plot.current = made
    made.over.addEventListener('click', (event) => {
      const foot = footAt(made, now.marks, event.offsetX, event.offsetY)
      if (foot?.key) latest.current.look.onMark?.(foot.key)
    })
    const watcher = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
    watcher.observe(element)
    return () => {
      watcher.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [shape, height])

  useEffect(() => {
    plot.current?.setData(data)
  }, [data])

  return <div ref={holder} className={css.plot} style={{ height }} role="img" aria-label={label} />
}
