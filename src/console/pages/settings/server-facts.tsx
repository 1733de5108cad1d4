/** What this server is: where it is reached, what keeps it, and whether it could be brought back. */
import { Badge, List, Stack, Text } from '@mantine/core'
import { type CallAnswer, routes } from '#contract'
import { useNaming } from '../../api/names.ts'
import { useCall } from '../../api/queries.ts'
import { Instant } from '../../parts/formats.tsx'
import { Loading } from '../../parts/loading.tsx'
import { useNameOf } from '../../parts/object-name.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { SaidText } from '../../parts/problem-text.tsx'
import { usePageWords, useWords } from '../../words/language.tsx'
import { factsIn } from '../../words/problems/telling.ts'
import { settingsTexts } from '../../words/settings.ts'
import { Regions } from './regions.tsx'
import { Line, Section } from './section.tsx'

type Facts = CallAnswer<typeof routes.server.facts>

export function ServerFacts() {
  const facts = useCall(routes.server.facts, {}, { everyMs: 60_000 })
  if (facts.isPending) return <Loading />
  if (facts.isError) return <ProblemNotice problem={facts.error} onRetry={facts.refetch} />
  return (
    <Stack maw={760}>
      <Place facts={facts.data} />
      <OwnBackup facts={facts.data} />
      <Regions />
    </Stack>
  )
}

function Place({ facts }: { readonly facts: Facts }) {
  const { server: texts } = usePageWords(settingsTexts)
  const { version, address, keyFingerprint, catalog, sendsMail } = facts
  return (
    <Section title={texts.title}>
      <Line name={texts.version}>{version}</Line>
      <Line name={texts.address}>
        <span className="mono">{address}</span>
      </Line>
      <Line name={texts.fingerprint}>
        {keyFingerprint === undefined ? (
          texts.trusted
        ) : (
          <>
            <span className="mono">{keyFingerprint}</span>
            <Text size="xs" c="dimmed">
              {texts.fingerprintHint}
            </Text>
          </>
        )}
      </Line>
      <Line name={texts.catalog}>{texts.catalogs[catalog]}</Line>
      <Line name={texts.mail}>
        {sendsMail ? (
          texts.sends
        ) : (
          <Text size="sm" c="orange">
            {texts.sendsNot}
          </Text>
        )}
      </Line>
      <HealthLine />
    </Section>
  )
}

function HealthLine() {
  const { server: texts } = usePageWords(settingsTexts)
  const health = useCall(routes.server.readiness, {}, { everyMs: 60_000 })
  const problems = health.data?.problems ?? []
  if (health.isPending) return null
  return (
    <Line name={texts.health}>
      {health.isError && <ProblemNotice problem={health.error} onRetry={health.refetch} />}
      {health.isSuccess && problems.length === 0 && texts.healthy}
      {problems.length > 0 && (
        <>
          {texts.unhealthy}
          <List size="sm">
            {problems.map((problem) => (
              <List.Item key={problem}>
                <HealthProblem says={problem} />
              </List.Item>
            ))}
          </List>
        </>
      )}
    </Line>
  )
}

/** A vault is said by its id, where people know its name. */
function HealthProblem({ says }: { readonly says: string }) {
  const { server: texts } = usePageWords(settingsTexts)
  const vaultId = factsIn('the vault {vault} does not answer', says)?.['vault']
  const name = useNameOf(vaultId === undefined ? undefined : String(vaultId))
  return vaultId === undefined ? <SaidText text={says} /> : texts.vaultSilent(name)
}

function OwnBackup({ facts: { ownBackup } }: { readonly facts: Facts }) {
  const { server: texts } = usePageWords(settingsTexts)
  return (
    <Section title={texts.backup} about={texts.backupAbout}>
      <Line name={texts.kept}>
        {ownBackup.keptAt === undefined ? texts.notKept : <Instant at={ownBackup.keptAt} />}
      </Line>
      {ownBackup.vaults.length === 0 && (
        <Text size="sm" c="dimmed">
          {texts.noVaults}
        </Text>
      )}
      {ownBackup.vaults.map((kept) => (
        <KeptIn key={kept.vaultId} {...kept} />
      ))}
    </Section>
  )
}

function KeptIn({ vaultId, at, inTrouble }: Facts['ownBackup']['vaults'][number]) {
  const { server: texts } = usePageWords(settingsTexts)
  const { everywhere } = useWords()
  const naming = useNaming(vaultId)
  const name = naming.kind === 'named' ? naming.name : everywhere.unknown
  return (
    <Line name={texts.inVault(naming.kind === 'asking' ? '…' : name)}>
      {at === undefined ? texts.notYet : <Instant at={at} />}
      {inTrouble && (
        <Badge ml="sm" color="red" variant="light" tt="none">
          {texts.trouble}
        </Badge>
      )}
    </Line>
  )
}
