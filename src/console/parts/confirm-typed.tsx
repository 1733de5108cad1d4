/** A dangerous step: says what is lost, and is taken only when its text was typed (lesson 6). */
import { Button, Code, Group, List, Stack, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useWords } from '../words/language.tsx'
import { Dialog } from './dialog.tsx'
import { ProblemNotice } from './problem-notice.tsx'

export function ConfirmTyped({
  title,
  says,
  confirmation,
  action,
  refusal,
  isBusy,
  problem,
  onConfirm,
  onClose,
  children,
}: {
  readonly title: string
  /** What will happen and what will be lost, a sentence each. */
  readonly says: readonly ReactNode[]
  /** As the server's proposal gives it; undefined: nothing needs to be typed. */
  readonly confirmation: string | undefined
  /** The verb on the button. */
  readonly action: string
  /** On the button that does nothing, where "Cancel" could be taken for the step itself. */
  readonly refusal?: string
  readonly isBusy: boolean
  readonly problem?: unknown
  readonly onConfirm: (typed: string) => void
  readonly onClose: () => void
  readonly children?: ReactNode
}) {
  const { everywhere } = useWords()
  const [typed, setTyped] = useState('')
  const isRight = confirmation === undefined || typed.trim() === confirmation
  return (
    <Dialog onClose={onClose} title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (isRight) onConfirm(typed.trim())
        }}
      >
        <Stack>
          <List spacing="xs" size="sm">
            {says.map((sentence, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: sentences do not move
              <List.Item key={i}>{sentence}</List.Item>
            ))}
          </List>
          {children}
          {confirmation !== undefined && (
            <TextInput
              label={everywhere.typeToConfirm(confirmation)}
              labelProps={{ style: { overflowWrap: 'anywhere' } }}
              description={<Code>{confirmation}</Code>}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              autoComplete="off"
              data-autofocus
            />
          )}
          {problem !== undefined && problem !== null && <ProblemNotice problem={problem} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {refusal ?? everywhere.cancel}
            </Button>
            <Button type="submit" color="red" disabled={!isRight} loading={isBusy}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
