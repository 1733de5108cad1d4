/** `holdfast versions`: what can be restored through a control server. */
import { displayName } from '#base'
import { pointStatuses, routes, type Version } from '#contract'
import { formatBytes, formatCount } from '../../amounts.ts'
import type { Given } from '../../command.ts'
import { findInstance } from '../../remote/find-instance.ts'
import { oneInstance } from '../../remote/instance-argument.ts'
import { spanOf } from '../../remote/job-tables.ts'
import { limitOf, limitOption, tellList } from '../../remote/listing.ts'
import { oneOf } from '../../remote/option-words.ts'
import { type Remote, serverCommand } from '../../remote/server-command.ts'
import { shownTime } from '../../remote/status-words.ts'
import { wireFields } from '../../remote/wire-fields.ts'

export const versions = serverCommand({
  name: 'versions',
  summary: 'the backup versions of an instance, also of one that is gone',
  about: [
    'Lists the versions of an instance, newest first. Each has one point for each volume. `browse`, `download` and `recover` take a version as INSTANCE (the newest), INSTANCE@2026-11-20 (the newest of then), or by its id.',
  ],
  arguments: [oneInstance],
  options: [
    { flags: '--status <status>', about: 'only such', choices: pointStatuses },
    { flags: '--since <when>', about: 'made since a day, a time, or so long ago (2026-11-20, 7d)' },
    { flags: '--until <when>', about: 'made until then' },
    limitOption,
  ],
  examples: [
    { line: 'holdfast versions web-1', about: 'what there is of it' },
    { line: 'holdfast versions web-1 --until 2026-11-20', about: 'before the accident' },
  ],
  exits: [],
  run,
})

async function run(remote: Remote, given: Given): Promise<number> {
  const { api, names, context } = remote
  const { instanceId } = await findInstance(api, given.argument('INSTANCE'))
  const status = oneOf(given, 'status', pointStatuses)
  const query = {
    ...spanOf(given, context.machine.clock.now().wallMs),
    ...(status === undefined ? {} : { status }),
  }
  await tellList(remote, {
    event: 'version',
    items: api.list(routes.versions.list, { path: { instanceId }, query }),
    fields: (version) => wireFields(routes.versions.get.answer.schema, version),
    none: 'There is no such version.',
    limit: limitOf(given),
    learn: () => names.learnVaults(),
    columns: [
      { title: 'MADE', show: ({ createdAt }) => shownTime(createdAt) },
      { title: 'STATUS', show: statusWords },
      { title: 'FILES', align: 'right', show: ({ files }) => formatCount(files) },
      { title: 'SIZE', align: 'right', show: ({ sourceBytes }) => formatBytes(sourceBytes) },
      { title: 'STORED', align: 'right', show: ({ storedBytes }) => formatBytes(storedBytes) },
      { title: 'KEPT UNTIL', show: keptWords },
      { title: 'VAULT', show: ({ vaultId }) => names.vault(vaultId) },
      { title: 'ID', show: ({ versionId }) => versionId },
      {
        title: 'VOLUMES',
        show: ({ points }) => points.map((point) => displayName(point.path)).join(', '),
      },
    ],
  })
  return 0
}

function statusWords({ status, points }: Version): string {
  const failures = points.reduce((sum, { failureCount }) => sum + failureCount, 0)
  return failures === 0 ? status : `${status} (${formatCount(failures)})`
}

function keptWords({ expiresAt, points }: Version): string {
  if (points.some(({ holds }) => holds.length > 0)) return 'on hold'
  const trashed = points.find(({ trashedUntil }) => trashedUntil !== undefined)
  if (trashed !== undefined) return `trash, goes ${shownTime(trashed.trashedUntil)}`
  const until = shownTime(expiresAt) || 'forever'
  return `${until}${points.some(({ locked }) => locked) ? ', locked' : ''}`
}
