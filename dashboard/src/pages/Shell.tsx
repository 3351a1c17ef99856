import { useHotkeys } from '@mantine/hooks'
import { IconBuildingFactory2, IconChartLine, IconPlus, IconPuzzle, IconTable } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { usePlace } from '#features/session/place.ts'
import { meQuery, versionQuery } from '#features/session/queries.ts'
import { LinkButton } from '#shared/LinkButton.tsx'
import { Logo } from '#shared/Logo.tsx'
import { say } from '#shared/words.ts'
import { Account } from './Account.tsx'
import css from './Shell.module.css'
import { Switcher } from './Switcher.tsx'

const PLACES = [
  { to: '/runs', word: say('Runs'), icon: IconChartLine },
  { to: '/datasets', word: say('Data'), icon: IconTable },
  { to: '/components', word: say('Components'), icon: IconPuzzle },
  { to: '/floor', word: say('Floor'), icon: IconBuildingFactory2 },
] as const

const Finished = lazy(() => import('#features/runs/Finished.tsx').then((found) => ({ default: found.Finished })))
const Palette = lazy(() => import('./Palette.tsx').then((found) => ({ default: found.Palette })))
const Shortcuts = lazy(() => import('./Shortcuts.tsx').then((found) => ({ default: found.Shortcuts })))

/** The frame of every page: where one is, and where one may go. */
export function Shell() {
  const { data: version } = useQuery(versionQuery)
  const { data: me } = useQuery(meQuery)
  const { mayChange } = usePlace()
  return (
    <div className={css.shell}>
      <a href="#main" className="skip">
        {say('Skip to the content')}
      </a>
      <nav className={css.bar} aria-label={say('Main')}>
        <Link to="/runs" className={css.brand} aria-label="Horngate">
          <Logo size={24} />
          <span>Horngate</span>
        </Link>
        <Switcher />
        {mayChange && (
          <LinkButton to="/new" className={css.begin} leftSection={<IconPlus size={16} />} aria-label={say('New run')}>
            <span className={css.word}>{say('New run')}</span>
          </LinkButton>
        )}
        <div className={css.places}>
          {PLACES.map(({ to, word, icon: Icon }) => (
            <Link key={to} to={to} className={css.place} aria-label={word} activeProps={{ 'data-active': true }}>
              <Icon size={18} stroke={1.6} aria-hidden />
              <span>{word}</span>
            </Link>
          ))}
        </div>
        <div className={css.foot}>
          <Account version={version} />
        </div>
      </nav>
      <Keys />
      <Suspense>{me && <Finished owner={me.user.name} />}</Suspense>
      <main id="main" className={css.main} tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  )
}

/** What the keyboard can do on every page; its two windows are fetched when they are first opened. */
function Keys() {
  const [open, setOpen] = useState<'palette' | 'shortcuts' | null>(null)
  const navigate = useNavigate()
  const close = () => setOpen(null)
  const list = () => setOpen('shortcuts')
  useHotkeys([
    ['?', list],
    ['shift+?', list], // most keyboards have it there
  ])
  useHotkeys([['n', () => void navigate({ to: '/new', search: {} })]])
  useHotkeys([['mod+K', () => setOpen('palette')]], [])
  return (
    <Suspense>
      {open === 'palette' && <Palette isOpen onClose={close} />}
      {open === 'shortcuts' && <Shortcuts isOpen onClose={close} />}
    </Suspense>
  )
}
