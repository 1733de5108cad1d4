/** Where alerts go besides the inbox: each channel with what became of the last message, and a test of it. */
import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { IconPlus, IconSend } from '@tabler/icons-react'
import { useState } from 'react'
import { type Channel, routes } from '#contract'
import { useAction, useCall, usePages } from '../../api/queries.ts'
import { useMay } from '../../api/session.tsx'
import { ConfirmTyped } from '../../parts/confirm-typed.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Loading } from '../../parts/loading.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { alertsTexts } from '../../words/alerts.ts'
import { usePageWords } from '../../words/language.tsx'
import { ChannelCard } from './channel-card.tsx'
import { ChannelDialog } from './channel-dialog.tsx'
import { useChannelName } from './channel-name.ts'

type Open =
  | { readonly kind: 'form'; readonly channel: Channel | undefined }
  | { readonly kind: 'removal'; readonly channel: Channel }

export function Channels() {
  const { channels: texts } = usePageWords(alertsTexts)
  const mayChange = useMay(['owner', 'administrator'])
  const [open, setOpen] = useState<Open>()
  const list = usePages(routes.channels.list, { query: { limit: 200 } })
  if (list.isPending) return <Loading />
  if (list.isError) return <ProblemNotice problem={list.error} onRetry={list.refetch} />
  const add = mayChange && (
    <Button
      leftSection={<IconPlus size={16} aria-hidden />}
      onClick={() => setOpen({ kind: 'form', channel: undefined })}
    >
      {texts.add}
    </Button>
  )
  const close = () => setOpen(undefined)
  return (
    <Stack maw={860}>
      {list.items.length === 0 ? (
        <EmptyState
          icon={<IconSend size={24} />}
          title={texts.empty}
          about={texts.emptyAbout}
          action={add}
        />
      ) : (
        <Group justify="space-between">
          <Text size="sm" c="dimmed">
            {texts.about}
          </Text>
          {add}
        </Group>
      )}
      {mayChange && <NoMail channels={list.items} />}
      {list.items.map((channel) => (
        <ChannelCard
          key={channel.channelId}
          channel={channel}
          mayChange={mayChange}
          onEdit={() => setOpen({ kind: 'form', channel })}
          onRemove={() => setOpen({ kind: 'removal', channel })}
        />
      ))}
      {open?.kind === 'form' && <ChannelDialog channel={open.channel} onClose={close} />}
      {open?.kind === 'removal' && <RemovalDialog channel={open.channel} onClose={close} />}
    </Stack>
  )
}

/** A channel of e-mail looks well until the day it is needed. */
function NoMail({ channels }: { readonly channels: readonly Channel[] }) {
  const { channels: texts } = usePageWords(alertsTexts)
  const facts = useCall(routes.server.facts, {})
  const usesMail = channels.some(({ target, enabled }) => enabled && target.kind === 'email')
  if (!usesMail || facts.data?.sendsMail !== false) return null
  return (
    <Alert color="yellow" p="sm">
      {texts.noMail}
    </Alert>
  )
}

function RemovalDialog({
  channel,
  onClose,
}: {
  readonly channel: Channel
  readonly onClose: () => void
}) {
  const { channels: texts } = usePageWords(alertsTexts)
  const { channelId } = channel
  const name = useChannelName()(channel.name)
  const tell = useTell()
  const remove = useAction(routes.channels.remove, { touches: [routes.channels.list] })
  const onDone = () => {
    tell.done(texts.removed)
    onClose()
  }
  return (
    <ConfirmTyped
      title={texts.removeOf(name)}
      says={[texts.lostIt(name)]}
      confirmation={undefined}
      action={texts.remove}
      isBusy={remove.isPending}
      problem={remove.error}
      onConfirm={() => remove.mutate({ path: { channelId } }, { onSuccess: onDone })}
      onClose={onClose}
    />
  )
}
