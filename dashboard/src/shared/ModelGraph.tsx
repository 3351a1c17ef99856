import { useId } from 'react'
import type { Summary } from '#client'
import { BOX, type Edge, layOut, type Placed } from './graph.ts'
import { formatShape } from './layers.ts'
import css from './ModelGraph.module.css'
import { formatCount } from './numbers.ts'
import { say } from './words.ts'

type Props = {
  summary: Summary
  /** What changed, by layer. */
  marks?: ReadonlyMap<string, string>
  /** What it is called where there are two. */
  title?: string
}

/** A model from its inputs to its outputs: kinds, names, shapes, parameters. */
export function ModelGraph({ summary, marks, title }: Props) {
  const arrow = useId()
  const { nodes, edges, width, height } = layOut(summary.layers)
  const label = say('The model, {count} layers: {names}', {
    count: summary.layers.length,
    names: nodes.map((node) => node.title).join(', '),
  })
  return (
    // It may be larger than its place, and then the keyboard must reach it.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is focusable
    <section className={css.frame} tabIndex={0} aria-label={title ?? say('Graph of the model')}>
      <svg width={width} height={height} role="img" aria-label={label} className={css.graph}>
        <defs>
          <marker id={arrow} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0,0 L8,4 L0,8 z" />
          </marker>
        </defs>
        {edges.map((edge) => (
          <path
            key={`${edge.from.id} ${edge.to.id}`}
            d={wayOf(edge)}
            className={css.edge}
            markerEnd={`url(#${arrow})`}
          />
        ))}
        {nodes.map((node) => (
          <Box key={node.id} node={node} mark={marks?.get(node.id)} />
        ))}
      </svg>
    </section>
  )
}

function wayOf({ from, to }: Edge): string {
  const [x1, y1] = [from.x + BOX.width / 2, from.y + BOX.height]
  const [x2, y2] = [to.x + BOX.width / 2, to.y - 1]
  const bend = (y2 - y1) / 2
  return `M${x1},${y1} C${x1},${y1 + bend} ${x2},${y2 - bend} ${x2},${y2}`
}

function Box({ node, mark }: { node: Placed; mark: string | undefined }) {
  const isInput = node.kind === 'InputLayer'
  return (
    <g
      transform={`translate(${node.x},${node.y})`}
      className={css.node}
      data-input={isInput || undefined}
      data-mark={mark}
    >
      <title>{`${node.title} (${node.kind})`}</title>
      <rect width={BOX.width} height={BOX.height} rx={8} />
      <text x={12} y={19} className={css.title}>
        {cut(isInput ? node.title : node.kind, 17)}
      </text>
      {node.parameters > 0 && (
        <text x={BOX.width - 12} y={19} textAnchor="end" className={css.quiet}>
          {formatCount(node.parameters)}
        </text>
      )}
      <text x={12} y={36} className={css.shape}>
        {node.shape ? cut(formatShape(node.shape), 25) : node.count > 1 ? say('one for each column') : ''}
      </text>
    </g>
  )
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text
}
