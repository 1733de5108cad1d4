// What happened reaches people: real catalog, real mail over STARTTLS, real webhooks; only the clock is the test's.

import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { listAlerts, listChannels, noticeClearing, updatePlan, updateVault } from '#server'
import {
  addMachine,
  addWebhook,
  complete,
  day,
  dayOne,
  failed,
  hour,
  makeNoticeWorld,
  minute,
  type NoticeWorld,
  readMail,
  runOf,
  signal,
} from './notice-world.ts'
import { addOwner, addRestore } from './people.ts'

test('a failed backup is in the inbox and in the mail of the account at once, in Chinese (H4)', async () => {
  await using world = await makeNoticeWorld()
  await world.speak('zh')
  const notices = world.notices()
  await notices.raise(failed(world))
  equal((await inbox(world)).length, 1)
  await notices.run(signal)
  const [mail] = world.mail.mails
  ok(mail !== undefined)
  deepEqual(mail.to, ['ops@example.org'])
  const { subject, text, html } = readMail(mail)
  equal(subject, '[Holdfast] 严重: 实例 web-1 备份失败')
  match(text, /没有生成新的备份版本：The storage is full\./)
  match(text, /处理建议/)
  match(text, /备份库: main \(v-/)
  match(text, /2026-09-21 22:13 \(Asia\/Shanghai\)/)
  match(text, /https:\/\/backup\.example\.org\/alerts\/al-/)
  match(html, /<html lang="zh">/)
})

test('what goes on is one alert and one mail, until a day has passed; the end is told too (H4)', async () => {
  await using world = await makeNoticeWorld()
  const notices = world.notices()
  for (let times = 0; times < 5; times++) {
    await notices.raise(failed(world))
    await notices.run(signal)
    world.clock.advance(hour)
  }
  equal(world.mail.mails.length, 1)
  const [alert] = await inbox(world)
  equal(alert?.occurrences, 5)
  world.clock.advance(day)
  await notices.raise(failed(world))
  await notices.run(signal)
  deepEqual([world.mail.mails.length, (await inbox(world)).length], [2, 1])
  await notices.raise(complete(world))
  await notices.run(signal)
  await notices.run(signal)
  const subjects = world.mail.mails.map((mail) => readMail(mail).subject)
  deepEqual(subjects, [
    '[Holdfast] Critical: Backup of web-1 failed',
    '[Holdfast] Critical: Backup of web-1 failed',
    '[Holdfast] Notice: Over: Backup of web-1 failed',
  ])
  const mails = world.mail.mails.map(readMail)
  equal(new Set(mails.map(({ references }) => references)).size, 1)
  equal(new Set(mails.map(({ id }) => id)).size, 3)
  await notices.raise(failed(world))
  await notices.run(signal)
  deepEqual([world.mail.mails.length, (await inbox(world)).length], [4, 2])
})

test('a fact that is raised again after a restart changes nothing (H4)', async () => {
  await using world = await makeNoticeWorld()
  const fact = failed(world)
  await world.notices().raise(fact)
  await world.restart()
  const notices = world.notices()
  await notices.raise(fact)
  await notices.run(signal)
  equal((await inbox(world))[0]?.occurrences, 1)
  equal(world.mail.mails.length, 1)
})

test('a plan that is well again ends its own alerts and those of cancelled plans, not those of others', async () => {
  await using world = await makeNoticeWorld()
  const notices = world.notices()
  const other = await addMachine(world.catalog, { ...world, name: 'db-1' })
  await notices.raise(failed(world))
  await notices.raise({ ...failed(world), ...{ planId: other.planId } })
  await notices.raise(failed(world, other))
  await notices.raise(complete(world))
  const left = async () =>
    (await standing(world)).map(({ facts }) => `${facts['instanceName']} ${facts['planId']}`).sort()
  deepEqual(await left(), [`db-1 ${other.planId}`, `web-1 ${other.planId}`])
  await updatePlan(
    world.db,
    { id: other.planId, expected: ['ACTIVE'] },
    {
      status: 'CANCELED',
      canceledAt: dayOne,
      nextDueAt: null,
    },
  )
  await notices.raise(complete(world))
  deepEqual(await left(), [`db-1 ${other.planId}`])
})

test('a partial version ends what said that there is none, and a complete one ends the partial (B6, H4)', async () => {
  await using world = await makeNoticeWorld()
  const notices = world.notices()
  await notices.raise(failed(world))
  const counts = { failedCount: 3, skippedCount: 2, inconsistentCount: 1 }
  await notices.raise({ kind: 'BACKUP_PARTIAL', ...runOf(world), ...counts })
  deepEqual(
    (await standing(world)).map(({ kind }) => kind),
    ['BACKUP_PARTIAL'],
  )
  await notices.raise(complete(world))
  deepEqual(await standing(world), [])
})

test('a webhook carries a signature over time and body, and an id of the delivery (H4)', async () => {
  await using world = await makeNoticeWorld()
  await addWebhook(world, { name: 'hook' })
  const notices = world.notices()
  await notices.raise(failed(world))
  await notices.run(signal)
  const [post] = world.receiver.posts
  ok(post !== undefined)
  const [, seconds, proof] =
    /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(post.headers['holdfast-signature'])) ?? []
  equal(Number(seconds), world.clock.now().wallMs / 1000)
  equal(
    proof,
    createHmac('sha256', 'a shared secret').update(`${seconds}.${post.body}`).digest('hex'),
  )
  const body = JSON.parse(post.body)
  const [alert] = await inbox(world)
  deepEqual(
    [body.event, body.alertKind, body.alertId, body.instanceName, body.id],
    ['alert.raised', 'BACKUP_FAILED', alert?.id, 'web-1', post.headers['holdfast-delivery']],
  )
})

test('a channel that is down for hours is tried ever less often, and gets the message once, under one id (H4)', async () => {
  await using world = await makeNoticeWorld()
  await addWebhook(world, { name: 'hook' })
  world.receiver.state.status = 503
  const notices = world.notices()
  await notices.raise(failed(world))
  for (let passed = 0; passed < 5 * hour; passed += minute) {
    await notices.run(signal)
    world.clock.advance(minute)
  }
  // Half a minute, then double each time up to an hour.
  ok(
    world.receiver.state.tries >= 9 && world.receiver.state.tries <= 13,
    String(world.receiver.state.tries),
  )
  equal(world.mail.mails.length, 1, 'another channel does not wait for it')
  const channel = (await deliveries(world)).find(({ deliveredAt }) => deliveredAt === null)
  match(channel?.problem ?? '', /answered 503/)
  world.receiver.state.status = 200
  for (let passed = 0; passed < 2 * hour; passed += minute) {
    await notices.run(signal)
    world.clock.advance(minute)
  }
  equal(world.receiver.posts.length, 1)
})

test('a channel that does not work costs one try a round, whatever waits for it (H4)', async () => {
  await using world = await makeNoticeWorld()
  await addWebhook(world, { name: 'hook' })
  world.receiver.state.status = 500
  const notices = world.notices()
  for (let number = 0; number < 20; number++) {
    const machine = await addMachine(world.catalog, { ...world, name: `node-${number}` })
    await notices.raise(failed(world, machine))
  }
  await notices.run(signal)
  equal(world.receiver.state.tries, 1)
  world.receiver.state.status = 200
  world.clock.advance(minute)
  await notices.run(signal)
  equal(new Set(world.receiver.posts.map(({ body }) => JSON.parse(body).instanceName)).size, 20)
})

test('what waits survives a restart, and what was under way when a server died comes again under its id (H4)', async () => {
  await using world = await makeNoticeWorld()
  await addWebhook(world, { name: 'hook' })
  await world.notices().raise(failed(world))
  await world.restart()
  await world.notices().run(signal)
  equal(world.receiver.posts.length, 1)
  // As if the server had died between sending and writing that down.
  await world.db
    .updateTable('alertDeliveries')
    .set({ dueAt: world.clock.now().wallMs + 10 * minute, deliveredAt: null })
    .execute()
  await world.restart()
  await world.notices().run(signal)
  equal(world.receiver.posts.length, 1)
  world.clock.advance(10 * minute)
  await world.notices().run(signal)
  const ids = world.receiver.posts.map(({ headers }) => headers['holdfast-delivery'])
  equal(ids.length, 2)
  equal(new Set(ids).size, 1)
  equal(new Set(world.mail.mails.map((mail) => readMail(mail).id)).size, 1)
  equal((await inbox(world)).length, 1)
})

test('after three days a message is no news: it is given up, and the inbox still has it (H4)', async () => {
  await using world = await makeNoticeWorld()
  world.mail.state.refusesAuth = true
  const notices = world.notices()
  await notices.raise(failed(world))
  for (let hours = 0; hours <= 80; hours += 16) {
    await notices.run(signal)
    world.clock.advance(16 * hour)
  }
  const [delivery] = await deliveries(world)
  deepEqual([delivery?.dueAt, delivery?.deliveredAt], [null, null])
  match(delivery?.problem ?? '', /refused: Invalid login: 535/)
  equal((await inbox(world)).length, 1)
})

test('a hundred machines that fail together are one mail, and a hundred calls for a program (H4)', async () => {
  await using world = await makeNoticeWorld()
  await addWebhook(world, { name: 'program' })
  await addWebhook(world, { name: 'chat', form: 'slack', path: '/chat' })
  const notices = world.notices()
  for (let number = 0; number < 60; number++) {
    const machine = await addMachine(world.catalog, { ...world, name: `node-${number}` })
    await notices.raise(failed(world, machine))
  }
  await notices.run(signal)
  equal(world.mail.mails.length, 1)
  const { subject, text } = readMail(world.mail.mails[0] ?? { to: [], source: '' })
  equal(subject, '[Holdfast] Critical: 60 alerts')
  match(text, /Critical · Backup of node-7 failed/)
  match(text, /and 10 more/)
  const paths = world.receiver.posts.map(({ path }) => path)
  equal(paths.filter((path) => path === '/chat').length, 1)
  equal(paths.filter((path) => path === '/hook').length, 60)
})

test('a vault that is set to off is silent, but for the inbox; custom channels are told alone (H4)', async () => {
  await using world = await makeNoticeWorld()
  const hook = await addWebhook(world, { name: 'night shift' })
  await addWebhook(world, { name: 'others', path: '/others' })
  const notices = world.notices()
  await updateVault(world.db, world.vaultId, { alertSetting: 'off' })
  await notices.raise(failed(world))
  await notices.run(signal)
  deepEqual(
    [(await inbox(world)).length, world.mail.mails.length, world.receiver.posts.length],
    [1, 0, 0],
  )
  await notices.raise(complete(world))
  await updateVault(world.db, world.vaultId, { alertSetting: 'custom', alertChannels: [hook] })
  await notices.raise(failed(world))
  await notices.run(signal)
  deepEqual([world.mail.mails.length, world.receiver.posts.map(({ path }) => path)], [0, ['/hook']])
})

test('A18: hostile names are text in mail, chat and JSON', async () => {
  await using world = await makeNoticeWorld()
  await addWebhook(world, { name: 'chat', form: 'slack', path: '/chat' })
  const notices = world.notices()
  const instanceName =
    '<img src=x onerror=alert(1)>\u202e@channel <!here> *x* http://evil.example www.evil.example'
  await notices.raise(failed(world, { instanceName }))
  await notices.run(signal)
  const { html, text, subject } = readMail(world.mail.mails[0] ?? { to: [], source: '' })
  for (const part of [html, text, subject]) {
    ok(!/[\u202e]|http:\/\/evil|www\.evil/.test(part), part)
  }
  ok(!html.includes('<img'))
  match(html, /&lt;img src=x onerror=alert\(1\)&gt;/)
  match(subject, /\\u\{202e\}@channel/)
  const chat = JSON.parse(world.receiver.posts[0]?.body ?? '').text
  ok(!/<!here>|@channel|\*x\*|<img/.test(chat), chat)
})

test('a restore that failed is told to whoever asked for it, once (H4)', async () => {
  await using world = await makeNoticeWorld()
  const { asker, restoreJobId } = await addRestore(world)
  const notices = world.notices()
  const { accountId, regionId, at, instanceId, instanceName } = runOf(world)
  const fact = { accountId, regionId, at, instanceId, instanceName, restoreJobId }
  await notices.raise({ ...fact, kind: 'restore-failed', problem: 'The target is gone.' })
  await notices.raise({ ...fact, kind: 'restore-failed', problem: 'The target is gone.' })
  await notices.run(signal)
  await notices.run(signal)
  deepEqual(
    world.mail.mails.map(({ to }) => to),
    [[asker]],
  )
  match(readMail(world.mail.mails[0] ?? { to: [], source: '' }).subject, /Restore to web-1 failed/)
  deepEqual(await inbox(world), [])
})

test('an account without a contact writes to its owners; one without anybody says so', async () => {
  await using world = await makeNoticeWorld()
  await world.db.updateTable('accounts').set({ contact: '' }).execute()
  const notices = world.notices()
  await notices.raise(failed(world))
  await notices.run(signal)
  match((await deliveries(world))[0]?.problem ?? '', /nobody to send mail to/)
  await addOwner(world, 'owner@example.org')
  world.clock.advance(minute)
  await notices.run(signal)
  deepEqual(
    world.mail.mails.map(({ to }) => to),
    [['owner@example.org']],
  )
})

test('events end by silence: what was told yesterday is told again when it happens again', async () => {
  await using world = await makeNoticeWorld()
  const notices = world.notices()
  const { accountId, regionId, vaultId } = runOf(world)
  const raise = () =>
    notices.raise({
      kind: 'DELETION_REFUSED',
      ...{ accountId, regionId, vaultId, vaultName: 'main', at: world.clock.now().wallMs },
      text: 'Somebody tried to delete 3 locked points.',
    })
  await raise()
  await notices.run(signal)
  world.clock.advance(2 * day)
  await notices.run(signal)
  deepEqual(await standing(world), [])
  await raise()
  await notices.run(signal)
  deepEqual([world.mail.mails.length, (await inbox(world)).length], [2, 2])
})

test('an alert leaves the inbox a year after it has ended, with its deliveries; what stands stays', async () => {
  await using world = await makeNoticeWorld()
  const notices = world.notices()
  const other = await addMachine(world.catalog, { ...world, name: 'db-1' })
  await notices.raise(failed(world))
  await notices.raise(failed(world, other))
  await notices.run(signal)
  await notices.raise(complete(world))
  const clear = async (days: number) => {
    world.clock.advance(days * day)
    await noticeClearing(world.kernel()).run(signal)
    return [(await inbox(world)).length, (await deliveries(world)).length]
  }
  deepEqual(await clear(365), [2, 3])
  deepEqual(await clear(2), [1, 1])
})

async function inbox(world: NoticeWorld) {
  return (await listAlerts(world.db, { accountId: world.accountId }, { limit: 100 })).items
}

async function standing(world: NoticeWorld) {
  const filter = { accountId: world.accountId, standing: true } as const
  return (await listAlerts(world.db, filter, { limit: 100 })).items
}

async function deliveries(world: NoticeWorld) {
  ok((await listChannels(world.db, world.accountId)).length > 0)
  return await world.db.selectFrom('alertDeliveries').selectAll().execute()
}
