/** How far a running job is: live, with rate and time left where the server knows them. */
import { Progress as Bar, Group, Stack, Text } from '@mantine/core'
import type { Progress } from '#contract'
import { useLiveProgress } from '../api/live.ts'
import { jobProgressTexts } from '../words/job-progress.ts'
import { useLanguage, usePageWords } from '../words/language.tsx'
import { FilesAndSize, formatBytes, formatDuration } from './formats.tsx'
import { PathName } from './path-name.tsx'

export function JobProgress({
  jobId,
  last,
}: {
  readonly jobId: string
  /** As the server told it with the job. */
  readonly last: Progress | undefined
}) {
  const live = useLiveProgress(jobId)
  const { locale } = useLanguage()
  const words = usePageWords(jobProgressTexts)
  const shown = live ?? last
  if (shown === undefined) return <Bar value={0} animated aria-label="0 %" />
  const { fraction, files, bytes, bytesPerSecond, remainingMs, currentPath } = shown
  const percent = Math.round(fraction * 100)
  return (
    <Stack gap={6}>
      <Bar value={percent} animated aria-label={`${percent} %`} />
      <Group gap="md">
        <Text size="sm">
          <FilesAndSize files={files.done} bytes={bytes.done} />
        </Text>
        <Text size="sm" c="dimmed">
          {words.speed(formatBytes(bytesPerSecond, locale))}
        </Text>
        {remainingMs !== undefined && (
          <Text size="sm" c="dimmed">
            {words.left(formatDuration(remainingMs, locale))}
          </Text>
        )}
      </Group>
      {currentPath !== undefined && (
        <PathName path={currentPath} fz="xs" c="dimmed" className="mono" />
      )}
    </Stack>
  )
}
