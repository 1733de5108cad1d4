/** The menu of whoever is signed in, open as soon as it is there. */
import { Button, Menu } from '@mantine/core'
import { signOut, useCaller } from '../api/session.tsx'
import { useTell } from '../parts/toasts.tsx'
import { useWords } from '../words/language.tsx'

export function UserMenu() {
  const { session } = useWords()
  const { user } = useCaller()
  const tell = useTell()
  return (
    <Menu position="bottom-end" defaultOpened>
      <Menu.Target>
        <Button variant="subtle" color="gray" size="compact-sm" maw={200} title={user.name}>
          {user.name}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{user.email}</Menu.Label>
        <Menu.Item onClick={() => void signOut().catch(tell.problem)}>{session.signOut}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
