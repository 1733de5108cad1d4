/** Overview, alerts, metering, audit, health and events. */
import { z } from 'zod'
import { alertKinds, alertLevels, auditResults, noticeLanguages } from '../enums/alerts.ts'
import { ids } from '../ids.ts'
import { pageQuery } from '../paging.ts'
import * as record from '../records/console.ts'
import { created, empty, events, json, page, route, text } from '../route.ts'
import { day, instant } from '../wire/instant.ts'
import { amount, label } from '../wire/text.ts'
import { administrators, anyone, backupOperators, readers } from './rights.ts'

const reading = { callers: readers, scope: 'read', object: 'account', effect: 'none' } as const
const ofChannel = {
  callers: administrators,
  scope: 'administer',
  object: 'channel',
  effect: 'none',
} as const

export const overview = {
  get: route({
    method: 'GET',
    path: '/overview',
    summary: 'Backed-up instances, their capacity, and instances without a backup (G1)',
    query: z.strictObject({ regionId: ids.region.optional() }),
    answer: json(record.overview),
    repeat: 'safe',
    class: reading,
  }),
  trend: route({
    method: 'GET',
    path: '/overview/trend',
    summary: 'The capacity of backed-up instances on each of the newest metered days',
    query: z.strictObject({
      regionId: ids.region.optional(),
      days: z.int().min(1).max(366).optional().meta({ default: 30 }),
    }),
    answer: json(record.overviewTrend),
    repeat: 'safe',
    class: reading,
  }),
} as const

export const alerts = {
  list: route({
    method: 'GET',
    path: '/alerts',
    summary: 'The inbox of alerts, newest first',
    query: pageQuery({
      kind: z.array(z.enum(alertKinds)).max(alertKinds.length).optional(),
      level: z.enum(alertLevels).optional(),
      /** Alerts of no region, such as one about the account, are in none. */
      regionId: ids.region.optional(),
      instanceId: ids.instance.optional(),
      unread: z.boolean().optional(),
      /** Whether the cause is still there. */
      standing: z.boolean().optional(),
      /** Of titles and texts; the account's when absent. */
      language: z.enum(noticeLanguages).optional(),
      from: instant.optional(),
      until: instant.optional(),
    }),
    answer: page(record.alert),
    repeat: 'safe',
    class: reading,
  }),
  markRead: route({
    method: 'PUT',
    path: '/alerts/{alertId}/read',
    summary: 'Mark an alert as read',
    answer: empty,
    repeat: 'same',
    refusals: ['record.not-found'],
    class: { ...reading, callers: [...backupOperators, 'restoreOperator'], object: 'alert' },
  }),
  markAllRead: route({
    method: 'PUT',
    path: '/alerts/read',
    summary: 'Mark all alerts as read that were raised until a time',
    body: z.strictObject({ until: instant }),
    answer: empty,
    repeat: 'same',
    class: { ...reading, callers: [...backupOperators, 'restoreOperator'] },
  }),
} as const

export const channels = {
  list: route({
    method: 'GET',
    path: '/alert-channels',
    summary: 'Where alerts go besides the inbox',
    query: pageQuery({}),
    answer: page(record.channel),
    repeat: 'safe',
    class: reading,
  }),
  create: route({
    method: 'POST',
    path: '/alert-channels',
    summary: 'Make a channel: e-mail or webhook',
    body: record.newChannel,
    answer: created(record.channel),
    repeat: 'key',
    refusals: ['record.exists'],
    class: { ...ofChannel, object: 'account' },
  }),
  update: route({
    method: 'PATCH',
    path: '/alert-channels/{channelId}',
    summary: 'Change a channel',
    body: record.channelChange,
    answer: json(record.channel),
    repeat: 'same',
    refusals: ['record.not-found', 'record.exists'],
    class: ofChannel,
  }),
  remove: route({
    method: 'DELETE',
    path: '/alert-channels/{channelId}',
    summary: 'Delete a channel',
    answer: empty,
    repeat: 'same',
    refusals: ['record.not-found'],
    class: ofChannel,
  }),
  test: route({
    method: 'POST',
    path: '/alert-channels/{channelId}/test',
    summary: 'Send a test alert and say what became of it',
    answer: json(record.delivery),
    repeat: 'key',
    refusals: ['record.not-found'],
    class: ofChannel,
  }),
} as const

export const metering = {
  days: route({
    method: 'GET',
    path: '/metering/days',
    summary: 'Metered capacity per day, and the instances that it is made of',
    query: pageQuery({ from: day, until: day }),
    answer: page(record.meteredDay),
    repeat: 'safe',
    class: reading,
  }),
  bill: route({
    method: 'GET',
    path: '/metering/bill',
    summary: 'What the days of a time cost, and its parts',
    query: z.strictObject({ from: day, until: day }),
    answer: json(record.bill),
    repeat: 'safe',
    class: reading,
  }),
  csv: route({
    method: 'GET',
    path: '/reports/metering',
    summary: 'What was metered on each day, for each instance and each item, as CSV',
    query: z.strictObject({ from: day, until: day }),
    answer: text('text/csv'),
    repeat: 'safe',
    class: { ...reading, audited: true },
  }),
  estimate: route({
    method: 'GET',
    path: '/metering/estimate',
    summary: 'What the account would cost with these instances too, before anything is activated',
    query: z.strictObject({
      instanceId: z.array(ids.instance).max(1_000).optional(),
      capacityBytes: amount.optional(),
      days: z.int().min(1).max(366).optional().meta({ default: 30 }),
    }),
    answer: json(record.bill),
    repeat: 'safe',
    refusals: ['instance.not-found'],
    class: reading,
  }),
} as const

const auditFilters = {
  from: instant.optional(),
  until: instant.optional(),
  who: label(254).optional(),
  action: label(64).optional(),
  object: label(128).optional(),
  result: z.enum(auditResults).optional(),
}
const auditors = ['owner', 'administrator', 'auditor'] as const

export const audit = {
  list: route({
    method: 'GET',
    path: '/audit',
    summary: 'Every call that changed something, took data out or was refused to, newest first',
    query: pageQuery(auditFilters),
    answer: page(record.auditEntry),
    repeat: 'safe',
    class: { ...reading, callers: auditors },
  }),
  csv: route({
    method: 'GET',
    path: '/reports/audit',
    summary: 'The audit log of a time as CSV',
    query: z.strictObject(auditFilters),
    answer: text('text/csv'),
    repeat: 'safe',
    class: { ...reading, callers: auditors, audited: true },
  }),
  verify: route({
    method: 'GET',
    path: '/audit/verification',
    summary: 'Whether the chain of the audit log is whole, and where it breaks first',
    answer: json(record.auditVerdict),
    repeat: 'safe',
    class: { ...reading, callers: auditors },
  }),
} as const

const watched = { callers: anyone, scope: undefined, object: 'nothing', effect: 'none' } as const

export const server = {
  health: route({
    method: 'GET',
    path: '/health',
    atRoot: true,
    summary: 'Whether the process lives',
    answer: json(record.health),
    repeat: 'safe',
    class: watched,
  }),
  readiness: route({
    method: 'GET',
    path: '/ready',
    atRoot: true,
    summary: 'Whether the server can do its work: catalog and vaults answer',
    answer: json(record.health),
    repeat: 'safe',
    refusals: ['server.not-ready'],
    class: watched,
  }),
  metrics: route({
    method: 'GET',
    path: '/metrics',
    atRoot: true,
    summary: 'Metrics of the server for Prometheus',
    answer: text('text/plain'),
    repeat: 'safe',
    class: { callers: administrators, scope: 'read', object: 'server', effect: 'none' },
  }),
  facts: route({
    method: 'GET',
    path: '/server',
    summary: 'What the server is: version, address, catalog, mail, and the backup of itself',
    answer: json(record.serverFacts),
    repeat: 'safe',
    class: { callers: administrators, scope: 'read', object: 'server', effect: 'none' },
  }),
  openapi: route({
    method: 'GET',
    path: '/openapi.json',
    summary: 'This description of the API',
    answer: text('application/json'),
    repeat: 'safe',
    class: watched,
  }),
  events: route({
    method: 'GET',
    path: '/events',
    summary: 'Changes as they happen (server-sent events)',
    description:
      'Goes on after the event named by the header Last-Event-ID; an event `stream.gap` says that some are lost.',
    query: z.strictObject({ regionId: ids.region.optional() }),
    answer: events(record.serverEvent),
    repeat: 'safe',
    class: reading,
  }),
} as const
