import { Group, Paper, Stack, Text } from '@mantine/core'
import { IconAlertTriangleFilled, IconBulb } from '@tabler/icons-react'
import type { Run } from '#client'
import { Code } from '#shared/Code.tsx'
import { say } from '#shared/words.ts'
import { mendOf } from './mending.ts'
import { TryAgain } from './TryAgain.tsx'

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
export function FailureCard({ run, mayChange }: { run: Run; mayChange: boolean }) {
  const { failure } = run
  const mend = mendOf(run)
  if (!failure) return null
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
          {failure.frame && <Frame frame={failure.frame} />}
          {failure.advice && (
            <Group wrap="nowrap" gap={8} align="flex-start" mt={2}>
              <IconBulb size={17} color="var(--hg-warn)" style={{ flex: 'none', marginTop: 2 }} aria-hidden />
              <Text fz="sm">{failure.advice}</Text>
            </Group>
          )}
          {mayChange && mend && (
            <Group gap="sm" mt={4}>
              <TryAgain run={run} mend={mend} />
            </Group>
          )}
        </Stack>
      </Group>
    </Paper>
  )
}

/** Where in the user's own code: `robust.py, line 12, in call`, and the line that stands there. */
function Frame({ frame }: { frame: string }) {
  const [place, ...code] = frame.split('\n')
  return (
    <Stack gap={4}>
      <Text className="mono" fz={12} c="dimmed">
        {place}
      </Text>
      {code.some((line) => line.trim()) && <Code text={code.map((line) => line.replace(/^ {4}/, '')).join('\n')} />}
    </Stack>
  )
}
