import { Alert, Button, Loader, PasswordInput, Stack, Text } from '@mantine/core'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { Code } from '#shared/Code.tsx'
import { isSignedOut } from '#shared/problem.ts'
import { Frame } from './Frame.tsx'
import { useSignIn } from './queries.ts'
import { takeToken } from './token.ts'

function whySignInFailed(error: Error, byLink: boolean): string {
  if (!isSignedOut(error)) return error.message
  return byLink ? 'This link was used already or is too old.' : 'This key is not known here, or was revoked.'
}

export function SignIn({ onDone }: { onDone: () => void }) {
  const [key, setKey] = useState('')
  const [byLink, setByLink] = useState(() => window.location.hash.includes('token='))
  const signIn = useSignIn(onDone)
  const begun = useRef(false)
  useEffect(() => {
    if (begun.current) return
    begun.current = true
    const token = takeToken()
    if (token) signIn.mutate(token)
  }, [signIn.mutate])

  const submit = (event: FormEvent) => {
    event.preventDefault()
    setByLink(false)
    signIn.mutate(key.trim())
  }
  if (byLink && !signIn.isError) return <Opening />
  return (
    <Frame>
      {signIn.error && (
        <Alert color="red" variant="light" role="alert">
          {whySignInFailed(signIn.error, byLink)}
        </Alert>
      )}
      <form onSubmit={submit}>
        <Stack gap="sm">
          <PasswordInput
            label="API key"
            placeholder="hg_…"
            value={key}
            onChange={(event) => setKey(event.currentTarget.value)}
            autoComplete="current-password"
            autoFocus
            required
          />
          <Button type="submit" loading={signIn.isPending} disabled={key.trim() === ''} fullWidth>
            Sign in
          </Button>
        </Stack>
      </form>
      <Stack gap={6}>
        <Text fz="xs" c="dimmed">
          <code>horngate up</code> prints a link that signs you in. In local mode the administrator's key lies here:
        </Text>
        <Code text="cat ~/.horngate/admin.key" prompt />
      </Stack>
    </Frame>
  )
}

function Opening() {
  return (
    <Frame>
      <Stack align="center" py="md" role="status">
        <Loader size="sm" />
        <Text fz="sm" c="dimmed">
          Signing you in…
        </Text>
      </Stack>
    </Frame>
  )
}
