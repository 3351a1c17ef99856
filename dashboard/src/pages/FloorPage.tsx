import { Stack } from '@mantine/core'
import { Queue } from '#features/floor/Queue.tsx'
import { Workers } from '#features/floor/Workers.tsx'
import { Page } from '#shared/Page.tsx'
import { say } from '#shared/words.ts'

export function FloorPage() {
  return (
    <Page title={say('Floor')} lead={say('Who trains, and what waits.')}>
      <Stack gap="md">
        <Workers />
        <Queue />
      </Stack>
    </Page>
  )
}
