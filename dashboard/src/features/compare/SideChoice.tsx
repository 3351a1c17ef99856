import { Group, Paper, Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Run } from '#client'
import { runColor } from '#shared/colors.ts'
import { checkpointsQuery } from '#shared/results.ts'
import { say } from '#shared/words.ts'
import css from './Compare.module.css'
import type { Side } from './sides.ts'

type Props = { label: string; runs: Run[]; side: Side; onChange: (side: Side) => void }

/** A run, and which of its checkpoints the weights are of. */
export function SideChoice({ label, runs, side, onChange }: Props) {
  const { data } = useQuery(checkpointsQuery(side.id))
  const kept = (data?.data ?? []).map(({ name, epoch }) => ({
    value: name,
    label: say('{name}, epoch {epoch}', { name, epoch }),
  }))
  return (
    <Paper px="md" py="sm">
      <Group gap="sm" wrap="nowrap" align="flex-end">
        <i className={css.dot} style={{ background: runColor(side.id) }} aria-hidden />
        <Select
          size="xs"
          label={label}
          style={{ flex: '1 1 60%' }}
          data={runs.map(({ id, name }) => ({ value: id, label: name }))}
          value={side.id}
          onChange={(id) => id && onChange({ id })}
          allowDeselect={false}
        />
        <Select
          size="xs"
          label={say('Weights of')}
          style={{ flex: '1 1 40%' }}
          placeholder={kept.length > 0 ? say('its best') : say('no checkpoint')}
          data={kept}
          value={side.checkpoint ?? null}
          disabled={kept.length === 0}
          onChange={(checkpoint) => onChange({ id: side.id, checkpoint: checkpoint ?? undefined })}
          clearable
        />
      </Group>
    </Paper>
  )
}
