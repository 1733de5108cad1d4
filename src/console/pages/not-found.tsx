/** An address that is no page. */
import { Button } from '@mantine/core'
import { IconMapPin } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { EmptyState } from '../parts/empty-state.tsx'
import { useWords } from '../words/language.tsx'

export function NotFoundPage() {
  const { everywhere, nav } = useWords()
  return (
    <EmptyState
      icon={<IconMapPin />}
      title={everywhere.notFound}
      about={null}
      action={
        <Button component={Link} to="/">
          {nav.overview}
        </Button>
      }
    />
  )
}
