/** How what is backed up grows: one bar for each metered day. Drawn here, so that no library of charts is fetched. */
import { Box, Group, Text } from '@mantine/core'
import { type OverviewTrend, type RegionId, routes } from '#contract'
import { useCall } from '../../api/queries.ts'
import { AnchorLink } from '../../parts/anchor-link.tsx'
import { formatBytes, formatDay } from '../../parts/formats.tsx'
import { Loading } from '../../parts/loading.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { useLanguage, usePageWords } from '../../words/language.tsx'
import { overviewTexts } from '../../words/overview.ts'
import { Part } from './part.tsx'

const daysShown = 30
const askEachMs = 600_000
const heightPx = 96

export function Trend({ regionId }: { readonly regionId: RegionId | undefined }) {
  const words = usePageWords(overviewTexts)
  const ofRegion = regionId === undefined ? {} : { regionId }
  const trend = useCall(
    routes.overview.trend,
    { query: { days: daysShown, ...ofRegion } },
    { everyMs: askEachMs },
  )
  return (
    <Part
      title={words.trend}
      more={
        <AnchorLink to="/metering" size="sm">
          {words.metering}
        </AnchorLink>
      }
    >
      {trend.isPending && <Loading />}
      {trend.isError && <ProblemNotice problem={trend.error} onRetry={trend.refetch} />}
      {trend.data?.days.length === 0 && (
        <Text size="sm" c="dimmed">
          {words.noTrend}
        </Text>
      )}
      {trend.data !== undefined && trend.data.days.length > 0 && <Bars days={trend.data.days} />}
    </Part>
  )
}

function Bars({ days }: OverviewTrend) {
  const words = usePageWords(overviewTexts)
  const { locale } = useLanguage()
  const most = Math.max(1, ...days.map(({ capacityBytes }) => capacityBytes))
  const first = formatDay(days[0]?.date ?? '', locale)
  const last = formatDay(days.at(-1)?.date ?? '', locale)
  const says = words.trendFrom(first, last, formatBytes(most, locale))
  return (
    <>
      <Group gap={3} h={heightPx} align="flex-end" wrap="nowrap" role="img" aria-label={says}>
        {days.map(({ date, capacityBytes }) => (
          <Box
            key={date}
            flex={1}
            maw={40}
            h={Math.max(2, Math.round((capacityBytes / most) * heightPx))}
            bg="teal.6"
            title={`${formatDay(date, locale)}: ${formatBytes(capacityBytes, locale)}`}
            style={{ borderRadius: 2 }}
          />
        ))}
      </Group>
      <Text size="xs" c="dimmed" mt={6}>
        {says}
      </Text>
    </>
  )
}
