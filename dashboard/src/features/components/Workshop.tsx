import { Alert, Button, Group, Paper, SegmentedControl, Stack } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconDeviceFloppy, IconStethoscope } from '@tabler/icons-react'
import { lazy, type ReactNode, Suspense, useRef, useState } from 'react'
import type { Component } from '#client'
import { Confirm } from '#shared/Confirm.tsx'
import { RowsToCome } from '#shared/States.tsx'
import { say, sayMany } from '#shared/words.ts'
import { FileTabs } from './Files.tsx'
import type { Remark } from './files.ts'
import { Leaving } from './Leaving.tsx'
import { useSave } from './queries.ts'
import { Report } from './Report.tsx'
import { SourceEditor } from './SourceEditor.tsx'
import { type Judging, useJudging } from './useJudging.ts'
import type { Writing } from './useWriting.ts'
import css from './Workshop.module.css'

const Difference = lazy(() => import('./Difference.tsx').then((found) => ({ default: found.Difference })))

type Props = {
  name: string
  project?: string
  /** The version that is shown; null for what is not saved yet. */
  component: Component | null
  versions: Component[]
  writing: Writing
  mayChange: boolean
  /** The version to compare with, where one wants to see what differs. */
  from?: number
  onFrom: (version: number | undefined) => void
  onSaved: (saved: Component) => void
  children?: ReactNode
}

/** A package under the pen; beside it what the doctor makes of it. It is looked at before it is saved. */
export function Workshop(props: Props) {
  const { name, project, component, writing, mayChange, children } = props
  const judging = useJudging(writing.files, component?.id)
  const [goal, setGoal] = useState<{ path: string; line: number } | null>(null)
  const draft = { name, project, files: writing.files }
  const saving = useSaving(props, judging)
  const check = () => judging.check(draft, writing.isChanged ? null : (component?.id ?? null))
  const follow = ({ path, line }: Remark) => {
    props.onFrom(undefined)
    writing.open(path)
    setGoal({ path, line: line ?? 1 })
  }
  const mayCheck = name !== '' && (mayChange || !writing.isChanged)
  const trouble = judging.trouble ?? saving.trouble
  return (
    <div className={css.bench}>
      <Stack gap="sm">
        <Faces {...props} />
        {props.from === undefined ? (
          <Paper className={css.editor}>
            <FileTabs
              name={name}
              files={writing.files}
              path={writing.path}
              faulty={new Set(judging.remarks.filter((one) => one.severity === 'error').map((one) => one.path))}
              mayChange={mayChange}
              onPath={writing.open}
              onAdd={writing.add}
              onRemove={writing.remove}
            >
              <SourceEditor
                key={writing.round}
                files={writing.files}
                path={writing.path}
                remarks={judging.remarks}
                goal={goal}
                isReadOnly={!mayChange}
                onChange={writing.write}
                onCheck={check}
                onSave={saving.save}
              />
            </FileTabs>
          </Paper>
        ) : (
          <Differing {...props} />
        )}
      </Stack>
      <Stack gap="md">
        <Group gap="sm">
          {mayChange && (
            <Button
              leftSection={<IconDeviceFloppy size={16} />}
              loading={saving.isBusy}
              disabled={name === '' || (component !== null && !writing.isChanged)}
              onClick={saving.save}
            >
              {say('Save as version {version}', { version: saving.next })}
            </Button>
          )}
          <Button
            variant="default"
            leftSection={<IconStethoscope size={16} />}
            loading={judging.isChecking && !saving.isBusy}
            disabled={!mayCheck}
            onClick={check}
          >
            {say('Check')}
          </Button>
        </Group>
        {trouble && (
          <Alert color="red" variant="light" role="alert">
            {trouble.message}
          </Alert>
        )}
        <Report {...judging} name={name} files={writing.files} onGoTo={follow} />
        {children}
      </Stack>
      <Leaving isUnsaved={saving.isUnsaved} />
      <Confirm
        question={{
          title: say('Save it all the same?'),
          body: sayMany(
            saving.errors,
            'The doctor found an error. A run that uses it is likely to fail, or to learn something else than you mean.',
            'The doctor found {n} errors. A run that uses it is likely to fail, or to learn something else than you mean.',
          ),
          yes: say('Save it'),
          danger: true,
        }}
        isOpen={saving.errors > 0}
        isBusy={saving.isBusy}
        onClose={saving.leave}
        onYes={saving.insist}
      />
    </div>
  )
}

/** Looked at, asked about where there are errors, then kept. */
function useSaving({ name, project, versions, component, writing, onSaved }: Props, judging: Judging) {
  const [errors, setErrors] = useState(0)
  const [isLooking, setLooking] = useState(false)
  const isSaved = useRef(false)
  const draft = { name, project, files: writing.files }
  const newest = versions.reduce((most, one) => Math.max(most, one.version), 0)
  const kept = useSave((saved) => {
    isSaved.current = true
    judging.remember(saved.id)
    const reference = `${saved.name}@${saved.version}`
    const isNew = saved.version > newest
    notifications.show({
      color: 'green',
      message: isNew ? say('{reference} is saved', { reference }) : say('{reference} is this very text', { reference }),
    })
    onSaved(saved)
  })
  const insist = () => {
    setErrors(0)
    kept.mutate(draft)
  }
  const save = async () => {
    if (isLooking || kept.isPending || name === '' || (component && !writing.isChanged)) return
    setLooking(true)
    const found = await judging.countErrors(draft)
    setLooking(false)
    if (found === 0) kept.mutate(draft)
    else if (Number.isFinite(found)) setErrors(found)
  }
  return {
    next: newest + 1,
    errors,
    insist,
    save: () => void save(),
    leave: () => setErrors(0),
    isBusy: isLooking || kept.isPending,
    isUnsaved: () => writing.isChanged && !isSaved.current,
    trouble: kept.error,
  }
}

/** The text, or what differs from another version; there is nothing to choose before the second. */
function Faces({ component, versions, writing, from, onFrom }: Props) {
  if (!component || (versions.length < 2 && !writing.isChanged)) return null
  const before = versions.find((one) => one.version < component.version) ?? component
  const usual = writing.isChanged ? component.version : before.version
  return (
    <SegmentedControl
      aria-label={say('Face of the source')}
      style={{ alignSelf: 'flex-start' }}
      data={[
        { value: 'text', label: say('Source') },
        { value: 'difference', label: say('What differs') },
      ]}
      value={from === undefined ? 'text' : 'difference'}
      onChange={(face) => onFrom(face === 'text' ? undefined : usual)}
    />
  )
}

function Differing({ component, versions, writing, from, onFrom }: Props) {
  const other = versions.find((one) => one.version === from)
  if (!component || !other) return <RowsToCome />
  const shown = say('version {version}', { version: component.version })
  return (
    <Suspense fallback={<RowsToCome />}>
      <Difference
        versions={versions}
        from={other}
        to={writing.isChanged ? say('what you have written') : shown}
        files={writing.files}
        onFrom={onFrom}
      />
    </Suspense>
  )
}
