/** One vault: what its lock keeps, how large it is, how it is looked after, and its points by the end of their retention. */
import { Alert, Button, Group, SimpleGrid, Tabs } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { routes, type Vault } from '#contract'
import { useAction, useCall } from '../../api/queries.ts'
import { formatInstant } from '../../parts/formats.tsx'
import { Loading } from '../../parts/loading.tsx'
import { Page } from '../../parts/page.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { ProblemText } from '../../parts/problem-text.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { useLanguage, usePageWords } from '../../words/language.tsx'
import { vaultsTexts } from '../../words/vaults.ts'
import { useVaultAbout } from './about.ts'
import { readVaultTab, vaultTabs } from './address.ts'
import { EditVault } from './edit-vault.tsx'
import { LockCard } from './lock-view.tsx'
import { PointList } from './point-list.tsx'
import { RaiseLock } from './raise-lock.tsx'
import { RemoveVault } from './remove-vault.tsx'
import { touchedByVaults, useVaultRights } from './rights.ts'
import { FactsCard, SizeCard, UpkeepCard } from './vault-cards.tsx'

const route = getRouteApi('/vaults/$vaultId')
const askEachMs = 60_000
type Dialog = 'edit' | 'raise' | 'remove'

export function VaultPage() {
  const { vaultId } = route.useParams()
  const texts = usePageWords(vaultsTexts)
  const { administers, owns } = useVaultRights()
  const aboutOf = useVaultAbout()
  const vault = useCall(routes.vaults.get, { path: { vaultId } }, { everyMs: askEachMs })
  const [dialog, setDialog] = useState<Dialog>()
  const close = () => setDialog(undefined)
  if (vault.isPending) return <Loading />
  if (vault.isError) return <ProblemNotice problem={vault.error} onRetry={vault.refetch} />
  const { name, lock, deletionDueAt } = vault.data
  const about = aboutOf(vault.data)
  const canRise = lock.state === 'off' || lock.state === 'governed'
  return (
    <Page
      title={name}
      about={about === '' ? undefined : <span dir="auto">{about}</span>}
      crumbs={[{ name: texts.title, to: '/vaults' }]}
      actions={
        <>
          {administers && (
            <Button variant="default" onClick={() => setDialog('edit')}>
              {texts.form.edit}
            </Button>
          )}
          {owns && deletionDueAt === undefined && (
            <Button variant="default" c="red" onClick={() => setDialog('remove')}>
              {texts.removal.action}
            </Button>
          )}
        </>
      }
    >
      <Notices vault={vault.data} />
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        <LockCard lock={lock} onRaise={owns && canRise ? () => setDialog('raise') : undefined} />
        <SizeCard vault={vault.data} />
        <UpkeepCard upkeep={vault.data.upkeep} />
      </SimpleGrid>
      <FactsCard vault={vault.data} />
      <Points vaultId={vaultId} />
      {dialog === 'edit' && <EditVault vault={vault.data} onClose={close} />}
      {dialog === 'raise' && <RaiseLock vault={vault.data} onClose={close} />}
      {dialog === 'remove' && <RemoveVault vault={vault.data} onClose={close} />}
    </Page>
  )
}

function Notices({ vault }: { readonly vault: Vault }) {
  const texts = usePageWords(vaultsTexts)
  const { locale } = useLanguage()
  const { problem, ownedElsewhere, deletionDueAt, vaultId } = vault
  return (
    <>
      {deletionDueAt !== undefined && (
        <Alert color="red" role="alert">
          <Group justify="space-between">
            {texts.removal.due(formatInstant(deletionDueAt, locale))}
            <Keep vaultId={vaultId} />
          </Group>
        </Alert>
      )}
      {problem !== undefined && (
        <Alert color="red" role="alert" title={texts.unknown} style={{ overflowWrap: 'anywhere' }}>
          <ProblemText problem={problem} />
        </Alert>
      )}
      {ownedElsewhere && <Alert color="gray">{texts.elsewhere}</Alert>}
    </>
  )
}

function Keep({ vaultId }: Pick<Vault, 'vaultId'>) {
  const { removal } = usePageWords(vaultsTexts)
  const { administers } = useVaultRights()
  const tell = useTell()
  const keep = useAction(routes.vaults.keep, { touches: touchedByVaults })
  if (!administers) return null
  return (
    <Button
      size="xs"
      loading={keep.isPending}
      onClick={() =>
        keep.mutate(
          { path: { vaultId } },
          { onSuccess: () => tell.done(removal.kept), onError: tell.problem },
        )
      }
    >
      {removal.keep}
    </Button>
  )
}

function Points({ vaultId }: { readonly vaultId: string }) {
  const { tabs } = usePageWords(vaultsTexts)
  const { tab = 'points' } = route.useSearch()
  const navigate = route.useNavigate()
  const open = (next: string | null) =>
    void navigate({ search: readVaultTab({ tab: next }), replace: true })
  return (
    <Tabs value={tab} onChange={open} keepMounted={false}>
      <Tabs.List mb="md">
        {vaultTabs.map((one) => (
          <Tabs.Tab key={one} value={one}>
            {tabs[one]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {vaultTabs.map((one) => (
        <Tabs.Panel key={one} value={one}>
          <PointList vaultId={vaultId} shown={one} onPoints={() => open('points')} />
        </Tabs.Panel>
      ))}
    </Tabs>
  )
}
