import { Group, UnstyledButton } from '@mantine/core'
import {
  IconAlertTriangle,
  IconCircleCheckFilled,
  IconCircleXFilled,
  IconInfoCircle,
  IconStethoscope,
} from '@tabler/icons-react'
import type { DoctorReport } from '#client'
import { Section } from '#shared/Section.tsx'
import { RowsToCome } from '#shared/States.tsx'
import { say, sayMany, sayWord } from '#shared/words.ts'
import { type Files, inOrder, type Remark, shownPath } from './files.ts'
import css from './Report.module.css'

type Props = {
  name: string
  files: Files
  remarks: Remark[]
  report: DoctorReport | undefined
  isChecking: boolean
  /** Whether the text has changed since it was looked at. */
  isOld: boolean
  onGoTo: (remark: Remark) => void
}

/** What the doctor says, each a way to its line. */
export function Report({ name, files, remarks, report, isChecking, isOld, onGoTo }: Props) {
  if (isChecking) {
    return (
      <Section title={<Heading verdict="checking" words={say('The doctor runs it')} />} flush>
        <RowsToCome rows={2} />
      </Section>
    )
  }
  if (!report && remarks.length === 0) {
    return (
      <Section title={<Heading verdict="none" words={say('Not looked at yet')} />}>
        <p className={css.note}>
          {say(
            'The doctor makes each object and runs it on small tensors: gradients, saving, graphs, XLA. Ctrl+Enter.',
          )}
        </p>
      </Section>
    )
  }
  return (
    <Section title={<Judgement remarks={remarks} />} flush>
      {isOld && <p className={css.old}>{say('Of the text before your last changes.')}</p>}
      {remarks.length > 0 && (
        <ul className={css.remarks} aria-label={say('Findings')}>
          {inOrder(remarks).map((one) => (
            <li key={`${one.path} ${one.line} ${one.rule} ${one.message}`}>
              <UnstyledButton className={css.remark} onClick={() => onGoTo(one)}>
                <Mark severity={one.severity} />
                <span>
                  <span className={css.rule}>{one.rule}</span>
                  {one.line !== null && (
                    <span className={css.place}>
                      {say('{file}, line {line}', { file: shownPath(one.path, name, files), line: one.line })}
                    </span>
                  )}
                  <span className={css.message}>{one.message}</span>
                  {one.advice && <span className={css.advice}>{one.advice}</span>}
                </span>
              </UnstyledButton>
            </li>
          ))}
        </ul>
      )}
      {report && <Examined report={report} />}
    </Section>
  )
}

function Judgement({ remarks }: { remarks: Remark[] }) {
  const errors = remarks.filter((one) => one.severity === 'error').length
  if (errors > 0) return <Heading verdict="bad" words={sayMany(errors, '{n} error', '{n} errors')} />
  if (remarks.length === 0) return <Heading verdict="good" words={say('Sound')} />
  return <Heading verdict="good" words={sayMany(remarks.length, 'Sound, {n} remark', 'Sound, {n} remarks')} />
}

const VERDICTS = {
  good: { icon: IconCircleCheckFilled, color: 'var(--hg-good)' },
  bad: { icon: IconCircleXFilled, color: 'var(--hg-bad)' },
  none: { icon: IconStethoscope, color: 'var(--mantine-color-dimmed)' },
  checking: { icon: IconStethoscope, color: 'var(--hg-busy)' },
} as const

function Heading({ verdict, words }: { verdict: keyof typeof VERDICTS; words: string }) {
  const { icon: Icon, color } = VERDICTS[verdict]
  return (
    <Group gap={8} role="status" data-verdict={verdict}>
      <Icon size={17} color={color} aria-hidden />
      {words}
    </Group>
  )
}

const MARKS = {
  error: { icon: IconCircleXFilled, color: 'var(--hg-bad)' },
  warning: { icon: IconAlertTriangle, color: 'var(--hg-warn)' },
  info: { icon: IconInfoCircle, color: 'var(--mantine-color-dimmed)' },
} as const

function Mark({ severity }: { severity: Remark['severity'] }) {
  const { icon: Icon, color } = MARKS[severity]
  return <Icon size={16} color={color} role="img" aria-label={sayWord(severity)} style={{ marginTop: 2 }} />
}

/** What was run, and what could not be. */
function Examined({ report }: { report: DoctorReport }) {
  if (report.objects.length === 0) return <p className={css.note}>{say('There is nothing of Keras in it yet.')}</p>
  return (
    <ul className={css.examined} aria-label={say('Examined')}>
      {report.objects.map((one) => (
        <li key={one.name}>
          <span className="mono">{one.name}</span>{' '}
          <span className="dim">
            {one.not_checked
              ? say('not run: {why}', { why: one.not_checked })
              : say('as {family}', { family: sayWord(one.as_family) })}
            {one.xla === true && ` · ${say('compiles with XLA')}`}
            {one.eager_slowdown && one.eager_slowdown >= 1.5
              ? ` · ${say('{times} times slower eagerly', { times: one.eager_slowdown.toFixed(1) })}`
              : ''}
          </span>
        </li>
      ))}
    </ul>
  )
}
