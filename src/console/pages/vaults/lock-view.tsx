/** What the lock of a vault keeps, in words: its state, and who could still destroy what is locked, never more than is true. */
import { Badge, Button, Group, Paper, Stack, Text, Title, Tooltip } from '@mantine/core'
import { IconLock, IconLockOpen } from '@tabler/icons-react'
import type { LockState, Vault } from '#contract'
import { Instant } from '../../parts/formats.tsx'
import { usePageWords } from '../../words/language.tsx'
import { vaultsTexts } from '../../words/vaults.ts'

const colors: Readonly<Record<LockState, string>> = {
  off: 'gray',
  governed: 'blue',
  pending: 'yellow',
  compliance: 'teal',
}

/** The sentence of the tier: the server's own, or what says the same in the language of the page. */
export function useTierSentence(): (of: Pick<Vault['lock'], 'tier' | 'tierSentence'>) => string {
  const { lock } = usePageWords(vaultsTexts)
  return ({ tier, tierSentence }) => lock.tiers?.[tier] ?? tierSentence
}

export function LockBadge({ lock }: Pick<Vault, 'lock'>) {
  const texts = usePageWords(vaultsTexts).lock
  const sentence = useTierSentence()(lock)
  const Icon = lock.state === 'off' ? IconLockOpen : IconLock
  return (
    <Tooltip label={`${texts.says[lock.state]} ${sentence}`} multiline maw={360} openDelay={300}>
      <Badge
        variant="light"
        color={colors[lock.state]}
        tt="none"
        leftSection={<Icon size={12} aria-hidden />}
      >
        {texts.names[lock.state]} · {lock.tier}
      </Badge>
    </Tooltip>
  )
}

export function LockCard({
  lock,
  onRaise,
}: Pick<Vault, 'lock'> & {
  /** Undefined: this role may not, or there is nothing higher. */
  readonly onRaise: (() => void) | undefined
}) {
  const texts = usePageWords(vaultsTexts).lock
  const sentence = useTierSentence()(lock)
  const { state, lockedPointCount, serverBackupCount, lastLockEndsAt, pendingUntil } = lock
  return (
    <Paper withBorder p="md" component="section" aria-label={texts.title}>
      <Stack gap="xs">
        <Group justify="space-between">
          <Title order={2} size="h5">
            {texts.title}
          </Title>
          <LockBadge lock={lock} />
        </Group>
        <Text size="sm">{texts.says[state]}</Text>
        <Text size="sm" fw={600}>
          {texts.tier(lock.tier)}: {sentence}
        </Text>
        {lockedPointCount > 0 && (
          <Text size="sm" c="dimmed">
            {texts.points(lockedPointCount)}
            {lastLockEndsAt !== undefined && (
              <>
                {' · '}
                {texts.until} <Instant at={lastLockEndsAt} />
              </>
            )}
          </Text>
        )}
        {serverBackupCount > 0 && (
          <Text size="sm" c="dimmed">
            {texts.serverBackups(serverBackupCount)}
          </Text>
        )}
        {pendingUntil !== undefined && (
          <Text size="sm" c="dimmed">
            {texts.pendingUntil} <Instant at={pendingUntil} />
          </Text>
        )}
        {onRaise !== undefined && (
          <Group>
            <Button size="xs" variant="default" onClick={onRaise}>
              {texts.raise}
            </Button>
          </Group>
        )}
      </Stack>
    </Paper>
  )
}
