import { expect, test } from 'vitest'
import { argumentOf, callOf, readCall, withArgument, writeCall } from './call.ts'
import { complete, openCall, wordAt } from './completing.ts'
import { addLayer, edit, editLoss, moveLayer, readForm, removeLayer } from './document.ts'

const TEXT = `# price is a number
name: homes
split: {validation: 0.2, test: 0.1}
model:
  kind: sequential
  layers:
    - Dense(64, activation="relu") # wide
    - Dense(1)
compile:
  optimizer: Adam(1e-3)
  loss: mse
fit:
  epochs: 100
  early_stopping: {patience: 10}
`
const DENSE = ['units', 'activation', 'use_bias']

test('a call is read and written, whatever stands in its brackets', () => {
  for (const call of ['Dense(64, activation="relu")', 'Reshape((28, 28, 1))', 'A(f(1, 2), b="x, y")', 'Flatten()']) {
    expect(writeCall(readCall(call) ?? { name: '', arguments: [] })).toBe(call)
  }
  expect(readCall('mse')).toEqual({ name: 'mse', arguments: [] })
  expect(readCall('1 + 1')).toBeNull()
})

test('an argument is found and changed by its name or by its place', () => {
  const call = readCall('Dense(64, activation="relu")') ?? { name: '', arguments: [] }
  expect(argumentOf(call, 'units', DENSE)).toBe('64')
  expect(writeCall(withArgument(call, 'units', '8', DENSE))).toBe('Dense(8, activation="relu")')
  expect(writeCall(withArgument(call, 'activation', '', DENSE))).toBe('Dense(64)')
  expect(writeCall(withArgument(call, 'use_bias', 'False', DENSE))).toBe('Dense(64, activation="relu", use_bias=False)')
  expect(writeCall(withArgument({ name: 'Dense', arguments: [] }, 'units', '4', DENSE))).toBe('Dense(4)')
})

test('a resolved object is said as a call', () => {
  const relu = { class_name: 'relu', config: {} }
  expect(callOf({ class_name: 'Dense', config: { units: 8, activation: relu, use_bias: true, lora_rank: null } })).toBe(
    'Dense(units=8, activation="relu", use_bias=True)',
  )
})

test('the form reads the text', () => {
  expect(readForm(TEXT)).toMatchObject({
    name: 'homes',
    optimizer: 'Adam(1e-3)',
    loss: 'mse',
    epochs: 100,
    patience: 10,
    validation: 0.2,
  })
  expect(readForm(TEXT)?.layers?.map((layer) => layer.call)).toEqual(['Dense(64, activation="relu")', 'Dense(1)'])
  expect(readForm('a: [1')).toBeNull()
  expect(readForm('model: {kind: functional, layers: []}')?.layers).toBeNull()
})

test('the form writes into the text, whose comments stay', () => {
  const changed = edit(edit(TEXT, ['fit', 'batch_size'], 16), ['split', 'test'], undefined)
  expect(changed).toContain('batch_size: 16')
  expect(changed).toContain('# price is a number')
  expect(changed).toContain('split: {validation: 0.2}')
  expect(edit(TEXT, ['fit', 'epochs'], 5)).toBe(TEXT.replace('100', '5'))
})

test('layers come, go and change places', () => {
  const calls = (text: string) => readForm(text)?.layers?.map((layer) => layer.call)
  expect(calls(addLayer(TEXT, 'Dropout(0.2)', 1))).toEqual(['Dense(64, activation="relu")', 'Dropout(0.2)', 'Dense(1)'])
  expect(calls(removeLayer(TEXT, 0))).toEqual(['Dense(1)'])
  expect(calls(moveLayer(TEXT, 1, 0))).toEqual(['Dense(1)', 'Dense(64, activation="relu")'])
  expect(moveLayer(TEXT, 1, 2)).toBe(TEXT)
})

test('a loss in a table by output keeps its place', () => {
  expect(editLoss('compile: {loss: {out: mse}}', 'mae').trim()).toBe('compile: {loss: {out: mae}}')
  expect(editLoss(TEXT, 'Huber()')).toContain('loss: Huber()')
})

const CATALOG = {
  families: {
    layer: {
      Dense: {
        doc: 'A layer.',
        arguments: [
          { name: 'units', required: true },
          { name: 'use_bias', default: true },
        ],
      },
    },
    activation: { relu: { arguments: [] } },
  },
}

test('classes are completed where a word begins, arguments where a bracket is open', () => {
  const labels = (before: string) => complete(CATALOG, before)?.options.map((one) => one.label)
  expect(labels('    - De')).toEqual(['Dense'])
  expect(labels('    - Dense(')).toEqual(['units=', 'use_bias='])
  expect(labels('    - Dense(8, use')).toEqual(['units=', 'use_bias='])
  expect(labels('    - Dense(8, activation="')).toEqual(['relu'])
  expect(labels('    ')).toBeUndefined()
  expect(labels('mo')).toContain('model:')
})

test('the call that is open is found behind closed ones', () => {
  expect(openCall('Dense(8, kernel_initializer=Zeros(), ')).toBe('Dense')
  expect(openCall('Dense(8)')).toBeNull()
  expect(wordAt('- Dense(8)', 4)).toEqual({ word: 'Dense', from: 2 })
})
