import { IconPlus } from '@tabler/icons-react'
import { ComponentsList } from '#features/components/ComponentsList.tsx'
import { usePlace } from '#features/session/place.ts'
import { LinkButton } from '#shared/LinkButton.tsx'
import { Page } from '#shared/Page.tsx'
import { say } from '#shared/words.ts'

export function ComponentsPage() {
  const { asked, mayChange } = usePlace()
  return (
    <Page
      title={say('Components')}
      lead={say('Keras code of your own, that specs name.')}
      actions={
        mayChange && (
          <LinkButton to="/components/new" search={{}} variant="default" leftSection={<IconPlus size={16} />}>
            {say('New component')}
          </LinkButton>
        )
      }
    >
      <ComponentsList project={asked} mayChange={mayChange} />
    </Page>
  )
}
