/** What a vault is and how it is: its sizes, its upkeep, and its settings. */
import { Alert, Paper, Progress, SimpleGrid, Stack, Text, Title, Tooltip } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Vault } from '#contract'
import { useAllRegions } from '../../api/regions.ts'
import { Bytes, formatBytes, Instant } from '../../parts/formats.tsx'
import { SaidText } from '../../parts/problem-text.tsx'
import { tagTexts } from '../../parts/tags.ts'
import { alertChoiceTexts } from '../../words/alert-choice.ts'
import { useLanguage, usePageWords } from '../../words/language.tsx'
import { vaultsTexts } from '../../words/vaults.ts'
import { useChoiceWords } from '../alerts/alert-choice.ts'
import { isMeasured, Stored } from './stored.tsx'

function Card({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Paper withBorder p="md" component="section" aria-label={title}>
      <Stack gap="xs">
        <Title order={2} size="h5">
          {title}
        </Title>
        {children}
      </Stack>
    </Paper>
  )
}

export function SizeCard({ vault }: { readonly vault: Vault }) {
  const { sizes } = usePageWords(vaultsTexts)
  const { sourceBytes, newBytes, storedBytes, quotaBytes } = vault
  const figures = [
    { name: sizes.source, about: sizes.sourceAbout, figure: <Bytes value={sourceBytes} /> },
    { name: sizes.sent, about: sizes.sentAbout, figure: <Bytes value={newBytes} /> },
    { name: sizes.stored, about: sizes.storedAbout, figure: <Stored vault={vault} /> },
  ]
  return (
    <Card title={sizes.title}>
      <SimpleGrid cols={3}>
        {figures.map(({ name, about, figure }) => (
          <div key={name}>
            <Tooltip label={about} multiline maw={280} openDelay={300}>
              <Text size="xs" c="dimmed">
                {name}
              </Text>
            </Tooltip>
            <Text fw={700}>{figure}</Text>
          </div>
        ))}
      </SimpleGrid>
      <Ratio source={sourceBytes} stored={storedBytes} />
      {!isMeasured(vault) && (
        <Text size="sm" c="dimmed">
          {sizes.unmeasured}
        </Text>
      )}
      {quotaBytes !== undefined && isMeasured(vault) && (
        <Quota used={storedBytes} quota={quotaBytes} />
      )}
    </Card>
  )
}

function Ratio({ source, stored }: { readonly source: number; readonly stored: number }) {
  const { sizes } = usePageWords(vaultsTexts)
  const { locale } = useLanguage()
  if (source === 0 || stored === 0) return null
  const ratio = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(source / stored)
  return (
    <Text size="sm">
      {sizes.ratio}: <b>{ratio} : 1</b>
    </Text>
  )
}

const nearlyFull = 90

function Quota({ used, quota }: { readonly used: number; readonly quota: number }) {
  const { sizes } = usePageWords(vaultsTexts)
  const { locale } = useLanguage()
  const share = quota === 0 ? 1 : used / quota
  const percent = new Intl.NumberFormat(locale, { style: 'percent' }).format(share)
  const color = share * 100 >= nearlyFull ? 'red' : 'teal'
  return (
    <Stack gap={4}>
      <Progress
        value={Math.min(100, share * 100)}
        color={color}
        aria-label={sizes.quotaUsed(percent)}
      />
      <Text size="xs" c="dimmed">
        {sizes.quota}: {formatBytes(quota, locale)} · {sizes.quotaUsed(percent)}
      </Text>
    </Stack>
  )
}

export function UpkeepCard({ upkeep }: Pick<Vault, 'upkeep'>) {
  const texts = usePageWords(vaultsTexts).upkeep
  return (
    <Card title={texts.title}>
      <Text size="sm" c="dimmed">
        {texts.about}
      </Text>
      {upkeep?.doneAt === undefined ? (
        <Text size="sm">{texts.none}</Text>
      ) : (
        <Text size="sm">
          {texts.done}: <Instant at={upkeep.doneAt} />
        </Text>
      )}
      {upkeep !== undefined && (
        <Text size="sm">
          {texts.due}: <Instant at={upkeep.dueAt} />
        </Text>
      )}
      {upkeep?.problem !== undefined && (
        <Alert color="red" p="sm" style={{ overflowWrap: 'anywhere' }}>
          {texts.problem} <SaidText text={upkeep.problem} />
        </Alert>
      )}
    </Card>
  )
}

export function FactsCard({ vault }: { readonly vault: Vault }) {
  const texts = usePageWords(vaultsTexts)
  const { facts } = texts
  const alertTexts = usePageWords(alertChoiceTexts)
  const choiceWords = useChoiceWords()
  const { items: regions } = useAllRegions()
  const region = regions.find(({ regionId }) => regionId === vault.regionId)?.name
  const tags = tagTexts(vault.tags)
  const lines: readonly (readonly [string, ReactNode])[] = [
    [facts.region, region ?? vault.regionId],
    ...(vault.storage === undefined ? [] : [[facts.storage, vault.storage] as const]),
    [facts.redundancy, facts.redundancies[vault.redundancy]],
    [facts.keyHolder, facts.keyHolders[vault.keyHolder]],
    [facts.retention, facts.retentionOf(vault.retentionDaysMin, vault.retentionDaysMax)],
    [facts.index, facts.indexes[vault.searchIndex]],
    [facts.sharing, vault.shareOverNetwork ? facts.share : facts.shareNot],
    [alertTexts.title, choiceWords(vault)],
    [facts.created, <Instant key="created" at={vault.createdAt} />],
    ...(tags.length === 0 ? [] : [[facts.tags, tags.join(', ')] as const]),
  ]
  return (
    <Card title={facts.title}>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} verticalSpacing="sm">
        {lines.map(([name, value]) => (
          <div key={name}>
            <Text size="xs" c="dimmed">
              {name}
            </Text>
            <Text size="sm" component="div" style={{ overflowWrap: 'anywhere' }}>
              {value}
            </Text>
          </div>
        ))}
      </SimpleGrid>
    </Card>
  )
}
