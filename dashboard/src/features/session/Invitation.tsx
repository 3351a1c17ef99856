import { Alert, Button, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { say } from '#shared/words.ts'
import { Frame } from './Frame.tsx'
import { useInvitation } from './queries.ts'
import { takeToken } from './token.ts'

let taken: string | null = null

/** The token of this page's link, also when the page is drawn a second time. */
function keepToken(): string | null {
  taken = takeToken() ?? taken
  return taken
}

/** Somebody new chooses a name; somebody who is signed in here already joins the project. */
export function Invitation({ onDone }: { onDone: () => void }) {
  const [token] = useState(keepToken)
  const [name, setName] = useState('')
  const invitation = useInvitation(onDone)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (token) invitation.mutate({ token, name: name.trim() })
  }
  return (
    <Frame>
      {(invitation.error || !token) && (
        <Alert color="red" variant="light" role="alert">
          {invitation.error?.message ??
            say('This address holds no invitation: open the whole link that you were sent.')}
        </Alert>
      )}
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TextInput
            label={say('Your name')}
            description={say('As the others in the project will see it.')}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            maxLength={100}
            autoFocus
            required
          />
          <Button type="submit" loading={invitation.isPending} disabled={!token || name.trim() === ''} fullWidth>
            {say('Come in')}
          </Button>
        </Stack>
      </form>
      <Stack gap={6}>
        <Text fz="xs" c="dimmed">
          {say('You have a name here already, and are signed in?')}
        </Text>
        <Button
          variant="default"
          size="xs"
          disabled={!token}
          onClick={() => token && invitation.mutate({ token, name: null })}
        >
          {say('Join the project as who I am')}
        </Button>
      </Stack>
    </Frame>
  )
}
