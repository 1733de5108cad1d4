/** What is shown while the server is asked; nothing for the first moments, so that fast answers do not flicker. */
import { Loader, Stack, Text } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useWords } from '../words/language.tsx'

const patienceMs = 250

/** @param about what takes longer */
export function Loading({ about }: { readonly about?: string }) {
  const { everywhere } = useWords()
  const [isShown, setShown] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), patienceMs)
    return () => clearTimeout(timer)
  }, [])
  return (
    <Stack mih={160} align="center" justify="center" role="status" aria-label={everywhere.loading}>
      {isShown && <Loader type="dots" />}
      {isShown && about !== undefined && <Text c="dimmed">{about}</Text>}
    </Stack>
  )
}
