import { Group, SegmentedControl, SimpleGrid, Skeleton, Slider, Switch, Text } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import type { ReactNode } from 'react'
import { say } from '#shared/words.ts'
import type { Axis } from './plot.ts'

const WORDS: Record<Axis, string> = { epoch: say('Epochs'), step: say('Steps'), time: say('Time'), clock: say('Clock') }

/** How curves are shown: chosen once, kept in this browser. */
export function useLook() {
  const [isLog, setLog] = useLocalStorage({ key: 'curves-log', defaultValue: false })
  const [smoothing, setSmoothing] = useLocalStorage({ key: 'curves-smoothing', defaultValue: 0 })
  const [axis, setAxis] = useLocalStorage<Axis>({ key: 'curves-axis', defaultValue: 'epoch' })
  return { shown: { isLog, smoothing, axis }, setLog, setSmoothing, setAxis }
}

type Props = { look: ReturnType<typeof useLook>; axes: Axis[]; children?: ReactNode }

export function Controls({ look, axes, children }: Props) {
  const { isLog, smoothing, axis } = look.shown
  return (
    <Group justify="flex-end" gap="md" mih={30}>
      {children}
      <Group gap="sm" wrap="nowrap">
        <Text fz="xs" c="dimmed" id="smoothing">
          {say('Smoothing')}
        </Text>
        <Slider
          w={110}
          size="xs"
          min={0}
          max={0.95}
          step={0.05}
          value={smoothing}
          onChange={look.setSmoothing}
          label={(value) => value.toFixed(2)}
          thumbProps={{ 'aria-labelledby': 'smoothing' }}
        />
      </Group>
      <Switch
        size="xs"
        label={say('Logarithmic')}
        checked={isLog}
        onChange={(event) => look.setLog(event.currentTarget.checked)}
      />
      <SegmentedControl
        aria-label={say('What the curves run over')}
        data={axes.map((one) => ({ value: one, label: WORDS[one] }))}
        value={axes.includes(axis) ? axis : 'epoch'}
        onChange={(chosen) => look.setAxis(chosen as Axis)}
      />
    </Group>
  )
}

export function ChartsToCome({ count }: { count: number }) {
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md" role="status" aria-label={say('Loading the curves')}>
      {Array.from({ length: count }, (_, nth) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity
        <Skeleton key={nth} h={304} radius="lg" />
      ))}
    </SimpleGrid>
  )
}
