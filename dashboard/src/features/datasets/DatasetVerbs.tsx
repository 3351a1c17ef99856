import type { Dataset } from '#client'
import { DeleteVersion } from '#shared/DeleteVersion.tsx'
import { say } from '#shared/words.ts'
import { useDeleteDataset } from './queries.ts'

export function DatasetVerbs({ dataset, onDeleted }: { dataset: Dataset; onDeleted: () => void }) {
  const loss = say(
    'Its rows are removed for good. Runs that were trained on it keep their models and curves, but cannot be repeated.',
  )
  return <DeleteVersion of={dataset} loss={loss} remove={useDeleteDataset(dataset.id, onDeleted)} />
}
