/**
 * The choice of one machine that can be worked on now: its client is activated. The server is asked as one types, so any
 * number of machines will do. `own` is offered with its note where the job concerns a machine of its own.
 */
import { Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { skipToken, useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { type Instance, type InstanceId, routes } from '#contract'
import { api } from '../api/client.ts'
import { keyOf, useCall } from '../api/queries.ts'
import { usePageWords } from '../words/language.tsx'
import { machinesChinese, machinesEnglish } from '../words/machines.ts'
import { ProblemNotice } from './problem-notice.tsx'

export type Machine = Pick<Instance, 'instanceId' | 'name'>

const typingMs = 250
const offeredMax = 30

export function MachineSelect({
  label,
  description,
  value,
  onChange,
  own,
}: {
  readonly label: string
  readonly description?: ReactNode
  readonly value: Machine | undefined
  readonly onChange: (machine: Machine) => void
  /** It stands first while nothing is typed, with a note such as "this machine" behind its name. */
  readonly own?: { readonly instanceId: InstanceId; readonly note: string }
}) {
  const words = usePageWords({ en: machinesEnglish, zh: machinesChinese })
  const labelOf = ({ instanceId, name }: Machine) =>
    own?.instanceId === instanceId ? `${name} (${own.note})` : name
  const [typed, setTyped] = useState('')
  const [settled] = useDebouncedValue(typed.trim(), typingMs)
  // The field shows the name of what is chosen, which is no search for it.
  const search = value !== undefined && settled === labelOf(value) ? '' : settled
  const found = useCall(
    routes.instances.list,
    {
      query: {
        clientStatus: ['ACTIVATED'],
        limit: offeredMax,
        ...(search === '' ? {} : { search }),
      },
    },
    { keepsPrevious: true },
  )
  const ownMachine = useOwn(own?.instanceId)
  const first = search === '' && ownMachine !== undefined ? [ownMachine] : []
  const offered = distinct([...first, ...(found.data?.items ?? [])])
  const known = distinct([...offered, ...(value === undefined ? [] : [value])])
  const shown = new Set<string>(offered.map(({ instanceId }) => instanceId))
  const hasMore = found.data?.next !== undefined
  return (
    <>
      <Select
        label={label}
        description={description ?? (hasMore ? words.more : undefined)}
        allowDeselect={false}
        searchable
        // The server searches; what is chosen stays known to the field also when it was not found.
        filter={({ options }) =>
          options.filter((option) => 'value' in option && shown.has(option.value))
        }
        data={known.map((machine) => ({ value: machine.instanceId, label: labelOf(machine) }))}
        value={value?.instanceId ?? null}
        searchValue={typed}
        onSearchChange={setTyped}
        onChange={(chosen) => {
          const machine = known.find(({ instanceId }) => instanceId === chosen)
          if (machine !== undefined) onChange(machine)
        }}
        nothingFoundMessage={found.isPending ? words.loading : words.none}
        {...(found.isSuccess && offered.length === 0 && search === ''
          ? { error: words.noneYet }
          : {})}
      />
      {found.isError && <ProblemNotice problem={found.error} onRetry={found.refetch} />}
    </>
  )
}

/** The own machine, if its client can be asked to do something. */
function useOwn(instanceId: InstanceId | undefined): Machine | undefined {
  const { data } = useQuery({
    queryKey: keyOf(routes.instances.get, { path: { instanceId } }),
    queryFn:
      instanceId === undefined
        ? skipToken
        : ({ signal }) => api.call(routes.instances.get, { path: { instanceId } }, { signal }),
  })
  return data?.client.status === 'ACTIVATED' ? data : undefined
}

function distinct(machines: readonly Machine[]): readonly Machine[] {
  return [...new Map(machines.map((machine) => [machine.instanceId, machine])).values()]
}
