import { Button, Group, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Loaded } from '#shared/Loaded.tsx'
import { Section } from '#shared/Section.tsx'
import { say, sayMany } from '#shared/words.ts'
import { sessionsQuery, useEndSessions } from './queries.ts'

/** Where one is signed in, and out of all of it. */
export function Browsers() {
  const query = useQuery(sessionsQuery)
  const end = useEndSessions()
  return (
    <Section title={say('Your browsers')}>
      <Loaded query={query}>
        {({ data }) => (
          <Group justify="space-between">
            <Text fz="sm" c="dimmed">
              {say('You are signed in in {browsers}, this one included.', {
                browsers: sayMany(data.length, '{n} browser', '{n} browsers'),
              })}
            </Text>
            <Button
              variant="default"
              size="xs"
              loading={end.isPending}
              disabled={data.length < 2}
              onClick={() => end.mutate(undefined)}
            >
              {say('Sign out everywhere else')}
            </Button>
          </Group>
        )}
      </Loaded>
    </Section>
  )
}
