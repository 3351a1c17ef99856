import { SegmentedControl } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import type { Summary } from '#client'
import { LayersTable } from './LayersTable.tsx'
import css from './ModelGraph.module.css'
import { ModelGraph } from './ModelGraph.tsx'

const FACES = [
  { value: 'graph', label: 'Graph' },
  { value: 'table', label: 'Table' },
]

/** A model as a graph or as a table, whichever one looked at last. */
export function ModelView({ summary, tight }: { summary: Summary; tight?: boolean }) {
  const [face, setFace] = useLocalStorage({ key: 'model-face', defaultValue: 'graph', getInitialValueInEffect: false })
  return (
    <>
      <div className={css.faces}>
        <SegmentedControl aria-label="Face of the model" data={FACES} value={face} onChange={setFace} />
      </div>
      {face === 'graph' ? <ModelGraph summary={summary} /> : <LayersTable summary={summary} tight={tight} />}
    </>
  )
}
