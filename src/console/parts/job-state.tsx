/** The state of a job as a badge; few words, one colour each. */
import { Badge } from '@mantine/core'
import type { JobState } from '#contract'

const colors: Readonly<Record<JobState, string>> = {
  CREATED: 'gray',
  RUNNING: 'blue',
  COMPLETE: 'teal',
  PARTIAL_COMPLETE: 'yellow',
  FAILED: 'red',
  QUEUED: 'gray',
  CANCELED: 'gray',
  EXPIRED: 'orange',
  SKIPPED: 'gray',
}

export function JobStateBadge({
  state,
  words,
}: {
  readonly state: JobState
  readonly words: Readonly<Record<JobState, string>>
}) {
  return (
    <Badge variant="light" color={colors[state]} autoContrast>
      {words[state]}
    </Badge>
  )
}
