import { Button, FileButton, Group, TextInput } from '@mantine/core'
import { IconFileImport } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { EXAMPLE } from '#features/components/example.ts'
import { MAIN, moduleName } from '#features/components/files.ts'
import { useWriting } from '#features/components/useWriting.ts'
import { Workshop } from '#features/components/Workshop.tsx'
import { usePlace } from '#features/session/place.ts'
import { Page } from '#shared/Page.tsx'
import { say } from '#shared/words.ts'

const BEGUN = { [MAIN]: EXAMPLE }
const NAME = /^[A-Za-z]\w*$/

/** What is defined first. */
function firstObject(text = ''): string {
  return /^(?:class|def) ([A-Za-z]\w*)/m.exec(text)?.[1] ?? '…'
}

/** A loss to change, or a file of one's own. */
export function NewComponentPage() {
  const navigate = useNavigate()
  const { asked, mayChange } = usePlace()
  const writing = useWriting(BEGUN)
  const [name, setName] = useState('robust')
  const isSound = NAME.test(name)
  const read = async (file: File | null) => {
    if (!file) return
    writing.replace({ [MAIN]: await file.text() })
    setName(moduleName(file.name) || name)
  }
  return (
    <Page
      wide
      title={say('New component')}
      lead={say('Change the example, or open a file: the doctor runs it before it is saved.')}
    >
      <Group align="flex-start" gap="sm" mb="md">
        <TextInput
          label={say('Name')}
          description={say('Specs say {name}', { name: `${isSound ? name : '…'}.${firstObject(writing.files[MAIN])}` })}
          w={300}
          value={name}
          error={isSound ? null : say('As a Python module is named: letters, digits and _')}
          onChange={(event) => setName(event.currentTarget.value.trim())}
        />
        <FileButton accept=".py" onChange={(file) => void read(file)} inputProps={{ 'aria-label': say('Open a file') }}>
          {(props) => (
            <Button {...props} mt={43} variant="default" leftSection={<IconFileImport size={16} />}>
              {say('Open a file')}
            </Button>
          )}
        </FileButton>
      </Group>
      <Workshop
        name={isSound ? name : ''}
        project={asked}
        component={null}
        versions={[]}
        writing={writing}
        mayChange={mayChange}
        onFrom={() => undefined}
        onSaved={({ id }) =>
          void navigate({ to: '/components/$componentId', params: { componentId: id }, search: {}, replace: true })
        }
      />
    </Page>
  )
}
