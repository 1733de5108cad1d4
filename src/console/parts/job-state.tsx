/** The state of a job as a badge; few words, one colour each. */
import { Badge } from '@mantine/core'
import type { JobState } from '#contract'
import { jobStatesTexts } from '../words/job-states.ts'
import { usePageWords } from '../words/language.tsx'

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

export function JobStateBadge({ state }: { readonly state: JobState }) {
  const words = usePageWords(jobStatesTexts)
  return (
    <Badge variant="light" color={colors[state]} autoContrast>
      {words[state]}
    </Badge>
  )
}
