import { Menu } from '@mantine/core'
import { IconCheck, IconFolder, IconSelector } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { usePlace } from '#features/session/place.ts'
import { say } from '#shared/words.ts'
import css from './Switcher.module.css'

/** Which project one works in; whoever has but one sees nothing of it. */
export function Switcher() {
  const { project, projects, choose } = usePlace()
  const navigate = useNavigate()
  if (!project || projects.length < 2) return null
  const go = (id: string) => {
    choose(id)
    void navigate({ to: '/runs', search: {} })
  }
  return (
    <Menu position="bottom-start" withinPortal width={240}>
      <Menu.Target>
        <button
          type="button"
          className={css.chosen}
          aria-label={say('Project: {name}. Change', { name: project.name })}
        >
          <IconFolder size={17} stroke={1.6} aria-hidden />
          <span className="ellipsis">{project.name}</span>
          <IconSelector size={15} stroke={1.6} aria-hidden className={css.arrows} />
        </button>
      </Menu.Target>
      <Menu.Dropdown className={css.list}>
        {projects.map(({ id, name, role }) => (
          <Menu.Item
            key={id}
            aria-current={id === project.id ? 'true' : undefined}
            rightSection={
              id === project.id ? <IconCheck size={15} aria-hidden /> : <span className={css.role}>{role}</span>
            }
            onClick={() => go(id)}
          >
            <span className="ellipsis">{name}</span>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
