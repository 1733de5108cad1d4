/** A dialog that asks for something, sends it, and shows what the server says against it. */
import { Button, Group, Stack } from '@mantine/core'
import type { ReactNode } from 'react'
import { useWords } from '../words/language.tsx'
import { Dialog } from './dialog.tsx'
import { ProblemNotice } from './problem-notice.tsx'

export function FormDialog({
  title,
  action,
  isReady = true,
  attempt,
  onSubmit,
  onClose,
  children,
}: {
  readonly title: string
  /** On the button; default: "Save". */
  readonly action?: string
  readonly isReady?: boolean
  readonly attempt: { readonly isPending: boolean; readonly error: Error | null }
  readonly onSubmit: () => void
  readonly onClose: () => void
  readonly children: ReactNode
}) {
  const { everywhere } = useWords()
  return (
    <Dialog onClose={onClose} title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (isReady) onSubmit()
        }}
      >
        <Stack>
          {children}
          {attempt.error !== null && <ProblemNotice problem={attempt.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {everywhere.cancel}
            </Button>
            <Button type="submit" disabled={!isReady} loading={attempt.isPending}>
              {action ?? everywhere.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
