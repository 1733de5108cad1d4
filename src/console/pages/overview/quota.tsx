/** How much of the account's free quota is used: it counts over all regions (G1, H5). */
import { Text } from '@mantine/core'
import type { Overview } from '#contract'
import { formatBytes } from '../../parts/formats.tsx'
import { useLanguage, usePageWords } from '../../words/language.tsx'
import { overviewTexts } from '../../words/overview.ts'

export function Quota({ overview }: { readonly overview: Overview }) {
  const words = usePageWords(overviewTexts)
  const { locale } = useLanguage()
  const { freeUsedBytes, freeRemainingBytes, billableBytes } = overview
  const text = (bytes: number) => formatBytes(bytes, locale)
  return (
    <Text size="sm" c="dimmed">
      {words.quota(text(freeUsedBytes), text(freeRemainingBytes), text(billableBytes))}
    </Text>
  )
}
