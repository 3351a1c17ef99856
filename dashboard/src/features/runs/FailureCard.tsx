import { Group, Paper, Stack, Text } from '@mantine/core'
import { IconAlertTriangleFilled, IconBulb } from '@tabler/icons-react'
import type { Failure } from '#client'
import { Code } from '#shared/Code.tsx'
import { say } from '#shared/words.ts'

const KINDS: Record<string, string> = {
  user_code: say('The model’s own code failed'),
  data: say('The data does not fit'),
  oom: say('Out of memory'),
  non_finite: say('The loss is no longer a number'),
  worker_lost: say('The worker was lost'),
  stalled: say('The training stalled'),
  timeout: say('Out of time'),
  disk: say('The disk is full'),
  internal: say('Something in Horngate failed'),
}

/** Why it failed: in words, where, and what to do next. */
export function FailureCard({ failure }: { failure: Failure }) {
  return (
    <Paper p="md" mb="md" role="alert" style={{ borderColor: 'color-mix(in srgb, var(--hg-bad) 45%, transparent)' }}>
      <Group wrap="nowrap" align="flex-start" gap="sm">
        <IconAlertTriangleFilled size={20} color="var(--hg-bad)" style={{ flex: 'none', marginTop: 1 }} aria-hidden />
        <Stack gap="xs" style={{ minWidth: 0, flex: 1 }}>
          <Group justify="space-between" gap="xs">
            <Text fw={600}>{KINDS[failure.kind] ?? failure.kind}</Text>
            <Text className="mono" c="dimmed">
              {failure.kind}
            </Text>
          </Group>
          <Text fz="sm" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
            {failure.message}
          </Text>
          {failure.frame && <Code text={failure.frame} />}
          {failure.advice && (
            <Group wrap="nowrap" gap={8} align="flex-start" mt={2}>
              <IconBulb size={17} color="var(--hg-warn)" style={{ flex: 'none', marginTop: 2 }} aria-hidden />
              <Text fz="sm">{failure.advice}</Text>
            </Group>
          )}
        </Stack>
      </Group>
    </Paper>
  )
}
