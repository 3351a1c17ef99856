import { Paper } from '@mantine/core'
import { IconSparkles } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { Run } from '#client'
import { Loaded } from '#shared/Loaded.tsx'
import { Empty } from '#shared/States.tsx'
import { fieldsOf } from './fields.ts'
import { PredictForm } from './PredictForm.tsx'
import { formQuery } from './queries.ts'

/** Ask the trained model about a row. */
export function Predict({ run }: { run: Run }) {
  const trainedOn = run.datasets.find((one) => one.part === 'train')
  if (run.status !== 'succeeded' || !trainedOn) {
    return (
      <Paper>
        <Empty icon={IconSparkles} title="No model to ask yet">
          {run.status === 'failed' || run.status === 'cancelled'
            ? 'This run ended without a model.'
            : 'When the run has ended, the trained model answers here from raw rows.'}
        </Empty>
      </Paper>
    )
  }
  return <Form run={run} datasetId={trainedOn.id} />
}

function Form({ run, datasetId }: { run: Run; datasetId: string }) {
  const query = useQuery(formQuery(datasetId))
  return (
    <Loaded query={query}>
      {({ columns, preview }) => <PredictForm run={run} fields={fieldsOf(run.spec, columns)} preview={preview} />}
    </Loaded>
  )
}
