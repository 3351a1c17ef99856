import { Group, SegmentedControl } from '@mantine/core'
import { type ReactNode, useMemo, useState } from 'react'
import { stringify } from 'yaml'
import { Code } from '#shared/Code.tsx'
import { Section } from '#shared/Section.tsx'
import { say } from '#shared/words.ts'

/** The resolved spec, every default written out. */
export function SpecView({ spec, actions }: { spec: Record<string, unknown>; actions?: ReactNode }) {
  const [format, setFormat] = useState('YAML')
  const text = useMemo(
    () => (format === 'YAML' ? stringify(spec, { lineWidth: 110 }) : JSON.stringify(spec, null, 2)),
    [spec, format],
  )
  return (
    <Section
      title={say('Resolved spec')}
      aside={
        <Group gap="sm">
          <SegmentedControl aria-label={say('Format')} data={['YAML', 'JSON']} value={format} onChange={setFormat} />
          {actions}
        </Group>
      }
    >
      <Code text={text} />
    </Section>
  )
}
