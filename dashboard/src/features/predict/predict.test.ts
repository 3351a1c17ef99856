import { expect, test } from 'vitest'
import { exampleOf, faultsByField, fieldsOf, fieldsOfTensors, inputNames, instanceOf } from './fields.ts'
import { asLabelled, asOutputs, formatValue } from './prediction.ts'

const spec = {
  inputs: {
    wide: { columns: ['age', 'rooms'], missing: 'median' },
    deep: { columns: ['rooms', 'place'] },
    picture: { array: 'pixels' },
  },
}
const columns = [
  { name: 'age', dtype: 'int64' },
  { name: 'rooms', dtype: 'float64' },
  {
    name: 'place',
    dtype: 'string',
    unique: 2,
    top: [
      ['inland', 3],
      ['bay', 1],
    ] as [string, number][],
  },
  { name: 'pixels', dtype: 'uint8', shape: [2, 2] },
]

test('every column that an input reads is asked for once', () => {
  expect(inputNames(spec)).toEqual(['age', 'rooms', 'place', 'pixels'])
  expect(inputNames({ inputs: { age: { column: 'Age in years' } } })).toEqual(['Age in years'])
})

test('the profile decides how a column is asked for', () => {
  const fields = fieldsOf(spec, columns)
  expect(fields.map((field) => field.kind)).toEqual(['number', 'number', 'choice', 'json'])
  expect(fields[2]?.choices).toEqual(['bay', 'inland'])
  expect(fields.map((field) => field.isOptional)).toEqual([true, true, false, false])
})

test('the form begins with a row of the data and gives back raw values', () => {
  const fields = fieldsOf(spec, columns)
  const preview = {
    columns: ['place', 'age', 'pixels', 'rooms'],
    rows: [
      [
        'bay',
        30,
        [
          [1, 2],
          [3, 4],
        ],
        null,
      ],
    ],
    shown: 1,
    total: 1,
  }
  const values = exampleOf(fields, preview, 7)
  expect(values).toEqual({ age: '30', rooms: '', place: 'bay', pixels: '[[1,2],[3,4]]' })
  expect(instanceOf(fields, values)).toEqual({
    age: 30,
    rooms: null,
    place: 'bay',
    pixels: [
      [1, 2],
      [3, 4],
    ],
  })
})

test('a fault is said beside the field that it names', () => {
  const faults = faultsByField([
    { pointer: '/instances/0/a~1b', message: 'no number' },
    { pointer: '/instances', message: 'x' },
  ])
  expect([...faults]).toEqual([['a/b', 'no number']])
})

test('a class comes with its probabilities, the likeliest first', () => {
  expect(asLabelled({ label: 'b', probabilities: { a: 0.2, b: 0.8 } })).toEqual({
    label: 'b',
    probabilities: [
      ['b', 0.8],
      ['a', 0.2],
    ],
  })
  expect(asLabelled(3)).toBeNull()
})

test('several outputs are told from one', () => {
  expect(asOutputs({ main: 1, aux: 2 })).toEqual([
    ['main', 1],
    ['aux', 2],
  ])
  expect(asOutputs([1, 2])).toBeNull()
  expect(formatValue(241233.512)).toBe('241,233.5')
})

test('a model of a script is asked for the tensors that it takes', () => {
  const fields = fieldsOfTensors('{"inputs": [{"column": "row", "shape": [2, 1]}, {"column": "age", "shape": []}]}')
  expect(fields.map((field) => field.kind)).toEqual(['json', 'number'])
  expect(exampleOf(fields, undefined, 0)).toEqual({ row: '[[0],[0]]', age: '0' })
})
