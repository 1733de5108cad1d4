/** An address that is no page. */
import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Page } from '../parts/page.tsx'
import { useWords } from '../words/language.tsx'

export function NotFoundPage() {
  const { everywhere, nav } = useWords()
  return (
    <Page title={everywhere.notFound}>
      <Button component={Link} to="/" w="fit-content">
        {nav.overview}
      </Button>
    </Page>
  )
}
