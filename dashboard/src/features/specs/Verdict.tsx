import { Group, Skeleton, Stack, UnstyledButton } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheckFilled, IconCircleXFilled, IconLoader2 } from '@tabler/icons-react'
import type { SpecValidated } from '#client'
import { ModelView } from '#shared/ModelView.tsx'
import { Section } from '#shared/Section.tsx'
import { say, sayMany } from '#shared/words.ts'
import type { Placed } from './faults.ts'
import css from './Verdict.module.css'

type Props = {
  checked: SpecValidated | undefined
  placed: Placed[]
  isSettled: boolean
  onGoTo: (placed: Placed) => void
}

/** Sound, with its layers; or every fault at once, each a way to its line. */
export function Verdict({ checked, placed, isSettled, onGoTo }: Props) {
  if (placed.length > 0) {
    return (
      <Section
        title={<Heading icon="bad" words={sayMany(placed.length, '{n} fault', '{n} faults')} isSettled={isSettled} />}
        flush
      >
        <Faults placed={placed} onGoTo={onGoTo} />
      </Section>
    )
  }
  if (!checked) {
    return (
      <Section title={say('Checking')}>
        <Skeleton h={120} />
      </Section>
    )
  }
  return (
    <Stack gap="md">
      <Section
        title={
          <Heading
            icon="good"
            words={checked.checked ? say('Sound') : say('Sound by its structure')}
            isSettled={isSettled}
          />
        }
        flush
      >
        {checked.summary ? (
          <ModelView summary={checked.summary} tight />
        ) : (
          <p className={css.note}>
            {say('Keras did not look at the shapes this time; they are checked when the run is built.')}
          </p>
        )}
      </Section>
      {checked.warnings.length > 0 && <Warnings warnings={checked.warnings} />}
    </Stack>
  )
}

function Heading({ icon, words, isSettled }: { icon: 'good' | 'bad'; words: string; isSettled: boolean }) {
  const Icon = icon === 'good' ? IconCircleCheckFilled : IconCircleXFilled
  return (
    <Group gap={8} role="status" data-verdict={isSettled ? icon : 'checking'}>
      {isSettled ? (
        <Icon size={17} color={`var(--hg-${icon})`} aria-hidden />
      ) : (
        <IconLoader2 size={17} className="turn" aria-hidden />
      )}
      {words}
    </Group>
  )
}

function Faults({ placed, onGoTo }: { placed: Placed[]; onGoTo: (placed: Placed) => void }) {
  return (
    <ul className={css.faults} aria-label={say('Faults')}>
      {placed.map((one) => (
        <li key={`${one.fault.pointer} ${one.fault.message}`}>
          <UnstyledButton className={css.fault} onClick={() => onGoTo(one)}>
            <span className={css.line}>{one.line}</span>
            <span>
              {one.fault.message}
              <span className={css.pointer}>{one.fault.pointer}</span>
            </span>
          </UnstyledButton>
        </li>
      ))}
    </ul>
  )
}

function Warnings({ warnings }: { warnings: SpecValidated['warnings'] }) {
  return (
    <Section
      title={
        <Group gap={8}>
          <IconAlertTriangle size={17} color="var(--hg-warn)" aria-hidden />
          {say('Worth knowing')}
        </Group>
      }
      flush
    >
      <ul className={css.faults}>
        {warnings.map((warning) => (
          <li key={`${warning.pointer} ${warning.message}`} className={css.note}>
            {warning.message}
            {warning.pointer && <span className={css.pointer}>{warning.pointer}</span>}
          </li>
        ))}
      </ul>
    </Section>
  )
}
