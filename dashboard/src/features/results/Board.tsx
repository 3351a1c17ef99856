import { BoardFrame } from '#shared/BoardFrame.tsx'
import { say } from '#shared/words.ts'

/** TensorBoard over this run. */
export function Board({ runId }: { runId: string }) {
  return (
    <BoardFrame address={`/v1/runs/${runId}/tensorboard/`} about={say('TensorBoard over this run’s event files')} />
  )
}
