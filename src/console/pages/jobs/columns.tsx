/** The columns of the list of jobs. */
import { ActionIcon, Box, Tooltip, VisuallyHidden } from '@mantine/core'
import { IconPlayerStop } from '@tabler/icons-react'
import { type SyntheticEvent, useMemo } from 'react'
import { Bytes, Count, formatDuration, Instant } from '../../parts/formats.tsx'
import { ObjectName, useNameOf } from '../../parts/object-name.tsx'
import type { Column } from '../../parts/rows.tsx'
import { jobsTexts } from '../../words/jobs.ts'
import { useLanguage, usePageWords } from '../../words/language.tsx'
import { useMayCancel } from './cancel-dialog.tsx'
import { isOpen } from './filter.ts'
import type { Run } from './merged-runs.ts'
import { RunState } from './run-state.tsx'

export function useColumns(onCancel: (run: Run) => void): readonly Column<Run>[] {
  const texts = usePageWords(jobsTexts)
  const { locale } = useLanguage()
  const { columns } = texts
  return useMemo(
    (): readonly Column<Run>[] => [
      {
        key: 'machine',
        title: columns.machine,
        width: 'minmax(72px, 2fr)',
        cell: ({ job }) => <ObjectName id={job.instanceId} fw={600} />,
      },
      {
        key: 'kind',
        title: columns.kind,
        width: '80px',
        wideOnly: true,
        cell: ({ kind }) => texts.one[kind],
      },
      {
        key: 'state',
        title: columns.state,
        width: 'minmax(112px, 1.8fr)',
        cell: (run) => <RunState run={run} />,
      },
      {
        key: 'begun',
        title: columns.begun,
        width: 'minmax(64px, 1.3fr)',
        cell: ({ job }) => <Instant at={job.startedAt ?? job.createdAt} />,
      },
      {
        key: 'took',
        title: columns.took,
        width: '80px',
        wideOnly: true,
        align: 'end',
        cell: ({ job }) => tookOf(job, locale),
      },
      {
        key: 'files',
        title: columns.files,
        width: '80px',
        wideOnly: true,
        align: 'end',
        cell: ({ job: { totals } }) => totals && <Count value={totals.files} />,
      },
      {
        key: 'size',
        title: columns.size,
        width: '90px',
        wideOnly: true,
        align: 'end',
        cell: (run) =>
          run.kind === 'backup' && run.job.totals && <Bytes value={run.job.totals.newBytes} />,
      },
      {
        key: 'actions',
        title: columns.actions,
        head: <VisuallyHidden>{columns.actions}</VisuallyHidden>,
        width: '28px',
        align: 'end',
        cell: (run) => isOpen(run.job.state) && <CancelButton run={run} onCancel={onCancel} />,
      },
    ],
    [texts, columns, locale, onCancel],
  )
}

export function tookOf(
  { startedAt, endedAt }: Pick<Run['job'], 'startedAt' | 'endedAt'>,
  locale: string,
): string {
  if (startedAt === undefined || endedAt === undefined) return ''
  return formatDuration(Math.max(endedAt - startedAt, 1_000), locale)
}

function CancelButton({
  run,
  onCancel,
}: {
  readonly run: Run
  readonly onCancel: (run: Run) => void
}) {
  const texts = usePageWords(jobsTexts)
  const label = texts.cancelOne(useNameOf(run.job.instanceId))
  if (!useMayCancel(run.kind)) return null
  // What is clicked here does not open the row.
  const stay = (event: SyntheticEvent) => event.stopPropagation()
  return (
    <Box onClick={stay} onKeyDown={stay}>
      <Tooltip label={label}>
        <ActionIcon variant="subtle" color="gray" aria-label={label} onClick={() => onCancel(run)}>
          <IconPlayerStop size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </Box>
  )
}
