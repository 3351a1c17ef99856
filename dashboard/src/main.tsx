import { startLanguage } from '#shared/words.ts'

// The words first, then what says them.
await startLanguage()
const { start } = await import('./start.tsx')
start()
