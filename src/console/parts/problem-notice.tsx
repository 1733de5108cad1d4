/** What went wrong, in words, with what to do: the sentence and the advice of the error catalogue. */
import { Alert, Button, Group, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useWords } from '../words/language.tsx'
import { knownProblem } from '../words/problems/telling.ts'
import { ProblemText } from './problem-text.tsx'

export function ProblemNotice({
  problem,
  onRetry,
}: {
  readonly problem: unknown
  readonly onRetry?: (() => void) | undefined
}) {
  const { everywhere } = useWords()
  return (
    <Alert
      color="red"
      variant="light"
      icon={<IconAlertTriangle aria-hidden />}
      // What is known says itself what is wrong; the rest is told to be a surprise.
      title={knownProblem(problem) === undefined && everywhere.problem}
      role="alert"
      my="md"
    >
      <Text size="sm">
        <ProblemText problem={problem} />
      </Text>
      {onRetry !== undefined && (
        <Group mt="sm">
          <Button size="xs" variant="default" onClick={onRetry}>
            {everywhere.retry}
          </Button>
        </Group>
      )}
    </Alert>
  )
}
