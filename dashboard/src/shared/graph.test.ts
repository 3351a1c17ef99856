import { expect, test } from 'vitest'
import { layOut } from './graph.ts'

function layer(name: string, kind: string, ...inputs: string[]) {
  return { name, class: kind, output_shape: [null, 1], parameters: 2, inputs }
}

test('a layer stands below all that it takes', () => {
  const { nodes, edges } = layOut([
    layer('wide', 'InputLayer'),
    layer('deep', 'InputLayer'),
    layer('hidden', 'Dense', 'deep'),
    layer('joined', 'Concatenate', 'hidden', 'wide'),
  ])
  const y = (id: string) => nodes.find((node) => node.id === id)?.y ?? 0
  expect(y('joined')).toBeGreaterThan(y('hidden'))
  expect(y('hidden')).toBeGreaterThan(y('deep'))
  expect(edges).toHaveLength(3)
})

test('many inputs to one layer are one box', () => {
  const inputs = Array.from({ length: 30 }, (_, nth) => layer(`column ${nth}`, 'InputLayer'))
  const { nodes, edges } = layOut([...inputs, layer('joined', 'Concatenate', ...inputs.map((one) => one.name))])
  expect(nodes.map((node) => node.title)).toEqual(['30 inputs', 'joined'])
  expect(edges).toHaveLength(1)
})

test('where nothing is said of inputs the layers stand in a row, and a circle ends', () => {
  expect(layOut([layer('a', 'Dense'), layer('b', 'Dense')]).edges).toHaveLength(1)
  expect(layOut([layer('a', 'Dense', 'b'), layer('b', 'Dense', 'a')]).nodes).toHaveLength(2)
})
