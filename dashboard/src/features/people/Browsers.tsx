import { Button, Group, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Loaded } from '#shared/Loaded.tsx'
import { plural } from '#shared/numbers.ts'
import { Section } from '#shared/Section.tsx'
import { sessionsQuery, useEndSessions } from './queries.ts'

/** Where one is signed in, and out of all of it. */
export function Browsers() {
  const query = useQuery(sessionsQuery)
  const end = useEndSessions()
  return (
    <Section title="Your browsers">
      <Loaded query={query}>
        {({ data }) => (
          <Group justify="space-between">
            <Text fz="sm" c="dimmed">
              You are signed in in {plural(data.length, 'browser')}, this one included.
            </Text>
            <Button
              variant="default"
              size="xs"
              loading={end.isPending}
              disabled={data.length < 2}
              onClick={() => end.mutate(undefined)}
            >
              Sign out everywhere else
            </Button>
          </Group>
        )}
      </Loaded>
    </Section>
  )
}
