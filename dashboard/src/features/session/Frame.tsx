import { Button, Stack, Title } from '@mantine/core'
import { Logo } from '#shared/Logo.tsx'
import { chooseLanguage, language } from '#shared/words.ts'
import css from './SignIn.module.css'

/** Each is offered in itself. */
const OTHERS = { en: { code: 'en', word: 'English' }, zh: { code: 'zh', word: '中文' } } as const

/** The card of pages for who is not in yet. */
export function Frame({ children }: { children: React.ReactNode }) {
  const other = language() === 'zh' ? OTHERS.en : OTHERS.zh
  return (
    <main className={css.page}>
      <Stack className={css.card} gap="lg">
        <Stack align="center" gap={10}>
          <Logo size={44} />
          <Title order={1}>Horngate</Title>
        </Stack>
        {children}
        <Button
          variant="subtle"
          color="gray"
          size="compact-xs"
          mx="auto"
          lang={other.code}
          onClick={() => chooseLanguage(other.code)}
        >
          {other.word}
        </Button>
      </Stack>
    </main>
  )
}
