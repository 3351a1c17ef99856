import { ActionIcon, Group, Paper, Stack, Text, TextInput } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconTrash } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { Summary } from '#client'
import { formatShape } from '#shared/layers.ts'
import { formatCount } from '#shared/numbers.ts'
import { say } from '#shared/words.ts'
import { AddLayer } from './AddLayer.tsx'
import { Arguments } from './Arguments.tsx'
import { readCall } from './call.ts'
import { catalogQuery } from './catalog.ts'
import { addLayer, edit, type LayerRow, moveLayer, removeLayer } from './document.ts'
import css from './Form.module.css'
import type { Placed } from './faults.ts'

type Props = {
  layers: LayerRow[]
  text: string
  summary: Summary | null | undefined
  placed: Placed[]
  onText: (text: string) => void
}

/** The layers from the first to the last, each with what comes out of it. */
export function LayersForm({ layers, text, summary, placed, onText }: Props) {
  const built = builtBeside(layers, summary)
  return (
    <Stack gap={8}>
      <ol className={css.layers} aria-label={say('Layers')}>
        {layers.map((layer, nth) => (
          <LayerLine
            // biome-ignore lint/suspicious/noArrayIndexKey: layers are told apart by their places alone
            key={nth}
            layer={layer}
            nth={nth}
            isLast={nth === layers.length - 1}
            built={built[nth]}
            faults={placed.filter(({ fault }) => `${fault.pointer}/`.startsWith(`${layer.pointer}/`))}
            onCall={(call) => onText(edit(text, layer.path, call))}
            onMove={(by) => onText(moveLayer(text, nth, nth + by))}
            onRemove={() => onText(removeLayer(text, nth))}
          />
        ))}
      </ol>
      <AddLayer onAdd={(call) => onText(addLayer(text, call, Math.max(0, layers.length - 1)))} />
    </Stack>
  )
}

type LineProps = {
  layer: LayerRow
  nth: number
  isLast: boolean
  built: Summary['layers'][number] | undefined
  faults: Placed[]
  onCall: (call: string) => void
  onMove: (by: number) => void
  onRemove: () => void
}

function LayerLine({ layer, nth, isLast, built, faults, onCall, onMove, onRemove }: LineProps) {
  const { data: catalog } = useQuery(catalogQuery)
  const call = layer.call === null ? null : readCall(layer.call)
  const entry = call ? catalog?.families.layer?.[call.name] : undefined
  return (
    <Paper component="li" p="sm" className={css.layer} data-faulty={faults.length > 0 || undefined}>
      <Group gap="sm" wrap="nowrap" align="flex-start" preventGrowOverflow={false}>
        <div className={css.what}>
          <CallInput value={layer.call ?? '…'} isOff={call === null} nth={nth} onCall={onCall} />
          {faults.map((one) => (
            <Text key={one.fault.message} fz={12} className={css.fault}>
              {one.fault.message}
            </Text>
          ))}
          {call && entry && <Arguments call={call} entry={entry} nth={nth} onCall={onCall} />}
        </div>
        <div className={css.out}>
          <span className="mono">{built ? formatShape(built.output_shape) : ''}</span>
          <small>
            {built ? say('{parameters} parameters', { parameters: formatCount(built.parameters ?? 0) }) : ''}
          </small>
        </div>
        <Group gap={0} wrap="nowrap">
          <ActionIcon
            variant="subtle"
            color="gray"
            disabled={nth === 0}
            aria-label={say('Layer {nth} up', { nth: nth + 1 })}
            onClick={() => onMove(-1)}
          >
            <IconArrowUp size={15} />
          </ActionIcon>
          <ActionIcon
            variant="subtle"
            color="gray"
            disabled={isLast}
            aria-label={say('Layer {nth} down', { nth: nth + 1 })}
            onClick={() => onMove(1)}
          >
            <IconArrowDown size={15} />
          </ActionIcon>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={say('Remove layer {nth}', { nth: nth + 1 })}
            onClick={onRemove}
          >
            <IconTrash size={15} />
          </ActionIcon>
        </Group>
      </Group>
    </Paper>
  )
}

type CallProps = { value: string; isOff: boolean; nth: number; onCall: (call: string) => void }

/** The layer as it is written; told when it is left or Enter is pressed. */
function CallInput({ value, isOff, nth, onCall }: CallProps) {
  const [typed, setTyped] = useState(value)
  useEffect(() => setTyped(value), [value])
  const tell = () => {
    if (typed.trim() && typed !== value) onCall(typed.trim())
  }
  return (
    <TextInput
      size="xs"
      aria-label={say('Layer {nth}', { nth: nth + 1 })}
      value={typed}
      disabled={isOff}
      classNames={{ input: css.call }}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={tell}
      onKeyDown={(event) => event.key === 'Enter' && tell()}
    />
  )
}

/** The layers that Keras built, beside those of the list: the summary has inputs and what joins them before these. */
function builtBeside(layers: LayerRow[], summary: Summary | null | undefined): Summary['layers'] {
  const built = summary?.layers ?? []
  return built.length >= layers.length ? built.slice(built.length - layers.length) : []
}
