/** Short notes that something was done, or was not. They are read out and go by themselves; problems stay longer. */
import { Notification, Portal, Stack } from '@mantine/core'
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react'
import { useWords } from '../words/language.tsx'
import { ProblemText } from './problem-text.tsx'

type Toast = {
  readonly number: number
  readonly kind: 'done' | 'problem'
  readonly text: ReactNode
}
type Tell = {
  readonly done: (text: string) => void
  readonly problem: (problem: unknown) => void
}

const shownMs = { done: 4_000, problem: 12_000 } as const
const shownMax = 4
const ToastContext = createContext<Tell | undefined>(undefined)
let count = 0

export function Toasts({ children }: { readonly children: ReactNode }) {
  const { everywhere } = useWords()
  const [toasts, setToasts] = useState<readonly Toast[]>([])
  const drop = useCallback(
    (number: number) => setToasts((all) => all.filter((toast) => toast.number !== number)),
    [],
  )
  const tell = useMemo((): Tell => {
    const add = (kind: Toast['kind'], text: ReactNode) => {
      const toast = { number: ++count, kind, text }
      setToasts((all) => [...all, toast].slice(-shownMax))
      setTimeout(() => drop(toast.number), shownMs[kind])
    }
    return {
      done: (text) => add('done', text),
      problem: (problem) => add('problem', <ProblemText problem={problem} />),
    }
  }, [drop])
  return (
    <ToastContext value={tell}>
      {children}
      <Portal>
        <Stack
          gap="xs"
          pos="fixed"
          bottom={16}
          right={16}
          maw={420}
          style={{ zIndex: 400 }}
          aria-live="polite"
        >
          {toasts.map(({ number, kind, text }) => (
            <Notification
              key={number}
              color={kind === 'done' ? 'teal' : 'red'}
              onClose={() => drop(number)}
              closeButtonProps={{ 'aria-label': everywhere.close }}
              withBorder
            >
              {text}
            </Notification>
          ))}
        </Stack>
      </Portal>
    </ToastContext>
  )
}

export function useTell(): Tell {
  const tell = useContext(ToastContext)
  if (tell === undefined) throw new Error('pages are inside the toasts')
  return tell
}
