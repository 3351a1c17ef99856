import { Stack, Title } from '@mantine/core'
import { Logo } from '#shared/Logo.tsx'
import css from './SignIn.module.css'

/** The card of pages for who is not in yet. */
export function Frame({ children }: { children: React.ReactNode }) {
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
