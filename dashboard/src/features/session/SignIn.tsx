import { Alert, Button, Loader, PasswordInput, Stack, Text, Title } from '@mantine/core'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { Code } from '#shared/Code.tsx'
import { Logo } from '#shared/Logo.tsx'
import { isSignedOut } from '#shared/problem.ts'
import { useSignIn } from './queries.ts'
import css from './SignIn.module.css'

/** The link's token is taken out of the address before anything else can see it. */
function takeToken(): string | null {
  const token = new URLSearchParams(window.location.hash.slice(1)).get('token')
  if (token) window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search)
  return token
}

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

function Frame({ children }: { children: React.ReactNode }) {
  return (
    <main className={css.page}>
      <Stack className={css.card} gap="lg">
        <Stack align="center" gap={10}>
          <Logo size={44} />
          <Title order={1}>Horngate</Title>
        </Stack>
        {children}
      </Stack>
    </main>
  )
}
