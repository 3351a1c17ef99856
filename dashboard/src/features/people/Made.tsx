import { Alert, Text } from '@mantine/core'
import { Code } from '#shared/Code.tsx'

/** What came of asking for a secret: the refusal, or the secret, which is shown this once. */
export function Made({ error, hint, secret }: { error: Error | null; hint: string; secret?: string }) {
  if (error) {
    return (
      <Alert color="red" variant="light" role="alert">
        {error.message}
      </Alert>
    )
  }
  if (!secret) return null
  return (
    <div role="status">
      <Text fz="sm" mb={6}>
        {hint}
      </Text>
      <Code text={secret} wrap />
    </div>
  )
}
