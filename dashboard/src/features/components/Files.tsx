import { ActionIcon, Button, Group, Popover, Tabs, TextInput, Tooltip } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import { say } from '#shared/words.ts'
import { type Files, isPath, MAIN, pathsOf, shownPath } from './files.ts'
import css from './Workshop.module.css'

type Props = {
  name: string
  files: Files
  path: string
  /** Those with errors. */
  faulty: Set<string>
  mayChange: boolean
  onPath: (path: string) => void
  onAdd: (path: string) => void
  onRemove: (path: string) => void
  children: ReactNode
}

/** The files of the package, most have one; below them the one that is open. */
export function FileTabs({ name, files, path, faulty, mayChange, onPath, onAdd, onRemove, children }: Props) {
  return (
    <Tabs value={path} onChange={(chosen) => chosen && onPath(chosen)} className={css.files}>
      <div className={css.head}>
        <Tabs.List aria-label={say('Files')} className={css.tabs}>
          {pathsOf(files).map((one) => (
            <Tabs.Tab key={one} value={one} className={css.tab} data-faulty={faulty.has(one) || undefined}>
              {shownPath(one, name, files)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {mayChange && path !== MAIN && (
          <Tooltip label={say('Remove {path}', { path })}>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={say('Remove {path}', { path })}
              onClick={() => onRemove(path)}
            >
              <IconTrash size={15} />
            </ActionIcon>
          </Tooltip>
        )}
        {mayChange && <AddFile taken={files} onAdd={onAdd} />}
      </div>
      <Tabs.Panel value={path} className={css.panel}>
        {children}
      </Tabs.Panel>
    </Tabs>
  )
}

function AddFile({ taken, onAdd }: { taken: Files; onAdd: (path: string) => void }) {
  const [isOpen, setOpen] = useState(false)
  const [path, setPath] = useState('')
  const wanted = /\.py$/.test(path) ? path : `${path}.py`
  const isSound = isPath(wanted) && !(wanted in taken)
  const add = (event: FormEvent) => {
    event.preventDefault()
    if (!isSound) return
    onAdd(wanted)
    setOpen(false)
    setPath('')
  }
  return (
    <Popover opened={isOpen} onChange={setOpen} position="bottom-end" shadow="md" radius="lg" trapFocus>
      <Popover.Target>
        <Tooltip label={say('Add a file')}>
          <ActionIcon variant="subtle" color="gray" aria-label={say('Add a file')} onClick={() => setOpen(!isOpen)}>
            <IconPlus size={16} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown aria-label={say('Add a file')}>
        <form onSubmit={add}>
          <Group gap="xs" align="flex-end">
            <TextInput
              label={say('Its path in the package')}
              placeholder="layers/attention.py"
              value={path}
              error={path !== '' && !isSound ? say('Letters, digits and _, and not one that is there') : null}
              onChange={(event) => setPath(event.currentTarget.value)}
            />
            <Button type="submit" disabled={!isSound}>
              {say('Add')}
            </Button>
          </Group>
        </form>
      </Popover.Dropdown>
    </Popover>
  )
}
