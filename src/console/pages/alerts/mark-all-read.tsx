/** Everything that was raised until now has been seen. */
import { Button } from '@mantine/core'
import { IconChecks } from '@tabler/icons-react'
import { routes } from '#contract'
import { useAction } from '../../api/queries.ts'
import { useMayMarkRead, useUnread } from '../../api/unread.ts'
import { useTell } from '../../parts/toasts.tsx'
import { alertsTexts } from '../../words/alerts.ts'
import { usePageWords } from '../../words/language.tsx'

export function MarkAllRead() {
  const texts = usePageWords(alertsTexts)
  const tell = useTell()
  const mayMark = useMayMarkRead()
  const unread = useUnread()
  const markAll = useAction(routes.alerts.markAllRead, { touches: [routes.alerts.list] })
  if (!mayMark || unread.length === 0) return null
  // The clock of the server may be ahead of this one.
  const newest = Math.max(Date.now(), ...unread.map(({ lastAt }) => lastAt))
  return (
    <Button
      variant="default"
      leftSection={<IconChecks size={16} aria-hidden />}
      loading={markAll.isPending}
      onClick={() =>
        markAll.mutate(
          { body: { until: new Date(newest).toISOString() } },
          { onSuccess: () => tell.done(texts.markedAll), onError: tell.problem },
        )
      }
    >
      {texts.markAll}
    </Button>
  )
}
