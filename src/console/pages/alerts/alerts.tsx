/** Alerts (H4): the inbox, and the channels that alerts go to besides. */
import { Tabs } from '@mantine/core'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Page } from '../../parts/page.tsx'
import { alertsTexts } from '../../words/alerts.ts'
import { usePageWords } from '../../words/language.tsx'
import { Channels } from './channels.tsx'
import { type AlertFilter, readAlertFilter } from './filter.ts'
import { Inbox } from './inbox.tsx'
import { MarkAllRead } from './mark-all-read.tsx'

const route = getRouteApi('/alerts')

export type ChangeFilter = (change: { readonly [Key in keyof AlertFilter]?: unknown }) => void

export function AlertsPage() {
  const texts = usePageWords(alertsTexts)
  const filter = route.useSearch()
  const navigate = useNavigate()
  const change: ChangeFilter = (part) =>
    void navigate({
      to: '/alerts',
      search: (old) => readAlertFilter({ ...old, ...part }),
      replace: true,
    })
  const tab = filter.tab ?? 'inbox'
  return (
    <Page title={texts.title} about={texts.about} actions={tab === 'inbox' && <MarkAllRead />}>
      <Tabs value={tab} onChange={(next) => change({ tab: next })} keepMounted={false}>
        <Tabs.List aria-label={texts.title} mb="md">
          <Tabs.Tab value="inbox">{texts.inbox}</Tabs.Tab>
          <Tabs.Tab value="channels">{texts.channelsTab}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="inbox">
          <Inbox filter={filter} change={change} />
        </Tabs.Panel>
        <Tabs.Panel value="channels">
          <Channels />
        </Tabs.Panel>
      </Tabs>
    </Page>
  )
}
