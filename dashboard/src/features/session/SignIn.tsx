import { Alert, Button, Divider, Loader, PasswordInput, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { Code } from '#shared/Code.tsx'
import { isSignedOut } from '#shared/problem.ts'
import { say } from '#shared/words.ts'
import { Frame } from './Frame.tsx'
import { useSignIn, versionQuery } from './queries.ts'
import { takeToken } from './token.ts'

function whySignInFailed(error: Error, byLink: boolean): string {
  if (!isSignedOut(error)) return error.message
  return byLink ? say('This link was used already or is too old.') : say('This key is not known here, or was revoked.')
}

/** Why the way through an OpenID provider ended here, by the problem's code. */
const REFUSED: Record<string, string> = {
  not_expected: say('Nobody is expected here under your e-mail address. Ask an administrator to add you with it.'),
  email_not_verified: say('Your e-mail address is not verified at the provider. Verify it there, then try again.'),
  disabled: say('You are disabled here. Ask an administrator.'),
  provider_away: say('The provider does not answer as it should. Try again, or sign in with a key.'),
}
const REFUSED_OTHERWISE = say('This sign-in was refused, or took too long. Try again.')

export function SignIn({ onDone, refused }: { onDone: () => void; refused?: string }) {
  const { data: version } = useQuery(versionQuery)
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
      {refused && !signIn.error && (
        <Alert color="red" variant="light" role="alert">
          {REFUSED[refused] ?? REFUSED_OTHERWISE}
        </Alert>
      )}
      {version?.oidc && (
        <>
          <Button component="a" href="/v1/session/oidc" fullWidth>
            {version.oidc}
          </Button>
          <Divider label={say('or')} />
        </>
      )}
      <form onSubmit={submit}>
        <Stack gap="sm">
          <PasswordInput
            label={say('API key')}
            placeholder="hg_…"
            value={key}
            onChange={(event) => setKey(event.currentTarget.value)}
            autoComplete="current-password"
            autoFocus
            required
          />
          <Button
            type="submit"
            variant={version?.oidc ? 'default' : 'filled'}
            loading={signIn.isPending}
            disabled={key.trim() === ''}
            fullWidth
          >
            {say('Sign in')}
          </Button>
        </Stack>
      </form>
      <Stack gap={6}>
        <Text fz="xs" c="dimmed">
          {say('`horngate up` prints a link that signs you in. In local mode the key of the administrator lies here:')}
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
          {say('Signing you in…')}
        </Text>
      </Stack>
    </Frame>
  )
}
