/** The newest backups of all machines, with how each ended or that it runs. */
import { Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { type RegionId, routes } from '#contract'
import { useCall } from '../../api/queries.ts'
import { AnchorLink } from '../../parts/anchor-link.tsx'
import { Instant } from '../../parts/formats.tsx'
import { JobStateBadge } from '../../parts/job-state.tsx'
import { Loading } from '../../parts/loading.tsx'
import { ObjectName } from '../../parts/object-name.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { usePageWords } from '../../words/language.tsx'
import { overviewTexts } from '../../words/overview.ts'
import { Part } from './part.tsx'

const shown = 6

export function LatestJobs({ regionId }: { readonly regionId: RegionId | undefined }) {
  const words = usePageWords(overviewTexts)
  const ofRegion = regionId === undefined ? {} : { regionId }
  const jobs = useCall(routes.jobs.list, {
    query: { limit: shown, sort: '-createdAt', ...ofRegion },
  })
  return (
    <Part
      title={words.latest}
      more={
        <AnchorLink
          to="/jobs"
          search={regionId === undefined ? {} : { region: regionId }}
          size="sm"
        >
          {words.allJobs}
        </AnchorLink>
      }
    >
      {jobs.isPending && <Loading />}
      {jobs.isError && <ProblemNotice problem={jobs.error} onRetry={jobs.refetch} />}
      {jobs.data?.items.length === 0 && (
        <Text size="sm" c="dimmed">
          {words.noJobs}
        </Text>
      )}
      <div className="lines">
        {jobs.data?.items.map(({ jobId, instanceId, state, startedAt, createdAt }) => (
          <Link key={jobId} to="/jobs/$jobId" params={{ jobId }} className="line">
            <ObjectName id={instanceId} flex={1} miw={0} />
            <JobStateBadge state={state} />
            <Text size="xs" c="dimmed" ta="end" miw={104} flex="none">
              <Instant at={startedAt ?? createdAt} />
            </Text>
          </Link>
        ))}
      </div>
    </Part>
  )
}
