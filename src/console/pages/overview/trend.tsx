/** How what is backed up grows: one bar for each metered day. Drawn here, so that no library of charts is fetched. */
import { Box, Group, Text } from '@mantine/core'
import { type MeteredDay, routes } from '#contract'
import { useCall } from '../../api/queries.ts'
import { AnchorLink } from '../../parts/anchor-link.tsx'
import { formatBytes, formatDay } from '../../parts/formats.tsx'
import { useLanguage, usePageWords } from '../../words/language.tsx'
import { overviewTexts } from '../../words/overview.ts'
import { Part } from './part.tsx'

const days = 30
const dayMs = 86_400_000
const heightPx = 96

export function Trend() {
  const words = usePageWords(overviewTexts)
  const metered = useCall(routes.metering.days, {
    query: { from: dayBefore(days), until: dayBefore(1), limit: days },
  })
  if (!metered.isSuccess) return null
  const sorted = metered.data.items.toSorted((one, other) => one.date.localeCompare(other.date))
  return (
    <Part
      title={words.trend}
      more={
        <AnchorLink to="/metering" size="sm">
          {words.metering}
        </AnchorLink>
      }
    >
      {sorted.length === 0 ? (
        <Text size="sm" c="dimmed">
          {words.noTrend}
        </Text>
      ) : (
        <Bars metered={sorted} />
      )}
    </Part>
  )
}

function Bars({ metered }: { readonly metered: readonly MeteredDay[] }) {
  const words = usePageWords(overviewTexts)
  const { locale } = useLanguage()
  const most = Math.max(1, ...metered.map(({ capacityBytes }) => capacityBytes))
  const first = formatDay(metered[0]?.date ?? '', locale)
  const last = formatDay(metered.at(-1)?.date ?? '', locale)
  const says = words.trendFrom(first, last, formatBytes(most, locale))
  return (
    <>
      <Group gap={3} h={heightPx} align="flex-end" wrap="nowrap" role="img" aria-label={says}>
        {metered.map(({ date, capacityBytes }) => (
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

/** As the API has days; those of the server are of its own time, and one more or less does not matter here. */
function dayBefore(ago: number): string {
  return new Date(Date.now() - ago * dayMs).toISOString().slice(0, 10)
}
