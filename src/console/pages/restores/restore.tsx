/** One restore job: how far it is, how it ended, and every file that is not as it should be (D6, lesson 2). */
import { Anchor, Box, Button, Group, Paper, SimpleGrid, Stack, Text } from '@mantine/core'
import { getRouteApi, Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { type RestoreJob, routes } from '#contract'
import { useCall } from '../../api/queries.ts'
import { shownName } from '../../parts/entry-name.tsx'
import { Bytes, Count, FilesAndSize, formatInstant, Instant } from '../../parts/formats.tsx'
import { JobProgress } from '../../parts/job-progress.tsx'
import { JobStateBadge } from '../../parts/job-state.tsx'
import { Loading } from '../../parts/loading.tsx'
import { useNameOf } from '../../parts/object-name.tsx'
import { Page } from '../../parts/page.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { ProblemLines, SaidText } from '../../parts/problem-text.tsx'
import { useLanguage, usePageWords, useWords } from '../../words/language.tsx'
import { restoresChinese, restoresEnglish } from '../../words/restores.ts'
import { CancelDialog, useMayCancel } from '../jobs/cancel-dialog.tsx'
import { isOpen } from '../jobs/filter.ts'
import { Report } from '../jobs/report.tsx'

const route = getRouteApi('/restores/$restoreJobId')

export function RestorePage() {
  const { restoreJobId } = route.useParams()
  const words = usePageWords({ en: restoresEnglish, zh: restoresChinese })
  const { locale } = useLanguage()
  const mayCancel = useMayCancel('restore')
  const [isCancelling, setCancelling] = useState(false)
  const job = useCall(routes.restoreJobs.get, { path: { restoreJobId } }, { everyMs: 10_000 })
  const name = useNameOf(job.data?.instanceId)
  if (job.isPending) return <Loading />
  if (job.isError) return <ProblemNotice problem={job.error} onRetry={job.refetch} />
  const { state, targetPath, createdAt, problem, totals, counts, warnings } = job.data
  const { vaultId, pointIds, dryRun } = job.data
  const isRunning = isOpen(state)
  return (
    <Page
      title={(dryRun ? words.dryRunOf : words.titleOf)(name, formatInstant(createdAt, locale))}
      crumbs={[{ name: words.title, to: '/restores' }]}
      actions={
        mayCancel &&
        isRunning && (
          <Button variant="default" onClick={() => setCancelling(true)}>
            {words.cancel}
          </Button>
        )
      }
    >
      <Paper withBorder p="md" radius="md">
        <Stack>
          <Group>
            <JobStateBadge state={state} />
            <Text size="sm" c="dimmed">
              <Instant at={createdAt} />
            </Text>
          </Group>
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <Fact name={words.into}>
              {targetPath === undefined ? (
                words.original
              ) : (
                <span dir="auto">{shownName(targetPath)}</span>
              )}
            </Fact>
            {totals !== undefined && (
              <Fact name={words.selection}>
                <FilesAndSize files={totals.files} bytes={totals.bytes} />
              </Fact>
            )}
          </SimpleGrid>
          {totals !== undefined && <Done totals={totals} dryRun={dryRun} />}
          {pointIds.map((pointId) => (
            <Anchor
              key={pointId}
              component={Link}
              to={`/points/${vaultId}/${pointId}`}
              size="sm"
              w="fit-content"
            >
              {words.source}
            </Anchor>
          ))}
          {isRunning && <JobProgress jobId={restoreJobId} last={job.data.progress} />}
          {problem !== undefined && <ProblemLines problem={problem} c="red" />}
          {warnings.map((warning) => (
            <Text key={warning} size="sm">
              <SaidText text={warning} />
            </Text>
          ))}
        </Stack>
      </Paper>
      {isCancelling && (
        <CancelDialog
          run={{ kind: 'restore', id: restoreJobId }}
          onClose={() => setCancelling(false)}
        />
      )}
      {!isRunning && (
        <Report
          of={{ kind: 'restore', id: job.data.restoreJobId }}
          counts={{ ...counts, overwritten: totals?.overwritten ?? 0 }}
          words={words}
        />
      )}
    </Page>
  )
}

/** What became of the entries; those that failed are in the report. */
function Done({ totals, dryRun }: Pick<RestoreJob, 'dryRun'> & { readonly totals: Totals }) {
  const words = usePageWords({ en: restoresEnglish, zh: restoresChinese })
  const { everywhere } = useWords()
  const names = dryRun ? words.wouldBe : words.was
  const { written, writtenBytes, overwritten, unchanged, kept } = totals
  const rest = { overwritten, unchanged, kept }
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }}>
      <Fact name={names.written}>
        {everywhere.total(written)} · <Bytes value={writtenBytes} />
      </Fact>
      {(['overwritten', 'unchanged', 'kept'] as const)
        .filter((key) => rest[key] > 0)
        .map((key) => (
          <Fact key={key} name={names[key]}>
            <Count value={rest[key]} />
          </Fact>
        ))}
    </SimpleGrid>
  )
}

type Totals = NonNullable<RestoreJob['totals']>

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <Box miw={0}>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text fw={600} component="div" style={{ overflowWrap: 'anywhere' }}>
        {children}
      </Text>
    </Box>
  )
}
