import { Paper } from '@mantine/core'
import { IconSparkles } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { Run } from '#client'
import { Loaded } from '#shared/Loaded.tsx'
import { Empty } from '#shared/States.tsx'
import { isScript } from '#shared/script.ts'
import { say } from '#shared/words.ts'
import { fieldsOf, fieldsOfTensors } from './fields.ts'
import { PredictForm } from './PredictForm.tsx'
import { formQuery, tensorsQuery } from './queries.ts'

/** Ask the trained model about a row. */
export function Predict({ run }: { run: Run }) {
  const trainedOn = run.datasets.find((one) => one.part === 'train')
  if (run.status === 'succeeded' && isScript(run.spec)) return <ScriptForm run={run} />
  if (run.status !== 'succeeded' || !trainedOn) {
    return (
      <NoModel>
        {run.status === 'failed' || run.status === 'cancelled'
          ? say('This run ended without a model.')
          : say('When the run has ended, the trained model answers here from raw rows.')}
      </NoModel>
    )
  }
  return <Form run={run} datasetId={trainedOn.id} />
}

function NoModel({ children }: { children: ReactNode }) {
  return (
    <Paper>
      <Empty icon={IconSparkles} title={say('No model to ask yet')}>
        {children}
      </Empty>
    </Paper>
  )
}

/** A script's model is asked by the tensors that it takes: only the script knows how rows become those. */
function ScriptForm({ run }: { run: Run }) {
  const query = useQuery(tensorsQuery(run.id))
  return (
    <Loaded query={query}>
      {(text) =>
        text ? (
          <PredictForm
            run={run}
            fields={fieldsOfTensors(text)}
            preview={undefined}
            title={say('What the model takes')}
            hint={say(
              'Tensors as the script gave them to its model: numbers, or lists of them. What it did to its data before that is not in the model.',
            )}
          />
        ) : (
          <NoModel>{say('The script left no model that can be asked: the overview says why.')}</NoModel>
        )
      }
    </Loaded>
  )
}

function Form({ run, datasetId }: { run: Run; datasetId: string }) {
  const query = useQuery(formQuery(datasetId))
  return (
    <Loaded query={query}>
      {({ columns, preview }) => <PredictForm run={run} fields={fieldsOf(run.spec, columns)} preview={preview} />}
    </Loaded>
  )
}
