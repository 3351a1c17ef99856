import { Button, Text } from '@mantine/core'
import { IconArrowForwardUp, IconPencil } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import type { Run } from '#client'
import { LinkButton } from '#shared/LinkButton.tsx'
import type { Mend } from './mending.ts'
import { useAgain } from './queries.ts'

/** One button: what is most worth a try after a failure. */
export function TryAgain({ run, mend }: { run: Run; mend: Mend }) {
  const navigate = useNavigate()
  const again = useAgain(run.id, (runId) => void navigate({ to: '/runs/$runId', params: { runId } }))
  if (mend.how === 'draft') {
    return (
      <LinkButton
        to="/new"
        search={{ run: run.id, set: mend.set, at: mend.at }}
        size="xs"
        variant="default"
        leftSection={<IconPencil size={15} />}
      >
        {mend.word}
      </LinkButton>
    )
  }
  return (
    <>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconArrowForwardUp size={15} />}
        loading={again.isPending}
        onClick={() => again.mutate(mend.how === 'extend' ? mend.epochs : null)}
      >
        {mend.word}
      </Button>
      {again.error && (
        <Text fz="sm" c="var(--hg-bad)" role="alert">
          {again.error.message}
        </Text>
      )}
    </>
  )
}
