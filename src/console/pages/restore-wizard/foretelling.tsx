/** The second step: the machine itself looks, and says what the restore would write, replace and leave (F4, lesson 1). */
import { Alert, Box, SimpleGrid, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { type RestoreJob, type RestoreJobId, routes } from '#contract'
import { keyOf, queries, useCall } from '../../api/queries.ts'
import { Bytes, Count } from '../../parts/formats.tsx'
import { JobProgress } from '../../parts/job-progress.tsx'
import { Loading } from '../../parts/loading.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { usePageWords, useWords } from '../../words/language.tsx'
import { wizardTexts } from '../../words/restore-wizard.ts'
import { isOpen } from '../jobs/filter.ts'
import { Report } from '../jobs/report.tsx'

/** Events tell of its state; this is for an event that was lost. */
const lookEachMs = 2_000

export function useDryRun(restoreJobId: RestoreJobId) {
  return useCall(routes.restoreJobs.get, { path: { restoreJobId } }, { everyMs: lookEachMs })
}

/** As far as this page has heard. */
export function isLooking(restoreJobId: RestoreJobId): boolean {
  const key = keyOf(routes.restoreJobs.get, { path: { restoreJobId } })
  const seen = queries.getQueryData<RestoreJob>(key)
  return seen === undefined || isOpen(seen.state)
}

export function Foretelling({ restoreJobId }: { readonly restoreJobId: RestoreJobId }) {
  const words = usePageWords(wizardTexts)
  const look = useDryRun(restoreJobId)
  if (look.isPending) return <Loading />
  if (look.isError) return <ProblemNotice problem={look.error} onRetry={look.refetch} />
  const { state, progress, problem, counts } = look.data
  if (isOpen(state))
    return (
      <Stack gap="xs" role="status">
        <Text size="sm">{state === 'RUNNING' ? words.looking : words.waiting}</Text>
        <JobProgress jobId={restoreJobId} last={progress} />
      </Stack>
    )
  if (problem !== undefined && state !== 'PARTIAL_COMPLETE')
    return <ProblemNotice problem={problem} />
  if (state === 'CANCELED') return <Text size="sm">{words.stopped}</Text>
  return (
    <Stack>
      <Text size="sm" role="status">
        {words.foretold}
      </Text>
      <Amounts job={look.data} />
      <Report
        of={{ kind: 'restore', id: restoreJobId }}
        counts={{ ...counts, overwritten: look.data.totals?.overwritten ?? 0 }}
        words={words}
      />
    </Stack>
  )
}

function Amounts({ job: { totals, counts } }: { readonly job: RestoreJob }) {
  const words = usePageWords(wizardTexts)
  const { everywhere } = useWords()
  if (totals === undefined) return null
  const { written, writtenBytes, overwritten, kept, unchanged, freeBytes } = totals
  const rest = { overwritten, kept, unchanged, failed: counts?.failed ?? 0 }
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs">
        <Amount name={words.counts.written}>
          {everywhere.total(written)} · <Bytes value={writtenBytes} />
        </Amount>
        {(['overwritten', 'kept', 'unchanged', 'failed'] as const)
          .filter((key) => rest[key] > 0)
          .map((key) => (
            <Amount key={key} name={words.counts[key]}>
              <Count value={rest[key]} />
            </Amount>
          ))}
        {freeBytes !== undefined && (
          <Amount name={words.free}>
            <Bytes value={freeBytes} />
          </Amount>
        )}
      </SimpleGrid>
      {freeBytes !== undefined && writtenBytes > freeBytes && (
        <Alert color="orange" variant="light">
          {words.noRoom}
        </Alert>
      )}
      {written === 0 && <Text size="sm">{words.nothing}</Text>}
      {overwritten > 0 && (
        <Alert color="orange" variant="light">
          {words.overwrites}
        </Alert>
      )}
    </>
  )
}

function Amount({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <Box>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text fw={600} component="div">
        {children}
      </Text>
    </Box>
  )
}
