/** What the list of instances shows, as it stands in its address: a link keeps it, and so does going back. */
import { type CallInput, type RunningStatus, type routes, runningStatuses } from '#contract'

type ListQuery = NonNullable<CallInput<typeof routes.instances.list>['query']>
export type InstanceSort = NonNullable<ListQuery['sort']>

/** Instances that were taken off the list are shown only when asked for: their points can still be restored. */
export const shownStatuses = [...runningStatuses, 'RELEASED'] as const
export type ShownStatus = RunningStatus | 'RELEASED'

export type InstanceFilter = {
  readonly search?: string
  readonly status?: ShownStatus
  readonly region?: string
  readonly tag?: string
  /** Only those without any version, whatever the cause (G1). */
  readonly backup?: 'none'
  readonly sort?: InstanceSort
  /** The drawer that adds instances is open. */
  readonly adding?: true
}

const sortKeys = ['name', 'lastBackupAt', 'nextBackupAt', 'capacityBytes', 'createdAt'] as const
const sorts: readonly InstanceSort[] = sortKeys.flatMap((key) => [key, `-${key}` as const])
const textMax = 200
const pageItems = 200

/** Of an address that anybody may have typed: what is not understood is left out. */
export function readInstanceFilter(search: Readonly<Record<string, unknown>>): InstanceFilter {
  const [text, region, tag] = [search['search'], search['region'], search['tag']].map(textOf)
  const status = shownStatuses.find((one) => one === search['status'])
  const sort = sorts.find((one) => one === search['sort'])
  return {
    ...(text === undefined ? {} : { search: text }),
    ...(status === undefined ? {} : { status }),
    ...(region === undefined ? {} : { region }),
    ...(tag === undefined ? {} : { tag }),
    ...(search['backup'] === 'none' ? { backup: 'none' } : {}),
    ...(sort === undefined ? {} : { sort }),
    ...(search['adding'] === true ? { adding: true } : {}),
  }
}

function textOf(value: unknown): string | undefined {
  // A search for a number stands as a number in an address.
  const text = typeof value === 'number' ? String(value) : value
  return typeof text === 'string' && text.trim() !== '' ? text.trim().slice(0, textMax) : undefined
}

export function listQueryOf(filter: InstanceFilter): ListQuery {
  const { search, status, region, tag, backup, sort = 'name' } = filter
  return {
    limit: pageItems,
    sort,
    ...(search === undefined ? {} : { search }),
    ...(status === 'RELEASED'
      ? { state: ['RELEASED'], hasVersion: true }
      : {
          state: ['RUNNING', 'STOPPED'],
          ...(backup === undefined ? {} : { hasVersion: false }),
        }),
    ...(status === undefined || status === 'RELEASED' ? {} : { runningStatus: [status] }),
    ...(region === undefined ? {} : { regionId: region }),
    ...(tag === undefined ? {} : { tag: [tag] }),
  }
}

export function isFiltered({ search, status, region, tag, backup }: InstanceFilter): boolean {
  return [search, status, region, tag, backup].some((part) => part !== undefined)
}
