import { IconDoorOff } from '@tabler/icons-react'
import { LinkButton } from '#shared/LinkButton.tsx'
import { Page } from '#shared/Page.tsx'
import { Empty } from '#shared/States.tsx'

export function MissingPage() {
  return (
    <Page title="Not found">
      <Empty icon={IconDoorOff} title="This gate leads nowhere">
        There is no page at this address. It may have been deleted, or the link has lost a piece.
        <LinkButton to="/runs" variant="default">
          To the runs
        </LinkButton>
      </Empty>
    </Page>
  )
}
