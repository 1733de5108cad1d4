/** Who is signed in, with the way out; what opens below it is fetched when it is first opened. */
import { Button } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { useCaller } from '../api/session.tsx'

const UserMenu = lazy(async () => ({ default: (await import('./user-menu.tsx')).UserMenu }))

export function UserButton() {
  const { user } = useCaller()
  const [isWanted, setWanted] = useState(false)
  const button = (
    <Button
      variant="subtle"
      color="gray"
      size="compact-sm"
      maw={200}
      aria-haspopup="menu"
      title={user.name}
      onClick={() => setWanted(true)}
    >
      {user.name}
    </Button>
  )
  if (!isWanted) return button
  return (
    <Suspense fallback={button}>
      <UserMenu />
    </Suspense>
  )
}
