import { useDocumentTitle } from '@mantine/hooks'
import { useRouter, useSearch } from '@tanstack/react-router'
import { SignIn } from '#features/session/SignIn.tsx'
import { say } from '#shared/words.ts'

export function SignInPage() {
  useDocumentTitle(say('Sign in · Horngate'))
  const router = useRouter()
  const { back, refused } = useSearch({ from: '/sign-in' })
  return <SignIn refused={refused} onDone={() => router.history.replace(back ?? '/runs')} />
}
