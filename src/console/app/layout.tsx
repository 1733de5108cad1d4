/** The frame of all pages of somebody who is signed in. */
import { Alert, AppShell, Badge, Burger, Group, NavLink, Text, VisuallyHidden } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import {
  IconBell,
  IconChartBar,
  IconDatabase,
  IconDeviceDesktop,
  IconHome,
  IconListCheck,
  IconListSearch,
  IconRestore,
  IconSettings,
  IconUsers,
} from '@tabler/icons-react'
import { Link, Outlet, useLocation } from '@tanstack/react-router'
import { Suspense } from 'react'
import { useIsAway, useLiveEvents } from '../api/live.ts'
import { useMay } from '../api/session.tsx'
import { unreadMax, useUnread } from '../api/unread.ts'
import { Loading } from '../parts/loading.tsx'
import { LanguageSwitch, ThemeSwitch } from '../parts/switches.tsx'
import { useWords, type Words } from '../words/language.tsx'
import { UserButton } from './user-button.tsx'

const places = [
  { to: '/', name: 'overview', icon: IconHome },
  { to: '/instances', name: 'instances', icon: IconDeviceDesktop },
  { to: '/jobs', name: 'jobs', icon: IconListCheck },
  { to: '/restores', name: 'restores', icon: IconRestore },
  { to: '/vaults', name: 'vaults', icon: IconDatabase },
  { to: '/alerts', name: 'alerts', icon: IconBell },
  { to: '/metering', name: 'metering', icon: IconChartBar },
  { to: '/users', name: 'users', icon: IconUsers },
  { to: '/audit', name: 'audit', icon: IconListSearch },
  { to: '/settings', name: 'settings', icon: IconSettings },
] as const satisfies readonly {
  readonly to: string
  readonly name: keyof Words['nav']
  readonly icon: unknown
}[]

const auditors = ['owner', 'administrator', 'auditor'] as const

export function Layout() {
  const { nav, product } = useWords()
  const [isOpen, { toggle, close }] = useDisclosure(false)
  const { pathname } = useLocation()
  const mayAudit = useMay(auditors)
  useLiveEvents()
  const shown = places.filter(({ name }) => name !== 'audit' || mayAudit)
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <VisuallyHidden>
        <a href="#content">{nav.skip}</a>
      </VisuallyHidden>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <Burger
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={nav.open}
            />
            <img src="/mark.svg" alt="" width={26} height={26} />
            <Text fw={700}>{product}</Text>
          </Group>
          <Group gap={4} wrap="nowrap">
            <LanguageSwitch />
            <ThemeSwitch />
            <UserButton />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={nav.open}>
        {shown.map(({ to, name, icon: Icon }) => (
          <NavLink
            key={to}
            component={Link}
            to={to}
            label={nav[name]}
            leftSection={<Icon size={18} stroke={1.6} aria-hidden />}
            rightSection={name === 'alerts' && <UnreadCount />}
            active={isActive(to, pathname)}
            onClick={close}
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main id="content">
        <AwayNotice />
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </AppShell.Main>
    </AppShell>
  )
}

function isActive(to: string, pathname: string): boolean {
  if (to === '/') return pathname === '/'
  // Points are reached from the machine that they are of.
  return pathname.startsWith(to) || (to === '/instances' && pathname.startsWith('/points/'))
}

/** What is shown is as it was, and says so. */
function AwayNotice() {
  const { everywhere } = useWords()
  if (!useIsAway()) return null
  return (
    <Alert color="orange" variant="light" role="status" mb="md">
      {everywhere.away}
    </Alert>
  )
}

function UnreadCount() {
  const { nav } = useWords()
  const count = useUnread().length
  if (count === 0) return null
  const shown = count > unreadMax ? `${unreadMax}+` : `${count}`
  return (
    <Badge size="sm" role="img" aria-label={nav.unread(shown)}>
      {shown}
    </Badge>
  )
}
