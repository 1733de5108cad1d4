/** How grave an alert is, as a word and a colour. */
import { Badge } from '@mantine/core'
import type { AlertLevel } from '#contract'
import { alertsTexts } from '../../words/alerts.ts'
import { usePageWords } from '../../words/language.tsx'

const colors: Readonly<Record<AlertLevel, string>> = {
  notice: 'blue',
  warning: 'yellow',
  critical: 'red',
}

export function LevelBadge({ level }: { readonly level: AlertLevel }) {
  const { levels } = usePageWords(alertsTexts)
  return (
    <Badge variant="light" color={colors[level]} tt="none" style={{ flexShrink: 0 }}>
      {levels[level]}
    </Badge>
  )
}
