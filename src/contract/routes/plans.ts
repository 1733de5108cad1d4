/** Essential backup of an instance, and policies with their bindings. */
import { z } from 'zod'
import { bindingStatuses, planStatuses } from '../enums/plans.ts'
import { ids } from '../ids.ts'
import { listQuery, pageQuery } from '../paging.ts'
import { instanceResults } from '../records/instance.ts'
import { job } from '../records/job.ts'
import * as record from '../records/plan.ts'
import * as policyRecord from '../records/policy.ts'
import { accepted, created, empty, json, page, route } from '../route.ts'
import { timeOfDay } from '../wire/instant.ts'
import { label } from '../wire/text.ts'
import { administrators, backupOperators, readers } from './rights.ts'

const reading = { callers: readers, scope: 'read', object: 'plan', effect: 'none' } as const
const operating = {
  callers: backupOperators,
  scope: 'backup',
  object: 'plan',
  effect: 'none',
} as const

export const plans = {
  list: route({
    method: 'GET',
    path: '/plans',
    summary: 'Backup plans',
    query: listQuery(['activatedAt', 'nextRunAt', 'lastRunAt'], {
      instanceId: ids.instance.optional(),
      vaultId: ids.vault.optional(),
      policyId: ids.policy.optional(),
      status: z.array(z.enum(planStatuses)).max(planStatuses.length).optional(),
    }),
    answer: page(record.plan),
    repeat: 'safe',
    class: { ...reading, object: 'account' },
  }),
  get: route({
    method: 'GET',
    path: '/plans/{planId}',
    summary: 'A backup plan',
    answer: json(record.plan),
    repeat: 'safe',
    refusals: ['record.not-found'],
    class: reading,
  }),
  pause: route({
    method: 'POST',
    path: '/plans/{planId}/pause',
    summary: 'Make no more jobs; points stay and expire on their dates',
    answer: json(record.plan),
    repeat: 'same',
    refusals: ['record.not-found', 'plan.not-active'],
    class: operating,
  }),
  resume: route({
    method: 'POST',
    path: '/plans/{planId}/resume',
    summary: 'Make jobs again, from the next time that is due',
    answer: json(record.plan),
    repeat: 'same',
    refusals: ['record.not-found', 'plan.not-active'],
    class: operating,
  }),
  pauseMany: route({
    method: 'POST',
    path: '/plans/pause',
    summary: 'Pause many plans, by id or of all instances that fit; each has its own result',
    description:
      'One that cannot be paused stops none of the others. With `instances`, the answer to the first hundred says `next` while there are more.',
    body: record.planChoice,
    answer: json(record.planResults),
    repeat: 'same',
    refusals: ['record.not-found', 'page.cursor-refused'],
    class: operating,
  }),
  resumeMany: route({
    method: 'POST',
    path: '/plans/resume',
    summary: 'Resume many plans, by id or of all instances that fit; each has its own result',
    description: 'As `pauseMany`.',
    body: record.planChoice,
    answer: json(record.planResults),
    repeat: 'same',
    refusals: ['record.not-found', 'page.cursor-refused'],
    class: operating,
  }),
  proposeCancel: route({
    method: 'GET',
    path: '/plans/{planId}/cancel',
    summary: 'What cancelling would end and when, and the confirmation to type',
    answer: json(record.cancelProposal),
    repeat: 'safe',
    refusals: ['record.not-found'],
    class: reading,
  }),
  cancel: route({
    method: 'POST',
    path: '/plans/{planId}/cancel',
    summary:
      'Cancel backups: jobs end, the client is uninstalled; locked points stay until they expire',
    description:
      'Unlocked points go to the trash. The body repeats the confirmation of the proposal.',
    body: record.confirmed,
    answer: accepted(record.cancelProposal),
    repeat: 'same',
    refusals: ['record.not-found', 'confirmation.wrong'],
    class: {
      callers: administrators,
      scope: 'administer',
      object: 'plan',
      effect: 'mayEndPoints',
    },
  }),
  setPriority: route({
    method: 'PUT',
    path: '/plans/{planId}/priority',
    summary: 'Set the priority; it counts from the next job',
    body: record.priorityChange,
    answer: json(record.plan),
    repeat: 'same',
    refusals: ['record.not-found'],
    class: operating,
  }),
  setHooks: route({
    method: 'PUT',
    path: '/plans/{planId}/hooks',
    summary: 'Name what runs on the machine before and after a backup; from the next job on',
    description:
      'Names of hooks that the local policy of the machine declares. With a name that it does not declare the job fails with `hook.unknown` before anything is read.',
    body: policyRecord.hookNames,
    answer: json(record.plan),
    repeat: 'same',
    refusals: ['record.not-found', 'plan.not-active'],
    class: operating,
  }),
  proposeNextBackupTime: route({
    method: 'GET',
    path: '/plans/{planId}/next-backup-time',
    summary: 'What a new time of day would do, with the warning when today is skipped (C2)',
    query: z.strictObject({ timeOfDay }),
    answer: json(record.nextBackupTimeProposal),
    repeat: 'safe',
    refusals: ['record.not-found'],
    class: reading,
  }),
  setNextBackupTime: route({
    method: 'PUT',
    path: '/plans/{planId}/next-backup-time',
    summary: 'Modify the next backup time: the time of day, never the date (C2)',
    body: record.nextBackupTimeChange,
    answer: json(record.plan),
    repeat: 'same',
    refusals: ['record.not-found', 'plan.skip-unconfirmed'],
    class: operating,
  }),
  setKeepAtLeastOne: route({
    method: 'PUT',
    path: '/plans/{planId}/keep-at-least-one',
    summary: 'Keep at least one version, or no longer; off takes effect within an hour (C6)',
    body: record.keepAtLeastOneChange,
    answer: json(record.plan),
    repeat: 'same',
    refusals: ['record.not-found'],
    class: { ...operating, effect: 'mayEndPoints' },
  }),
  run: route({
    method: 'POST',
    path: '/plans/{planId}/run',
    summary: 'Back up now',
    answer: accepted(job),
    repeat: 'key',
    refusals: [
      'record.not-found',
      'plan.not-active',
      'job.under-way',
      'instance.not-running',
      'agent.unreachable',
    ],
    class: operating,
  }),
} as const

const readingPolicy = { ...reading, object: 'policy' } as const
const shaping = {
  callers: administrators,
  scope: 'administer',
  object: 'policy',
  effect: 'none',
} as const

export const policies = {
  list: route({
    method: 'GET',
    path: '/policies',
    summary: 'Backup policies',
    query: listQuery(['name', 'createdAt'], { search: label(200).optional() }),
    answer: page(policyRecord.policy),
    repeat: 'safe',
    class: { ...readingPolicy, object: 'account' },
  }),
  create: route({
    method: 'POST',
    path: '/policies',
    summary: 'Make a backup policy',
    body: policyRecord.newPolicy,
    answer: created(policyRecord.policy),
    repeat: 'key',
    refusals: ['record.exists', 'record.not-found', 'schedule.invalid'],
    class: { ...shaping, object: 'account' },
  }),
  get: route({
    method: 'GET',
    path: '/policies/{policyId}',
    summary: 'A backup policy',
    answer: json(policyRecord.policy),
    repeat: 'safe',
    refusals: ['record.not-found'],
    class: readingPolicy,
  }),
  update: route({
    method: 'PATCH',
    path: '/policies/{policyId}',
    summary: 'Change a policy; it counts from the next run and shortens no existing point (L6)',
    body: policyRecord.policyChange,
    answer: json(policyRecord.policy),
    repeat: 'same',
    refusals: ['record.not-found', 'record.exists', 'schedule.invalid'],
    class: { ...shaping, effect: 'mayShorten' },
  }),
  remove: route({
    method: 'DELETE',
    path: '/policies/{policyId}',
    summary: 'Delete a policy that is bound to nothing',
    answer: empty,
    repeat: 'same',
    refusals: ['record.not-found', 'policy.in-use'],
    class: shaping,
  }),
} as const

export const bindings = {
  list: route({
    method: 'GET',
    path: '/bindings',
    summary: 'Which policies are bound to which instances',
    query: pageQuery({
      policyId: ids.policy.optional(),
      instanceId: ids.instance.optional(),
      status: z.enum(bindingStatuses).optional(),
    }),
    answer: page(policyRecord.binding),
    repeat: 'safe',
    class: { ...reading, object: 'account' },
  }),
  create: route({
    method: 'POST',
    path: '/bindings',
    summary: 'Bind a policy to one or many instances; each has its own result',
    body: policyRecord.newBindings,
    answer: accepted(instanceResults),
    repeat: 'key',
    refusals: ['record.not-found', 'instance.not-found', 'plan.other-method', 'binding.exists'],
    class: { ...operating, object: 'policy' },
  }),
  update: route({
    method: 'PATCH',
    path: '/bindings/{bindingId}',
    summary: 'Pause or resume a binding, or change its sources, priority or hooks',
    body: policyRecord.bindingChange,
    answer: json(policyRecord.binding),
    repeat: 'same',
    refusals: ['record.not-found'],
    class: { ...operating, object: 'binding' },
  }),
  remove: route({
    method: 'DELETE',
    path: '/bindings/{bindingId}',
    summary: 'Unbind; backup points stay and expire on their dates, the last version too',
    answer: empty,
    repeat: 'same',
    refusals: ['record.not-found'],
    class: { ...operating, object: 'binding', effect: 'mayEndPoints' },
  }),
} as const
