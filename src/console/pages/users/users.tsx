/** Users of the account (H3), and the own API tokens. */
import { Tabs } from '@mantine/core'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Page } from '../../parts/page.tsx'
import { usePageWords } from '../../words/language.tsx'
import { usersTexts } from '../../words/users.ts'
import { readUsersTab } from './tab.ts'
import { TokenList } from './token-list.tsx'
import { UserList } from './user-list.tsx'

const route = getRouteApi('/users')

export function UsersPage() {
  const texts = usePageWords(usersTexts)
  const { tab = 'users' } = route.useSearch()
  const navigate = useNavigate()
  return (
    <Page title={texts.title} about={texts.about}>
      <Tabs
        value={tab}
        onChange={(next) =>
          void navigate({ to: '/users', search: readUsersTab({ tab: next }), replace: true })
        }
        keepMounted={false}
      >
        <Tabs.List aria-label={texts.title} mb="md">
          <Tabs.Tab value="users">{texts.usersTab}</Tabs.Tab>
          <Tabs.Tab value="tokens">{texts.tokensTab}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="users">
          <UserList />
        </Tabs.Panel>
        <Tabs.Panel value="tokens">
          <TokenList />
        </Tabs.Panel>
      </Tabs>
    </Page>
  )
}
