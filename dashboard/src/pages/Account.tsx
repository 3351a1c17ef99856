import { ActionIcon, Menu, Tooltip, useMantineColorScheme } from '@mantine/core'
import { IconDeviceDesktop, IconLogout, IconMoon, IconSun, IconUserCircle, IconUsers } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import type { Version } from '#client'
import { meQuery, useSignOut } from '#features/session/queries.ts'
import css from './Account.module.css'

const SCHEMES = {
  auto: { icon: IconDeviceDesktop, word: 'As the system', next: 'light' },
  light: { icon: IconSun, word: 'Light', next: 'dark' },
  dark: { icon: IconMoon, word: 'Dark', next: 'auto' },
} as const

export function Account({ version }: { version: Version | undefined }) {
  const { data: me } = useQuery(meQuery)
  return (
    <div className={css.row}>
      <Menu position="top-start" withinPortal width={190}>
        <Menu.Target>
          <button type="button" className={css.user} aria-label="Account">
            <IconUserCircle size={20} stroke={1.5} aria-hidden />
            <span className="ellipsis">{me?.user.name ?? ' '}</span>
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>
            Horngate {version?.version}
            {version?.keras && `, Keras ${version.keras}`}
          </Menu.Label>
          <Menu.Item component={Link} to="/people" leftSection={<IconUsers size={15} />}>
            People and keys
          </Menu.Item>
          <SignOut />
        </Menu.Dropdown>
      </Menu>
      <SchemeToggle />
    </div>
  )
}

function SignOut() {
  const navigate = useNavigate()
  const signOut = useSignOut(() => void navigate({ to: '/sign-in', search: {} }))
  return (
    <Menu.Item leftSection={<IconLogout size={15} />} onClick={() => signOut.mutate()}>
      Sign out
    </Menu.Item>
  )
}

function SchemeToggle() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const { icon: Icon, word, next } = SCHEMES[colorScheme]
  return (
    <Tooltip label={`Colours: ${word.toLowerCase()}`}>
      <ActionIcon
        variant="subtle"
        color="gray"
        onClick={() => setColorScheme(next)}
        aria-label={`Colours: ${word}. Change`}
      >
        <Icon size={17} stroke={1.6} />
      </ActionIcon>
    </Tooltip>
  )
}
