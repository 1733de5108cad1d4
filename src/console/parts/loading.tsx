/** What is shown while the server is asked; nothing for the first moments, so that fast answers do not flicker. */
import { Center, Loader } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useWords } from '../words/language.tsx'

const patienceMs = 250

export function Loading() {
  const { everywhere } = useWords()
  const [isShown, setShown] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), patienceMs)
    return () => clearTimeout(timer)
  }, [])
  return (
    <Center mih={160} role="status" aria-label={everywhere.loading}>
      {isShown && <Loader type="dots" />}
    </Center>
  )
}
