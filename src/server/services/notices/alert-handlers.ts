/** The inbox (H4). Titles and texts are made when they are read, in the language of the account or the one asked for. */
import { failure } from '#base'
import type { Alert as ShownAlert } from '#contract'
import {
  type Alert,
  type Delivery,
  listAlerts,
  listDeliveriesOf,
  markAlertRead,
  markAlertsRead,
} from '../../catalog/index.ts'
import type { HandlersOf } from '../../handler.ts'
import { accountOf } from '../../identity.ts'
import { pageAnswer, pageRequestOf } from '../../list-page.ts'
import { alertMessage, messageLines, type Reading } from './notice-message.ts'
import type { NoticeKernel, NoticePorts } from './notice-ports.ts'
import { wordsOf } from './notice-words.ts'
import { readReading } from './recipients.ts'

export function alertsHandlers(
  kernel: NoticeKernel,
  ports: Pick<NoticePorts, 'publicAddress' | 'language'>,
): HandlersOf<'alerts'> {
  const { db } = kernel.catalog
  return {
    async list({ query }, { identity }) {
      const accountId = accountOf(identity)
      const { limit, cursor, kind, level, language, ...filters } = query
      const page = await listAlerts(
        db,
        { accountId, kinds: kind, levels: level === undefined ? undefined : [level], ...filters },
        pageRequestOf({ limit, cursor }),
      )
      const deliveries = await listDeliveriesOf(
        db,
        page.items.map(({ id }) => id),
      )
      const ofAlert = Map.groupBy(deliveries, ({ alertId }) => alertId)
      const ofAccount = await readReading(db, accountId, ports)
      const reading = { ...ofAccount, language: language ?? ofAccount.language }
      const items = page.items.map((alert) => shown(alert, ofAlert.get(alert.id) ?? [], reading))
      return pageAnswer(items, page.next)
    },

    async markRead({ path }, { identity }) {
      const of = { id: path.alertId, accountId: accountOf(identity) }
      if (await markAlertRead(db, of, kernel.wallMs())) return undefined
      throw failure('record.not-found', { kind: 'alert', id: path.alertId })
    },

    async markAllRead({ body }, { identity }) {
      const of = { accountId: accountOf(identity), until: body.until }
      await markAlertsRead(db, of, kernel.wallMs())
      return undefined
    },
  }
}

/** @param deliveries that were tried, the oldest try first */
function shown(alert: Alert, deliveries: readonly Delivery[], reading: Reading): ShownAlert {
  const message = alertMessage(alert, reading, 'raised')
  const newest = new Map(deliveries.map((delivery) => [delivery.channelId, delivery]))
  return {
    alertId: alert.id,
    kind: alert.kind,
    level: alert.level,
    at: alert.raisedAt,
    occurrences: alert.occurrences,
    lastAt: alert.lastAt,
    title: message.title,
    text: messageLines(message, wordsOf(reading.language)).join('\n'),
    deliveries: [...newest.values()].map(({ channelId, deliveredAt, triedAt, problem }) => ({
      channelId,
      at: deliveredAt ?? triedAt ?? alert.lastAt,
      ...(problem === null ? {} : { problem }),
    })),
    ...(alert.endedAt === null ? {} : { endedAt: alert.endedAt }),
    ...(alert.instanceId === null ? {} : { instanceId: alert.instanceId }),
    ...(alert.vaultId === null ? {} : { vaultId: alert.vaultId }),
    ...(alert.readAt === null ? {} : { readAt: alert.readAt }),
    ...(isBackupJob(alert.jobId) ? { jobId: alert.jobId } : {}),
  }
}

function isBackupJob(id: Alert['jobId']): id is NonNullable<ShownAlert['jobId']> {
  return id?.startsWith('job-') === true
}
