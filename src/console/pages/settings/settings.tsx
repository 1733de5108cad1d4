/** Settings: what is about oneself, how one signs in, the account, and what the server is. */
import { Stack, Tabs } from '@mantine/core'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useMay } from '../../api/session.tsx'
import { Page } from '../../parts/page.tsx'
import { TabList } from '../../parts/tab-list.tsx'
import { usePageWords } from '../../words/language.tsx'
import { settingsTexts } from '../../words/settings.ts'
import { AccountForm } from './account-form.tsx'
import { Passkeys } from './passkeys.tsx'
import { Password } from './password.tsx'
import { Profile } from './profile.tsx'
import { SecondFactor } from './second-factor.tsx'
import { ServerFacts } from './server-facts.tsx'
import { SignIns } from './sign-ins.tsx'
import { readSettingsTab, settingsTabs } from './tab.ts'

const route = getRouteApi('/settings')

export function SettingsPage() {
  const texts = usePageWords(settingsTexts)
  const { tab = 'you' } = route.useSearch()
  const navigate = useNavigate()
  const administers = useMay(['owner', 'administrator'])
  const shown = settingsTabs.filter((one) => one !== 'server' || administers)
  return (
    <Page title={texts.title} about={texts.about}>
      <Tabs
        value={shown.includes(tab) ? tab : 'you'}
        onChange={(next) =>
          void navigate({ to: '/settings', search: readSettingsTab({ tab: next }), replace: true })
        }
        keepMounted={false}
      >
        <TabList active={tab} label={texts.title}>
          {shown.map((one) => (
            <Tabs.Tab key={one} value={one}>
              {texts.tabs[one]}
            </Tabs.Tab>
          ))}
        </TabList>
        <Tabs.Panel value="you">
          <Profile />
        </Tabs.Panel>
        <Tabs.Panel value="security">
          <Stack maw={760}>
            <Password />
            <SecondFactor />
            <Passkeys />
            <SignIns />
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="account">
          <AccountForm />
        </Tabs.Panel>
        {administers && (
          <Tabs.Panel value="server">
            <ServerFacts />
          </Tabs.Panel>
        )}
      </Tabs>
    </Page>
  )
}
