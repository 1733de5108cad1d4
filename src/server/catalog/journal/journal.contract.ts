/** The audit log and the alerts. */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { sql } from 'kysely'
import { transact } from '../database/transact.ts'
import {
  dayOne,
  hour,
  minute,
  type OpenDatabase,
  type World,
  worldTest,
} from '../world.contract.ts'
import {
  type AlertDraft,
  endAlert,
  listAlerts,
  listChannels,
  markAlertRead,
  markAlertsRead,
  putChannel,
  raiseAlert,
  takeDeliveries,
  updateDelivery,
} from './alerts.ts'
import {
  type AuditEvent,
  addAuditEvent,
  findAuditHead,
  listAudit,
  verifyAudit,
} from './audit-log.ts'

export function journalContract(name: string, open: () => Promise<OpenDatabase>): void {
  const inWorld = worldTest(name, open)
  describeAudit(inWorld)
  describeAuditFilters(inWorld)
  describeLongChains(inWorld)
  describeReading(inWorld)

  inWorld('an alert that is raised again is the same one, until it ends (H4)', async (world) => {
    const channel = await addChannel(world)
    const first = await raiseAlert(world.db, draft(world), [channel])
    const again = await raiseAlert(world.db, { ...draft(world), raisedAt: dayOne + hour }, [
      channel,
    ])
    deepEqual([again.id, again.occurrences, again.lastAt], [first.id, 2, dayOne + hour])
    equal(await endAlert(world.db, first, dayOne + hour), true)
    equal(await endAlert(world.db, first, dayOne + hour), false)
    const next = await raiseAlert(world.db, draft(world), [])
    ok(next.id !== first.id)
    const standing = await listAlerts(
      world.db,
      { accountId: world.accountId, standing: true },
      { limit: 9 },
    )
    deepEqual(
      standing.items.map(({ id }) => id),
      [next.id],
    )
    ok(await markAlertRead(world.db, next, dayOne))
    const unread = await listAlerts(
      world.db,
      { accountId: world.accountId, unread: true },
      { limit: 9 },
    )
    deepEqual(
      unread.items.map(({ id }) => id),
      [first.id],
    )
  })

  inWorld(
    'a delivery is taken by one server, and due again when that one dies (H4)',
    async (world) => {
      await using other = await world.openAnother()
      const channel = await addChannel(world)
      const alert = await raiseAlert(world.db, draft(world), [channel])
      const times = { now: dayOne, nextTryAt: dayOne + minute, limit: 10 }
      const taken = await Promise.all([
        takeDeliveries(world.db, times),
        takeDeliveries(other.db, times),
      ])
      equal(taken.flat().length, 1)
      deepEqual(await takeDeliveries(world.db, times), [])
      const [second] = await takeDeliveries(world.db, { ...times, now: times.nextTryAt })
      deepEqual([second?.alertId, second?.attempts], [alert.id, 2])
      ok(second)
      await updateDelivery(world.db, second, { dueAt: null, deliveredAt: dayOne + minute })
      deepEqual(await takeDeliveries(world.db, { ...times, now: dayOne + hour }), [])
    },
  )
}

function describeLongChains(inWorld: ReturnType<typeof worldTest>): void {
  inWorld('a long chain is walked in parts: others are served in between (H6)', async (world) => {
    await transact(world.db, async (trx) => {
      for (let at = 0; at < 2_100; at++) await addAuditEvent(trx, event(world, `act-${at}`))
    })
    let turns = 0
    let isOver = false
    const turn = () => {
      turns++
      if (!isOver) setImmediate(turn)
    }
    setImmediate(turn)
    equal(await verifyAudit(world.db, world.accountId), undefined)
    isOver = true
    ok(turns >= 4, `others had ${turns} turns`)
  })
}

function describeReading(inWorld: ReturnType<typeof worldTest>): void {
  inWorld(
    'all alerts until a time are read at once, none that came later or of others',
    async (world) => {
      const { db, accountId } = world
      await raiseAlert(db, { ...draft(world), topic: 'a' }, [])
      const later = { ...draft(world), topic: 'b', raisedAt: dayOne + hour }
      const { id } = await raiseAlert(db, { ...later, id: world.catalog.newId('alert') }, [])
      const unread = async () =>
        (await listAlerts(db, { accountId, unread: true }, { limit: 9 })).items.map((one) => one.id)
      await markAlertsRead(db, { accountId: 'a-nobody' as never, until: dayOne + hour }, dayOne)
      equal((await unread()).length, 2)
      await markAlertsRead(db, { accountId, until: dayOne }, dayOne)
      deepEqual(await unread(), [id])
    },
  )
}

function describeAuditFilters(inWorld: ReturnType<typeof worldTest>): void {
  inWorld('rows are found by who, what and when, the newest first (H6)', async (world) => {
    for (let at = 0; at < 6; at++) await addAuditEvent(world.db, event(world, `act-${at % 2}`))
    const { caller, callerName, at } = event(world, 'act-0')
    const { accountId } = world
    const found = async (filter: object) => {
      const { items } = await listAudit(world.db, { accountId, ...filter }, { limit: 10 })
      return items.map(({ sequence }) => sequence)
    }
    const always = { from: at - 1, before: at + 1_000_000 }
    deepEqual(await found({ action: 'act-1' }), [6, 4, 2])
    deepEqual(await found({ action: 'act-1', caller, callerName, ...always }), [6, 4, 2])
    deepEqual(await found({ action: 'act-1', before: at - 1 }), [])
    deepEqual(await found(always), [6, 5, 4, 3, 2, 1])
    deepEqual(await found({ callerName: 'nobody', ...always }), [])
  })
}

function describeAudit(inWorld: ReturnType<typeof worldTest>): void {
  inWorld('audit rows can be added, and by no statement changed or removed (H6)', async (world) => {
    await addAuditEvent(world.db, event(world, 'plan.pause'))
    const attempts = [
      sql`update audit_log set result = 'refused'`,
      sql`delete from audit_log`,
      world.catalog.engine === 'sqlite'
        ? sql`insert or replace into audit_log select * from audit_log`
        : sql`truncate audit_log`,
    ]
    for (const attempt of attempts) await rejects(attempt.execute(world.db), /only added to/)
    equal(await verifyAudit(world.db, world.accountId), undefined)
  })

  inWorld('a chain that was edited past the triggers is found broken (A09)', async (world) => {
    for (let at = 0; at < 5; at++) await addAuditEvent(world.db, event(world, `act-${at}`))
    await dropTriggers(world)
    await sql`update audit_log set caller_name = 'nobody' where sequence = 3`.execute(world.db)
    deepEqual(await verifyAudit(world.db, world.accountId), {
      sequence: 3,
      problem: 'changed',
    })
    await sql`delete from audit_log where sequence = 3`.execute(world.db)
    deepEqual(await verifyAudit(world.db, world.accountId), {
      sequence: 3,
      problem: 'missing',
    })
  })

  inWorld('a chain whose end was cut off is found broken (A09)', async (world) => {
    for (let at = 0; at < 3; at++) await addAuditEvent(world.db, event(world, `act-${at}`))
    await dropTriggers(world)
    await sql`delete from audit_log where sequence = 3`.execute(world.db)
    const problem = 'cut' as const
    deepEqual(await verifyAudit(world.db, world.accountId), { sequence: 3, problem })
  })

  inWorld('two servers add to one chain at once, and it stays whole', async (world) => {
    await using other = await world.openAnother()
    const adding = Array.from({ length: 24 }, (_, at) =>
      addAuditEvent(at % 2 === 0 ? world.db : other.db, event(world, `act-${at}`)),
    )
    const sequences = (await Promise.all(adding)).map(({ sequence }) => sequence)
    deepEqual(
      sequences.toSorted((a, b) => a - b),
      Array.from({ length: 24 }, (_, at) => at + 1),
    )
    equal(await verifyAudit(world.db, world.accountId), undefined)
  })

  inWorld(
    'an event of work that failed is not in the log; accounts have chains of their own',
    async (world) => {
      const failing = transact(world.db, async (trx) => {
        await addAuditEvent(trx, event(world, 'undone'))
        throw new Error('on purpose')
      })
      await rejects(failing, /on purpose/)
      equal((await findAuditHead(world.db, world.accountId)).sequence, 0)
      await addAuditEvent(world.db, { ...event(world, 'server.start'), accountId: null })
      await addAuditEvent(world.db, event(world, 'first'))
      const filter = { accountId: world.accountId, results: ['done'], from: dayOne } as const
      const { items } = await listAudit(world.db, filter, { limit: 10 })
      deepEqual(
        items.map(({ action, sequence }) => [action, sequence]),
        [['first', 1]],
      )
      deepEqual(items[0]?.detail, { before: 1, after: 'two' })
    },
  )
}

async function dropTriggers(world: World): Promise<void> {
  const triggers =
    world.catalog.engine === 'sqlite'
      ? ['drop trigger audit_log_no_update', 'drop trigger audit_log_no_delete']
      : ['drop trigger audit_log_no_change on audit_log']
  for (const statement of triggers) await sql.raw(statement).execute(world.db)
}

function event(world: World, action: string): AuditEvent {
  return {
    id: world.catalog.newId('audit'),
    at: dayOne,
    accountId: world.accountId,
    caller: 'u-1',
    callerName: 'ada',
    address: '192.0.2.7',
    action,
    target: world.planId,
    result: 'done',
    detail: { before: 1, after: 'two' },
  }
}

async function addChannel(world: World) {
  const id = world.catalog.newId('channel')
  await putChannel(world.db, {
    id,
    accountId: world.accountId,
    kind: 'email',
    name: 'operators',
    settings: { to: ['ops@example.org'] },
    sealedSecret: null,
    enabled: true,
    createdAt: dayOne,
    updatedAt: dayOne,
  })
  deepEqual((await listChannels(world.db, world.accountId))[0]?.enabled, true)
  return id
}

function draft(world: World): AlertDraft {
  return {
    id: world.catalog.newId('alert'),
    accountId: world.accountId,
    regionId: null,
    kind: 'BACKUP_FAILED',
    level: 'critical',
    instanceId: world.instanceId,
    vaultId: null,
    jobId: null,
    topic: `backup-failed:${world.planId}`,
    facts: { code: 'storage.full' },
    raisedAt: dayOne,
  }
}
