import type { Layer } from '#client'
import { say } from './words.ts'

/** A model as boxes in ranks, inputs first; many inputs that go to the same place are one box. */

export type Node = { id: string; title: string; kind: string; shape: unknown; parameters: number; count: number }
export type Placed = Node & { x: number; y: number }
export type Edge = { from: Placed; to: Placed }
export type Graph = { nodes: Placed[]; edges: Edge[]; width: number; height: number }

export const BOX = { width: 190, height: 46, across: 18, down: 26 }
const MANY_INPUTS = 4

function inputsOf(layer: Layer): string[] {
  return Array.isArray(layer.inputs) ? layer.inputs.map(String) : []
}

type Linked = Node & { inputs: string[] }

function nodeOf(layer: Layer): Linked {
  const { name, class: kind, output_shape: shape, parameters = 0 } = layer
  return { id: name, title: name, kind, shape, parameters, count: 1, inputs: inputsOf(layer) }
}

function groupBy<Key>(nodes: Linked[], of: (node: Linked) => Key): Map<Key, Linked[]> {
  const groups = new Map<Key, Linked[]>()
  for (const node of nodes) groups.set(of(node), [...(groups.get(of(node)) ?? []), node])
  return groups
}

/** Inputs that go to the same layers, drawn as one where there are many of them. */
function gather(nodes: Linked[]): Linked[] {
  const isInput = (node: Linked) => node.kind === 'InputLayer'
  const goal = (node: Linked) =>
    nodes
      .filter((one) => one.inputs.includes(node.id))
      .map((one) => one.id)
      .join()
  const groups = groupBy(nodes.filter(isInput), goal)
  const gathered = new Map<string, string>()
  const boxes: Linked[] = []
  for (const [key, members] of groups) {
    if (members.length <= MANY_INPUTS) boxes.push(...members)
    else {
      const id = `inputs:${key}`
      for (const member of members) gathered.set(member.id, id)
      boxes.push({
        id,
        title: say('{count} inputs', { count: members.length }),
        kind: 'InputLayer',
        shape: null,
        parameters: 0,
        count: members.length,
        inputs: [],
      })
    }
  }
  const others = nodes.filter((node) => !isInput(node))
  return [...boxes, ...others].map((node) => ({
    ...node,
    inputs: [...new Set(node.inputs.map((one) => gathered.get(one) ?? one))],
  }))
}

function ranksOf(nodes: Linked[]): Map<string, number> {
  const ranks = new Map<string, number>()
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const rank = (node: Linked, seen: ReadonlySet<string>): number => {
    const known = ranks.get(node.id)
    if (known !== undefined) return known
    const before = node.inputs.flatMap((id) => (seen.has(id) ? [] : (byId.get(id) ?? [])))
    const found = Math.max(-1, ...before.map((one) => rank(one, new Set([...seen, node.id])))) + 1
    ranks.set(node.id, found)
    return found
  }
  for (const node of nodes) rank(node, new Set())
  return ranks
}

/** Where a summary says nothing of inputs (a component's model), the layers stand in a row. */
export function layOut(layers: Layer[]): Graph {
  const linked = layers.map(nodeOf)
  const isSilent = linked.length > 1 && linked.every((node) => node.inputs.length === 0)
  const chained = isSilent
    ? linked.map((node, nth) => ({ ...node, inputs: nth > 0 ? [linked[nth - 1]?.id ?? ''] : [] }))
    : linked
  const nodes = gather(chained)
  const ranks = ranksOf(nodes)
  const rows = groupBy(nodes, (node) => ranks.get(node.id) ?? 0)
  const widest = Math.max(1, ...[...rows.values()].map((row) => row.length))
  const width = widest * (BOX.width + BOX.across) + BOX.across
  const placed = new Map<string, Placed>()
  for (const [rank, row] of rows) {
    const start = (width - row.length * (BOX.width + BOX.across) + BOX.across) / 2
    for (const [nth, node] of row.entries()) {
      const place = { x: start + nth * (BOX.width + BOX.across), y: 12 + rank * (BOX.height + BOX.down) }
      placed.set(node.id, { ...node, ...place })
    }
  }
  const edges = nodes.flatMap((node) =>
    node.inputs.flatMap((id) => {
      const [from, to] = [placed.get(id), placed.get(node.id)]
      return from && to ? [{ from, to }] : []
    }),
  )
  const height = 12 + (Math.max(0, ...ranks.values()) + 1) * (BOX.height + BOX.down)
  return { nodes: [...placed.values()], edges, width, height }
}
