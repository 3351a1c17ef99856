import { type Document, isMap, isSeq, parseDocument } from 'yaml'
import { callOf } from './call.ts'

/** The faces of a spec: its text is the truth, the form reads it and writes into it, comments and all. */

export type LayerRow = { name: string | null; call: string | null; path: (string | number)[]; pointer: string }

export type Form = {
  name: string
  /** Null where it is not said, or not in one word. */
  dataset: string | null
  kind: string
  /** Null where the model is no plain list of layers: then its text alone can be changed. */
  layers: LayerRow[] | null
  optimizer: string | null
  loss: string | null
  epochs: number | null
  batchSize: number | null
  patience: number | null
  validation: number | null
  test: number | null
}

export type Path = (string | number)[]

function isRead(document: Document): boolean {
  return document.errors.length === 0 && isMap(document.contents)
}

/** What the form shows of a text; null where the text is no document. */
export function readForm(text: string): Form | null {
  const document = parseDocument(text, { uniqueKeys: false })
  if (!isRead(document)) return null
  const at = (path: Path): unknown => {
    const found = document.getIn(path)
    return isMap(found) || isSeq(found) ? found.toJS(document) : found
  }
  const number = (path: Path) => {
    const found = at(path)
    return typeof found === 'number' ? found : null
  }
  return {
    name: String(at(['name']) ?? ''),
    dataset: word(at(['dataset'])),
    kind: String(at(['model', 'kind']) ?? 'sequential'),
    layers: readLayers(at(['model', 'layers']), String(at(['model', 'kind']) ?? 'sequential')),
    optimizer: callOf(at(['compile', 'optimizer'])),
    loss: onlyLoss(at(['compile', 'loss'])),
    epochs: number(['fit', 'epochs']),
    batchSize: number(['fit', 'batch_size']),
    patience: number(['fit', 'early_stopping', 'patience']),
    validation: number(['split', 'validation']),
    test: number(['split', 'test']),
  }
}

function word(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function readLayers(layers: unknown, kind: string): LayerRow[] | null {
  if (kind !== 'sequential' || !Array.isArray(layers)) return null
  return layers.map((layer: unknown, nth) => {
    const isNamed = typeof layer === 'object' && layer !== null && 'layer' in layer
    const inner = isNamed ? layer.layer : layer
    const name = isNamed && 'name' in layer ? String(layer.name) : null
    const path = ['model', 'layers', nth, ...(isNamed ? ['layer'] : [])]
    return { name, call: callOf(inner), path, pointer: `/model/layers/${nth}` }
  })
}

function onlyLoss(loss: unknown): string | null {
  const isTable = typeof loss === 'object' && loss !== null && !('class_name' in loss)
  const values = isTable ? Object.values(loss) : [loss]
  return values.length === 1 ? callOf(values[0]) : null
}

/** The text with a value put where it belongs; undefined takes it out. */
export function edit(text: string, path: Path, value: unknown): string {
  return change(text, (document) => {
    if (value === undefined) document.deleteIn(path)
    else document.setIn(path, typeof value === 'object' ? document.createNode(value) : value)
  })
}

export function addLayer(text: string, call: string, at: number): string {
  return change(text, (document) => {
    const layers = document.getIn(['model', 'layers'])
    if (isSeq(layers)) layers.items.splice(at, 0, document.createNode(call))
  })
}

export function removeLayer(text: string, nth: number): string {
  return change(text, (document) => document.deleteIn(['model', 'layers', nth]))
}

export function moveLayer(text: string, from: number, to: number): string {
  return change(text, (document) => {
    const layers = document.getIn(['model', 'layers'])
    if (!isSeq(layers) || to < 0 || to >= layers.items.length) return
    layers.items.splice(to, 0, ...layers.items.splice(from, 1))
  })
}

/** A loss that stands in a table by its output keeps its place in it. */
export function editLoss(text: string, loss: string): string {
  return change(text, (document) => {
    const found = document.getIn(['compile', 'loss'])
    const [only] = isMap(found) ? found.items : []
    const isTable = isMap(found) && !found.has('class_name') && only
    document.setIn(isTable ? ['compile', 'loss', String(only.key)] : ['compile', 'loss'], loss)
  })
}

function change(text: string, by: (document: Document) => void): string {
  const document = parseDocument(text, { uniqueKeys: false })
  if (!isRead(document)) return text
  by(document)
  return document.toString({ lineWidth: 0, flowCollectionPadding: false })
}
