// Channels and the inbox through their handlers; every answer is written as the route says.

import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openMailer } from '#adapters/mail'
import { type AlertId, type ChannelId, routes, writeAnswer } from '#contract'
import { alertsHandlers, type CallContext, channelsHandlers, type NoticePorts } from '#server'
import { addAccount } from '../../src/server/catalog/world.contract.ts'
import {
  addMachine,
  contextOf,
  failed,
  hour,
  makeNoticeWorld,
  type NoticeWorld,
  ownerOf,
  signal,
} from './notice-world.ts'

const secret = 'SEC-0123456789abcdef-keep-me'

test('a new account has its contact as a channel; it can be changed, switched off and removed for good (H4)', async () => {
  await using world = await makeNoticeWorld()
  const { list, update, remove } = handlers(world)
  const [contact, ...more] = (await list()).items
  ok(contact !== undefined)
  deepEqual(more, [])
  deepEqual(
    [contact.name, contact.target],
    ['Account contact', { kind: 'email', to: ['ops@example.org'] }],
  )
  equal((await update(contact.channelId, { enabled: false })).enabled, false)
  const target = { kind: 'email', to: ['night@example.org'] } as const
  deepEqual((await update(contact.channelId, { target, enabled: true })).target, target)
  await remove(contact.channelId)
  deepEqual((await list()).items, [])
  await rejects(remove(contact.channelId), { code: 'record.not-found' })
})

test('the secret of a webhook and its address go in and never come out (I3)', async () => {
  await using world = await makeNoticeWorld()
  const { create, list, update } = handlers(world)
  const address = 'https://oapi.dingtalk.com/robot/send?access_token=hush-hush'
  const made = await create({
    name: 'robot',
    target: { kind: 'webhook', address, form: 'dingtalk' },
    secret,
  })
  const shownAddress = 'https://oapi.dingtalk.com/***'
  const shown = { kind: 'webhook', address: shownAddress, form: 'dingtalk' } as const
  deepEqual([made.target, made.signed], [shown, true])
  const again = await update(made.channelId, { target: shown, kinds: ['KEY_EVENT'] })
  const answers = JSON.stringify([made, again, await list()])
  ok(!/hush|keep-me/.test(answers), answers)
  await world.catalog.close()
  const stored = readFileSync(join(world.folder, 'catalog.db')).toString('latin1')
  ok(stored.includes('oapi.dingtalk.com'))
  ok(!/hush|keep-me/.test(stored))
  await world.restart()
})

test('stars that come back keep the address and the secret; another host gets neither', async () => {
  await using world = await makeNoticeWorld()
  const { create, update, test: send } = handlers(world)
  const target = {
    kind: 'webhook',
    address: `${world.receiver.address}/hush`,
    form: 'json',
  } as const
  const made = await create({ name: 'hook', target: { ...target }, secret })
  const stars = `${world.receiver.address}/***`
  await update(made.channelId, { name: 'renamed' })
  await update(made.channelId, { target: { ...target, address: stars } })
  deepEqual(await send(made.channelId), { delivered: true })
  const [post] = world.receiver.posts
  equal(post?.path, '/hush')
  match(String(post?.headers['holdfast-signature']), /^t=/)
  const moved = await update(made.channelId, {
    target: { ...target, address: world.receiver.address.replace('hook.', 'other.') },
  })
  equal(moved.signed, false)
  const signed = await update(made.channelId, { secret: 'another secret' })
  equal(signed.signed, true)
  equal((await update(made.channelId, { secret: '' })).signed, false)
})

test('a test says what became of it: sent, refused, not reached, not allowed (H4, A19)', async () => {
  await using world = await makeNoticeWorld()
  const { create, list, test: send } = handlers(world)
  const [contact] = (await list()).items
  ok(contact !== undefined)
  deepEqual(await send(contact.channelId), { delivered: true })
  equal(world.mail.mails.length, 1)
  const mailer = openMailer({ ...world.mail.config, password: 'wrong' })
  const refusing = await handlers(world, { ...world.ports, mailer }).test(contact.channelId)
  match(refusing.problem ?? '', /refused: Invalid login: 535.*Check sender/)
  mailer.close()
  const open = async (name: string, address: string) => {
    const target = { kind: 'webhook', address, form: 'json' } as const
    return await send((await create({ name, target })).channelId)
  }
  deepEqual(await open('hook', `${world.receiver.address}/`), { delivered: true })
  world.receiver.state.status = 403
  world.receiver.state.answer = 'an inner page'
  const refused = await open('refused', `${world.receiver.address}/`)
  equal(refused.delivered, false)
  match(refused.problem ?? '', /answered 403/)
  ok(!(refused.problem ?? '').includes('inner page'))
  match(
    (await open('metadata', 'http://metadata.example/latest')).problem ?? '',
    /hands out credentials/,
  )
  match((await open('inside', 'http://inside.example/')).problem ?? '', /not a public address/)
  const silent = await handlers(world, { ...world.ports, mailer: undefined }).test(
    contact.channelId,
  )
  match(silent.problem ?? '', /no mail server/)
})

test('a DingTalk robot gets a signed address and text; ntfy gets its topic and token; Teams a card (H4)', async () => {
  await using world = await makeNoticeWorld()
  const { create, test: send } = handlers(world)
  const open = async (form: 'dingtalk' | 'ntfy' | 'teams' | 'slack', path: string) => {
    const target = { kind: 'webhook', address: world.receiver.address + path, form } as const
    const made = await create({ name: form, target, secret })
    return await send(made.channelId)
  }
  world.receiver.state.answer = '{"errcode":0}'
  deepEqual(await open('dingtalk', '/robot/send?access_token=t'), { delivered: true })
  deepEqual(await open('ntfy', '/backups'), { delivered: true })
  deepEqual(await open('teams', '/flow'), { delivered: true })
  deepEqual(await open('slack', '/services/T/B'), { delivered: true })
  const [dingtalk, ntfy, teams, slack] = world.receiver.posts.map(({ body }) => JSON.parse(body))
  match(
    world.receiver.posts[0]?.path ?? '',
    /^\/robot\/send\?access_token=t&timestamp=\d{13}&sign=[\w%]+$/,
  )
  match(dingtalk.text.content, /^\[Holdfast\] Notice: This is a test/)
  deepEqual(
    [ntfy.topic, ntfy.title, world.receiver.posts[1]?.path],
    ['backups', 'This is a test', '/'],
  )
  equal(world.receiver.posts[1]?.headers.authorization, `Bearer ${secret}`)
  equal(teams.attachments[0].content.type, 'AdaptiveCard')
  match(slack.text, /^Notice: This is a test/)
  world.receiver.state.answer = '{"errcode":310000}'
  const target = {
    kind: 'webhook',
    address: `${world.receiver.address}/r`,
    form: 'dingtalk',
  } as const
  const made = await create({ name: 'wrong secret', target })
  match((await send(made.channelId)).problem ?? '', /error 310000/)
})

test('names are unique, channels of others are not there, secrets are for webhooks only', async () => {
  await using world = await makeNoticeWorld()
  const { create, update } = handlers(world)
  const target = { kind: 'email', to: ['a@example.org'] } as const
  const made = await create({ name: 'a', target })
  await rejects(create({ name: 'a', target }), { code: 'record.exists' })
  await rejects(create({ name: 'Account contact', target }), { code: 'record.exists' })
  await rejects(create({ name: 'b', target, secret }), { code: 'request.invalid' })
  const withPassword = {
    kind: 'webhook',
    address: 'https://me:pw@example.org/',
    form: 'json',
  } as const
  await rejects(create({ name: 'b', target: withPassword }), { code: 'request.invalid' })
  const ntfy = { kind: 'webhook', address: 'https://ntfy.sh/', form: 'ntfy' } as const
  await rejects(create({ name: 'b', target: ntfy }), { code: 'request.invalid' })
  const other = await addAccount(world.catalog, 'other')
  const stranger = contextOf({ ...userOf(world), accountId: other })
  const theirs = handlers(world, world.ports, stranger)
  await rejects(theirs.update(made.channelId, { name: 'mine' }), { code: 'record.not-found' })
  await rejects(theirs.remove(made.channelId), { code: 'record.not-found' })
  await rejects(theirs.test(made.channelId), { code: 'record.not-found' })
  equal((await update(made.channelId, { name: 'a' })).name, 'a')
})

test('the inbox shows what happened, to whom it went, when it was over and who has read it (H4)', async () => {
  await using world = await makeNoticeWorld()
  const notices = world.notices()
  world.mail.state.refusesAuth = true
  await notices.raise(failed(world))
  await notices.run(signal)
  world.clock.advance(hour)
  const other = await addMachine(world.catalog, { ...world, name: 'db-1' })
  await notices.raise(failed(world, other))
  const { alerts, read } = inbox(world)
  const [newest, oldest] = (await alerts({})).items
  ok(newest !== undefined && oldest !== undefined)
  deepEqual([newest.title, oldest.title], ['Backup of db-1 failed', 'Backup of web-1 failed'])
  match(oldest.text, /No backup version was made: The storage is full\./)
  match(oldest.deliveries[0]?.problem ?? '', /535/)
  await read(oldest.alertId)
  const titles = async (query: Parameters<typeof alerts>[0]) =>
    (await alerts(query)).items.map(({ title }) => title.split(' ')[2])
  deepEqual(await titles({ unread: true }), ['db-1'])
  deepEqual(await titles({ unread: false }), ['web-1'])
  deepEqual(await titles({ instanceId: other.instanceId }), ['db-1'])
  deepEqual(await titles({ level: 'notice' }), [])
  deepEqual(await titles({ kind: ['BACKUP_FAILED', 'CLIENT_LOST'] }), ['db-1', 'web-1'])
  deepEqual(await titles({ from: newest.at }), ['db-1'])
  deepEqual(await titles({ standing: true }), ['db-1', 'web-1'])
  deepEqual(await titles({ standing: false }), [])
  deepEqual(await titles({ until: newest.at }), ['web-1'])
  await world.speak('zh')
  equal((await alerts({ limit: 1 })).items[0]?.title, '实例 db-1 备份失败')
  const english = await alerts({ limit: 1, language: 'en' })
  equal(english.items[0]?.title, 'Backup of db-1 failed')
  const stranger = contextOf({
    ...userOf(world),
    accountId: await addAccount(world.catalog, 'other'),
  })
  deepEqual((await inbox(world, stranger).alerts({})).items, [])
  await rejects(inbox(world, stranger).read(newest.alertId), { code: 'record.not-found' })
})

type ChannelHandlers = ReturnType<typeof channelsHandlers>
type BodyOf<Verb extends 'create' | 'update'> = Parameters<ChannelHandlers[Verb]>[0]['body']

function handlers(
  world: NoticeWorld,
  ports: NoticePorts = world.ports,
  context: CallContext = contextOf(ownerOf(world)),
) {
  const made = channelsHandlers(world.kernel(), ports)
  const query = {}
  const byId = (channelId: ChannelId) => ({ path: { channelId }, query })
  return {
    async list() {
      const answer = await made.list({ path: {}, query: {}, body: undefined }, context)
      writeAnswer(routes.channels.list, answer)
      return answer
    },
    async create(body: BodyOf<'create'>) {
      const answer = await made.create({ path: {}, query, body }, context)
      writeAnswer(routes.channels.create, answer)
      return answer
    },
    async update(id: ChannelId, body: BodyOf<'update'>) {
      const answer = await made.update({ ...byId(id), body }, context)
      writeAnswer(routes.channels.update, answer)
      return answer
    },
    remove: (id: ChannelId) => made.remove({ ...byId(id), body: undefined }, context),
    async test(id: ChannelId) {
      const answer = await made.test({ ...byId(id), body: undefined }, context)
      writeAnswer(routes.channels.test, answer)
      return answer
    },
  }
}

function inbox(world: NoticeWorld, context: CallContext = contextOf(ownerOf(world))) {
  const made = alertsHandlers(world.kernel(), world.ports)
  return {
    async alerts(query: Parameters<typeof made.list>[0]['query']) {
      const answer = await made.list({ path: {}, query, body: undefined }, context)
      writeAnswer(routes.alerts.list, answer)
      return answer
    },
    read: (alertId: AlertId) =>
      made.markRead({ path: { alertId }, query: {}, body: undefined }, context),
  }
}

function userOf(world: NoticeWorld) {
  const identity = ownerOf(world)
  ok(identity.kind === 'user')
  return identity
}
