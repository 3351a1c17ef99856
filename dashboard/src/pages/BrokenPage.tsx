import type { ErrorComponentProps } from '@tanstack/react-router'
import { Page } from '#shared/Page.tsx'
import { Failed } from '#shared/States.tsx'
import { say } from '#shared/words.ts'

/** A page that could not be drawn at all. */
export function BrokenPage({ error }: ErrorComponentProps) {
  return (
    <Page title={say('Something broke')}>
      <Failed
        error={error instanceof Error ? error : new Error(String(error))}
        retry={() => window.location.reload()}
      />
    </Page>
  )
}
