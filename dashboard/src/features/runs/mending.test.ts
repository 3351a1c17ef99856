import { expect, test } from 'vitest'
import { mendOf, pointerOf } from './mending.ts'

const spec = {
  inputs: { area: { column: 'area' } },
  model: {
    kind: 'sequential',
    layers: [
      { name: 'wide', layer: {} },
      { name: 'narrow', layer: {} },
    ],
  },
  compile: { optimizer: { class_name: 'Adam', config: { learning_rate: 0.02 } } },
  fit: { epochs: 40, batch_size: 32 },
  resources: { max_minutes: 5 },
}
const failed = (kind: string, message = '') => ({
  spec,
  failure: { kind, message, frame: null, advice: null },
  progress: { epochs: 40 },
  last: null,
})

test('each failure has the change that is most worth a try', () => {
  expect(mendOf(failed('oom'))).toMatchObject({ how: 'draft', set: 'fit.batch_size=16' })
  expect(mendOf(failed('non_finite'))).toMatchObject({ set: 'compile.optimizer.config.learning_rate=0.002' })
  expect(mendOf(failed('timeout'))).toMatchObject({ set: 'resources.max_minutes=10' })
  expect(mendOf({ ...failed('oom'), spec: { fit: { batch_size: 1 } } })).toBeNull()
})

test('what was lost goes on from its last epoch, or begins again where there was none', () => {
  expect(mendOf({ ...failed('worker_lost'), last: { epoch: 12, metrics: {} } })).toMatchObject({
    how: 'extend',
    epochs: 28,
  })
  expect(mendOf(failed('stalled'))).toMatchObject({ how: 'again' })
})

test('the layer or the input that a message names is where the spec is opened', () => {
  expect(pointerOf(failed('user_code', 'Input 0 of layer "narrow" is incompatible'))).toBe('/model/layers/1')
  expect(pointerOf(failed('data', "Column 'area' has gaps"))).toBe('/inputs/area')
  expect(mendOf(failed('user_code', 'no'))).toMatchObject({ how: 'draft', at: '/model' })
})
