import { ActionIcon, Menu, Tooltip, useMantineColorScheme } from '@mantine/core'
import {
  IconBell,
  IconBellRinging,
  IconCheck,
  IconDeviceDesktop,
  IconLanguage,
  IconLogout,
  IconMoon,
  IconSun,
  IconUserCircle,
  IconUsers,
} from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import type { Version } from '#client'
import { useTelling } from '#features/runs/telling.ts'
import { meQuery, useSignOut } from '#features/session/queries.ts'
import { chooseLanguage, languageChoice, say } from '#shared/words.ts'
import css from './Account.module.css'

const SCHEMES = {
  auto: { icon: IconDeviceDesktop, word: say('As the system'), next: 'light' },
  light: { icon: IconSun, word: say('Light'), next: 'dark' },
  dark: { icon: IconMoon, word: say('Dark'), next: 'auto' },
} as const

export function Account({ version }: { version: Version | undefined }) {
  const { data: me } = useQuery(meQuery)
  return (
    <div className={css.row}>
      <Menu position="top-start" withinPortal width={250}>
        <Menu.Target>
          <button type="button" className={css.user} aria-label={say('Account')}>
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
            {say('People and keys')}
          </Menu.Item>
          <Telling />
          <Languages />
          <SignOut />
        </Menu.Dropdown>
      </Menu>
      <SchemeToggle />
    </div>
  )
}

/** Whether the browser tells when a run ends, also while it shows something else. */
function Telling() {
  const { isThere, isOn, isRefused, turn } = useTelling()
  if (!isThere) return null
  return (
    <Menu.Item
      leftSection={isOn ? <IconBellRinging size={15} /> : <IconBell size={15} />}
      rightSection={isOn ? <IconCheck size={14} aria-label={say('on')} /> : null}
      disabled={isRefused}
      closeMenuOnClick={false}
      onClick={() => void turn(!isOn)}
    >
      {isRefused ? say('The browser forbids notifications') : say('Notify me when a run ends')}
    </Menu.Item>
  )
}

/** Each language is called what its speakers call it. */
const LANGUAGES = [
  { value: 'auto', word: say('As the browser') },
  { value: 'en', word: 'English' },
  { value: 'zh', word: '中文' },
] as const

function Languages() {
  const chosen = languageChoice()
  return (
    <>
      <Menu.Label>{say('Language')}</Menu.Label>
      {LANGUAGES.map(({ value, word }) => (
        <Menu.Item
          key={value}
          leftSection={value === chosen ? <IconCheck size={15} /> : <IconLanguage size={15} opacity={0.35} />}
          aria-current={value === chosen || undefined}
          onClick={() => chooseLanguage(value)}
        >
          {word}
        </Menu.Item>
      ))}
      <Menu.Divider />
    </>
  )
}

function SignOut() {
  const navigate = useNavigate()
  const signOut = useSignOut(() => void navigate({ to: '/sign-in', search: {} }))
  return (
    <Menu.Item leftSection={<IconLogout size={15} />} onClick={() => signOut.mutate()}>
      {say('Sign out')}
    </Menu.Item>
  )
}

function SchemeToggle() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const { icon: Icon, word, next } = SCHEMES[colorScheme]
  return (
    <Tooltip label={say('Colours: {word}', { word: word.toLowerCase() })}>
      <ActionIcon
        variant="subtle"
        color="gray"
        onClick={() => setColorScheme(next)}
        aria-label={say('Colours: {word}. Change', { word })}
      >
        <Icon size={17} stroke={1.6} />
      </ActionIcon>
    </Tooltip>
  )
}
