/** `holdfast audit`: who did what. */
import { auditResults, routes } from '#contract'
import type { Given } from '../../command.ts'
import { printable } from '../../printable.ts'
import { spanOf } from '../../remote/job-tables.ts'
import { limitOf, limitOption, tellList } from '../../remote/listing.ts'
import { oneOf } from '../../remote/option-words.ts'
import { writeStream } from '../../remote/report-lists.ts'
import { type Remote, serverCommand } from '../../remote/server-command.ts'
import { shownTime } from '../../remote/status-words.ts'
import { wireFields } from '../../remote/wire-fields.ts'

export const audit = serverCommand({
  name: 'audit',
  summary: 'who did what: the audit log, newest first',
  about: [
    'Lists every call that changed something, took data out or was refused to. For owners, administrators and auditors.',
  ],
  arguments: [],
  options: [
    { flags: '--since <when>', about: 'since a day, a time, or so long ago (2026-11-20, 7d)' },
    { flags: '--until <when>', about: 'until then' },
    { flags: '--who <who>', about: 'by whom: an e-mail address, or what else the list shows' },
    { flags: '--action <action>', about: 'as the list shows it' },
    { flags: '--object <id>', about: 'what it was done to' },
    { flags: '--result <result>', about: 'only such', choices: auditResults },
    { flags: '--csv', about: 'all of it as CSV' },
    limitOption,
  ],
  examples: [
    { line: 'holdfast audit --since 1d --result refused', about: 'what was tried' },
    { line: 'holdfast audit --since 2026-01-01 --csv > audit.csv', about: 'for an auditor' },
  ],
  exits: [],
  run,
})

async function run(remote: Remote, given: Given): Promise<number> {
  const { api, context } = remote
  const result = oneOf(given, 'result', auditResults)
  const text = (key: 'who' | 'action' | 'object') => {
    const value = given.text(key)
    return value === undefined ? {} : { [key]: value }
  }
  const query = {
    ...spanOf(given, context.machine.clock.now().wallMs),
    ...text('who'),
    ...text('action'),
    ...text('object'),
    ...(result === undefined ? {} : { result }),
  }
  if (given.flag('csv')) {
    await writeStream(context, await api.stream(routes.audit.csv, { query }))
    return 0
  }
  await tellList(remote, {
    event: 'audit-entry',
    items: api.list(routes.audit.list, { query: { ...query, limit: 100 } }),
    fields: (entry) => wireFields(routes.audit.list.answer.item, entry),
    none: 'There is no such entry.',
    limit: limitOf(given),
    columns: [
      { title: 'AT', show: ({ at }) => shownTime(at) },
      { title: 'WHO', show: ({ who }) => printable(who) },
      { title: 'FROM', show: ({ from }) => printable(from ?? '') },
      { title: 'RESULT', show: (entry) => entry.result },
      { title: 'ACTION', show: ({ action }) => printable(action) },
      { title: 'OBJECT', show: ({ object }) => printable(object ?? '') },
      { title: 'PROBLEM', show: ({ problem }) => printable(problem ?? '') },
    ],
  })
  return 0
}
