import { SimpleGrid, Skeleton, Text, UnstyledButton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Template } from '#client'
import { Loaded } from '#shared/Loaded.tsx'
import { sayWord } from '#shared/words.ts'
import { templatesQuery } from './queries.ts'
import css from './Templates.module.css'

/** Starting documents, one card each. */
export function Templates({ onChoose }: { onChoose: (template: Template) => void }) {
  const query = useQuery(templatesQuery)
  return (
    <Loaded query={query} toCome={<Skeleton h={86} radius="lg" />}>
      {({ data }) => (
        <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="md">
          {data.map((template) => (
            <UnstyledButton key={template.name} className={css.card} onClick={() => onChoose(template)}>
              <Text fw={600} fz="sm">
                {sayWord(template.title)}
              </Text>
              <Text fz="sm" c="dimmed" mt={2}>
                {sayWord(template.description)}
              </Text>
            </UnstyledButton>
          ))}
        </SimpleGrid>
      )}
    </Loaded>
  )
}
