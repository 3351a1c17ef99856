import { SegmentedControl } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import type { Summary } from '#client'
import { LayersTable } from './LayersTable.tsx'
import css from './ModelGraph.module.css'
import { ModelGraph } from './ModelGraph.tsx'
import { say } from './words.ts'

const FACES = [
  { value: 'graph', label: say('Graph') },
  { value: 'table', label: say('Table') },
]

/** A model as a graph or as a table, whichever one looked at last. */
export function ModelView({ summary, tight }: { summary: Summary; tight?: boolean }) {
  const [face, setFace] = useLocalStorage({ key: 'model-face', defaultValue: 'graph', getInitialValueInEffect: false })
  return (
    <>
      <div className={css.faces}>
        <SegmentedControl aria-label={say('Face of the model')} data={FACES} value={face} onChange={setFace} />
      </div>
      {face === 'graph' ? <ModelGraph summary={summary} /> : <LayersTable summary={summary} tight={tight} />}
    </>
  )
}
