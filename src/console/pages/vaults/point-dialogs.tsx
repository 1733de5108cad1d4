/** What is done with a point of a vault: held, released, kept longer, or deleted. */
import { Checkbox, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { type Point, routes } from '#contract'
import { useNaming } from '../../api/names.ts'
import { useAction } from '../../api/queries.ts'
import { ConfirmTyped } from '../../parts/confirm-typed.tsx'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { formatBytes, formatInstant, useNow } from '../../parts/formats.tsx'
import { shortId } from '../../parts/object-name.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { useLanguage, usePageWords } from '../../words/language.tsx'
import { vaultsTexts } from '../../words/vaults.ts'
import type { PointStep } from './point-steps.ts'
import { touchedByVaults } from './rights.ts'

type Given = {
  readonly point: Point
  /** Name of the instance. */
  readonly machine: string
  readonly onClose: () => void
}
const reasonMax = 255

export function PointDialog({
  step,
  ...about
}: Omit<Given, 'machine'> & { readonly step: PointStep }) {
  const { instanceId } = about.point
  const naming = useNaming(instanceId)
  // What is to be typed is the name alone, also of a machine that was removed.
  const machine = naming.kind === 'named' ? naming.name : shortId(instanceId)
  const given = { ...about, machine }
  switch (step) {
    case 'hold':
      return <Hold {...given} />
    case 'release':
      return <Release {...given} />
    case 'extend':
      return <Extend {...given} />
    case 'remove':
      return <Remove {...given} />
  }
}

function useDone(sentence: string, onClose: () => void): { readonly onSuccess: () => void } {
  const tell = useTell()
  return {
    onSuccess: () => {
      tell.done(sentence)
      onClose()
    },
  }
}

function pathOfPoint({ vaultId, pointId }: Point) {
  return { vaultId, pointId }
}

function Hold({ point, machine, onClose }: Given) {
  const { hold } = usePageWords(vaultsTexts)
  const action = useAction(routes.points.hold, { touches: touchedByVaults })
  const done = useDone(hold.done, onClose)
  const [reason, setReason] = useState('')
  const said = reason.trim()
  return (
    <FormDialog
      title={hold.title(machine)}
      action={hold.action}
      isReady={said !== ''}
      attempt={action}
      onSubmit={() => action.mutate({ path: pathOfPoint(point), body: { reason: said } }, done)}
      onClose={onClose}
    >
      <Text size="sm">{hold.says}</Text>
      <TextInput
        label={hold.reason}
        description={hold.reasonHint}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        maxLength={reasonMax}
        required
        data-autofocus
      />
    </FormDialog>
  )
}

function Release({ point, machine, onClose }: Given) {
  const { release } = usePageWords(vaultsTexts)
  const { locale } = useLanguage()
  const now = useNow()
  const action = useAction(routes.points.releaseHold, { touches: touchedByVaults })
  const done = useDone(release.done, onClose)
  const [reason, setReason] = useState('')
  const [isMissing, setMissing] = useState(false)
  const { expiresAt, holds } = point
  const end = (at: number) => (at > now ? release.ends : release.ended)(formatInstant(at, locale))
  const confirm = () => {
    const said = reason.trim()
    setMissing(said === '')
    if (said !== '') action.mutate({ path: pathOfPoint(point), body: { reason: said } }, done)
  }
  return (
    <ConfirmTyped
      title={release.title(machine)}
      says={[
        release.says(holds.map((hold) => hold.reason)),
        expiresAt === undefined ? release.forEver : end(expiresAt),
      ]}
      confirmation={machine}
      action={release.action}
      isBusy={action.isPending}
      problem={action.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      <TextInput
        label={release.reason}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        error={isMissing && release.reasonMissing}
        maxLength={reasonMax}
        withAsterisk
      />
    </ConfirmTyped>
  )
}

function Extend({ point, machine, onClose }: Given) {
  const { extend } = usePageWords(vaultsTexts)
  const { locale } = useLanguage()
  const action = useAction(routes.points.extend, { touches: touchedByVaults })
  const done = useDone(extend.done, onClose)
  const [day, setDay] = useState('')
  const [isForEver, setForEver] = useState(false)
  const { expiresAt } = point
  // The whole of the last day, where the viewer is.
  const until = Date.parse(`${day}T23:59:59`)
  const isLater = !Number.isNaN(until) && until > (expiresAt ?? Number.POSITIVE_INFINITY)
  const send = () => {
    const body = isForEver ? {} : { until: new Date(until).toISOString() }
    action.mutate({ path: pathOfPoint(point), body }, done)
  }
  return (
    <FormDialog
      title={extend.title(machine)}
      action={extend.action}
      isReady={isForEver || isLater}
      attempt={action}
      onSubmit={send}
      onClose={onClose}
    >
      <Text size="sm">{extend.says}</Text>
      {expiresAt !== undefined && (
        <Text size="sm" c="dimmed">
          {extend.now} {formatInstant(expiresAt, locale)}
        </Text>
      )}
      <TextInput
        type="date"
        label={extend.until}
        value={day}
        onChange={(event) => setDay(event.currentTarget.value)}
        disabled={isForEver}
        data-autofocus
      />
      <Checkbox
        label={extend.forEver}
        checked={isForEver}
        onChange={(event) => setForEver(event.currentTarget.checked)}
      />
    </FormDialog>
  )
}

function Remove({ point, machine, onClose }: Given) {
  const { remove } = usePageWords(vaultsTexts)
  const { locale } = useLanguage()
  const action = useAction(routes.points.remove, { touches: touchedByVaults })
  const done = useDone(remove.done, onClose)
  return (
    <ConfirmTyped
      title={remove.title(machine)}
      says={[remove.says, remove.lost(formatBytes(point.sourceBytes, locale))]}
      confirmation={machine}
      action={remove.action}
      isBusy={action.isPending}
      problem={action.error}
      onConfirm={() => action.mutate({ path: pathOfPoint(point) }, done)}
      onClose={onClose}
    />
  )
}
