/** Push over SSH (A2): the machine shows its key, a person compares it, and only then is it trusted. */
import {
  Alert,
  Button,
  Checkbox,
  Code,
  Group,
  NumberInput,
  Stack,
  Text,
  TextInput,
} from '@mantine/core'
import { useState } from 'react'
import { type CallAnswer, failureOf, routes } from '#contract'
import { api } from '../../../api/client.ts'
import { useAction } from '../../../api/queries.ts'
import { ProblemNotice } from '../../../parts/problem-notice.tsx'
import { useTell } from '../../../parts/toasts.tsx'
import { instancesTexts } from '../../../words/instances.ts'
import { usePageWords } from '../../../words/language.tsx'
import { useRights } from '../rights.ts'
import { touchedByPlans } from '../touched.ts'
import { RegionChoice, type Regions, useRegions } from './region-choice.tsx'

type HostKey = CallAnswer<typeof routes.distribution.findHostKey>
type Place = {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly keyName: string
  readonly name: string
}
const nowhere: Place = { host: '', port: 22, user: 'root', keyName: '', name: '' }

export function SshPush({ onClose }: { readonly onClose: () => void }) {
  const { adding } = usePageWords(instancesTexts)
  const { administers } = useRights()
  const regions = useRegions()
  const [place, setPlace] = useState(nowhere)
  const [hostKey, setHostKey] = useState<HostKey>()
  const [problem, setProblem] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  if (!administers) return <Text size="sm">{adding.sshOnlyAdmins}</Text>
  const ask = () => {
    const { host, port } = place
    setBusy(true)
    setProblem(undefined)
    api
      .call(routes.distribution.findHostKey, { query: { host, port } })
      .then(setHostKey, setProblem)
      .finally(() => setBusy(false))
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        ask()
      }}
    >
      <Stack>
        <RegionChoice regions={regions} />
        <PlaceFields
          place={place}
          onChange={(part) => {
            setPlace({ ...place, ...part })
            // Another machine has another key.
            setHostKey(undefined)
          }}
        />
        {problem !== undefined && <ProblemNotice problem={problem} />}
        {hostKey === undefined ? (
          <Group>
            <Button type="submit" loading={isBusy}>
              {adding.ask}
            </Button>
          </Group>
        ) : (
          <Trust place={place} hostKey={hostKey} regions={regions} onClose={onClose} />
        )}
      </Stack>
    </form>
  )
}

function PlaceFields({
  place,
  onChange,
}: {
  readonly place: Place
  readonly onChange: (part: Partial<Place>) => void
}) {
  const { adding } = usePageWords(instancesTexts)
  const field = (key: 'host' | 'user' | 'keyName' | 'name') => ({
    value: place[key],
    onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
      onChange({ [key]: event.currentTarget.value.trimStart() }),
    autoComplete: 'off',
  })
  return (
    <>
      <Group grow align="flex-start" preventGrowOverflow={false}>
        <TextInput label={adding.host} description={adding.hostHint} required {...field('host')} />
        <NumberInput
          label={adding.port}
          description=" "
          value={place.port}
          onChange={(port) => onChange({ port: Number(port) })}
          min={1}
          max={65_535}
          allowDecimal={false}
          maw={110}
        />
      </Group>
      <TextInput label={adding.user} required {...field('user')} />
      <TextInput
        label={adding.keyName}
        description={adding.keyHint}
        required
        {...field('keyName')}
      />
      <TextInput label={adding.name} placeholder={place.host} {...field('name')} />
    </>
  )
}

function Trust({
  place,
  hostKey,
  regions,
  onClose,
}: {
  readonly place: Place
  readonly hostKey: HostKey
  readonly regions: Regions
  readonly onClose: () => void
}) {
  const { adding } = usePageWords(instancesTexts)
  const tell = useTell()
  const [isSame, setSame] = useState(false)
  const create = useAction(routes.instances.create, { touches: touchedByPlans })
  const activate = useAction(routes.instances.activate, { touches: touchedByPlans })
  const install = async () => {
    if (regions.chosen === undefined) return
    const { host, port, user, keyName, name } = place
    const ssh = { host, port, user, keyName, hostKeyDigest: hostKey.hostKeyDigest }
    const body = { regionId: regions.chosen, name: name.trim() === '' ? host : name.trim(), ssh }
    const { instanceId } = await create.mutateAsync({ body })
    const { results } = await activate.mutateAsync({ body: { instanceIds: [instanceId] } })
    const refused = results.find(({ accepted }) => !accepted)?.problem
    if (refused !== undefined) throw failureOf(refused)
    tell.done(adding.installing)
    onClose()
  }
  return (
    <Alert variant="light" color="blue" title={adding.hostKey}>
      <Stack gap="sm">
        <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {`${hostKey.fingerprint} (${hostKey.type})`}
        </Code>
        <Text size="sm">{adding.compare}</Text>
        <Code>for key in /etc/ssh/ssh_host_*.pub; do ssh-keygen -l -f "$key"; done</Code>
        <Checkbox
          label={adding.same}
          checked={isSame}
          onChange={(event) => setSame(event.currentTarget.checked)}
        />
        <Group>
          <Button
            disabled={!isSame}
            loading={create.isPending || activate.isPending}
            onClick={() => void install().catch(tell.problem)}
          >
            {adding.install}
          </Button>
        </Group>
      </Stack>
    </Alert>
  )
}
