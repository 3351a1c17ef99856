import { IconDoorOff } from '@tabler/icons-react'
import { LinkButton } from '#shared/LinkButton.tsx'
import { Page } from '#shared/Page.tsx'
import { Empty } from '#shared/States.tsx'
import { say } from '#shared/words.ts'

export function MissingPage() {
  return (
    <Page title={say('Not found')}>
      <Empty icon={IconDoorOff} title={say('This gate leads nowhere')}>
        {say('There is no page at this address. It may have been deleted, or the link has lost a piece.')}
        <LinkButton to="/runs" variant="default">
          {say('To the runs')}
        </LinkButton>
      </Empty>
    </Page>
  )
}
