import type { Summary } from '#client'
import { formatShape } from './layers.ts'
import { formatBytes, formatCount } from './numbers.ts'
import { say } from './words.ts'

/** A model, layer by layer, with its totals. */
export function LayersTable({ summary, tight }: { summary: Summary; tight?: boolean }) {
  return (
    <table className={tight ? 'list tight' : 'list'}>
      <thead>
        <tr>
          <th>{say('Layer')}</th>
          <th>{say('Kind')}</th>
          <th>{say('Output shape')}</th>
          <th className="right">{say('Parameters')}</th>
        </tr>
      </thead>
      <tbody>
        {summary.layers.map((layer) => (
          <tr key={layer.name}>
            <td>{layer.name}</td>
            <td className="dim">{layer.class}</td>
            <td className="mono">{formatShape(layer.output_shape)}</td>
            <td className="right">{formatCount(layer.parameters ?? 0)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr style={{ borderTop: '1px solid var(--mantine-color-default-border)' }}>
          <td colSpan={3} className="dim">
            {say('{trained} of {all} parameters are trained', {
              trained: formatCount(summary.trainable_parameters),
              all: formatCount(summary.parameters),
            })}
            {summary.bytes ? `, ${formatBytes(summary.bytes)}` : ''}
          </td>
          <td className="right">
            <b>{formatCount(summary.parameters)}</b>
          </td>
        </tr>
      </tfoot>
    </table>
  )
}
