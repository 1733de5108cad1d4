// The tour of the product from the command line: sign in, protect, look, restore elsewhere; over real processes.

import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { listDifferences } from '../../fidelity/outside-tools.ts'
import { Fleet, type FleetAgent, needsRoot } from '../../fleet/world.ts'
import { RemoteDesk } from './desk.ts'

const password = 'a long enough password of a test'
const hostile = 'evil\x1b]0;owned\x07name'

test('a machine is protected and brought back by the command line alone', {
  skip: needsRoot,
}, async (t) => {
  await using fleet = await Fleet.open()
  const desk = new RemoteDesk(fleet)
  await t.test('login shows the fingerprint, asks, and keeps a token and no password', () =>
    signIn(fleet, desk),
  )
  const source = await fleet.addAgent('web-1', {
    fill: (folder) => {
      mkdirSync(join(folder, 'etc'))
      writeFileSync(join(folder, 'etc/hosts'), '127.0.0.1 localhost\n')
      writeFileSync(join(folder, hostile), 'x')
    },
  })
  equal((await fleet.firstJob(source)).state, 'COMPLETE')
  await fleet.addAgent('web-2', { activate: false })

  await t.test('instances are listed with status and last backup, and found by name', () =>
    lookAtInstances(desk, source),
  )
  await t.test('A2: add prints the line to run, and waits until the machine calls in', () =>
    addMachine(fleet, desk),
  )
  await t.test('D4: plans run --wait shows progress, and ends with what the job came to', () => {
    const told = desk.events('plans', 'run', 'web-1', '--wait')
    equal(told.at(-1)?.event, 'job')
    equal(told.at(-1)?.['state'], 'COMPLETE')
    match(desk.do('jobs', '--instance', 'web-1'), /web-1 +complete/)
    match(desk.do('jobs', 'show', 'web-1'), /state: +complete/)
    match(desk.do('jobs', 'csv'), /^[\w ,-]+\r\n/)
    match(desk.do('jobs', 'report', 'web-1'), /all is as it should be/)
  })
  await t.test('C2, C6, C8, D3: a plan is paused, resumed and changed by its instance', () =>
    changePlan(desk),
  )
  await t.test('F8, A18: versions are browsed, searched and downloaded; names are inert', () =>
    lookInto(desk, source),
  )
  await t.test('F1 to F4: recover brings the files onto another machine', () =>
    recover(fleet, desk, source),
  )
  await t.test('the smaller lists answer, for people and for programs', () => lists(desk))
  await t.test('A20, C8: what cannot be undone is shown first, and typed', () => cancelPlan(desk))
  await t.test('exit codes say who is to blame: 1, 13, 14', () => troubles(fleet, desk))
})

async function signIn(fleet: Fleet, desk: RemoteDesk): Promise<void> {
  mkdirSync(desk.home, { recursive: true })
  equal(desk.run(['instances']).code, 14)
  equal(desk.run(['login', fleet.address]).code, 14)
  const words = ['login', fleet.address, '--email', 'ada@example.com', '--name', 'home']
  const declined = await desk.answering(words, [[/Is it the same\?/, 'n']])
  equal(declined.code, 1, declined.shown)
  const wrong = await desk.answering(words, [
    [/Is it the same\?/, 'y'],
    [/Password/, 'wrong'],
  ])
  equal(wrong.code, 14, wrong.shown)
  const { code, shown } = await desk.answering(words, [
    [/Is it the same\?/, 'y'],
    [/Password/, password],
  ])
  equal(code, 0, shown)
  desk.fingerprint = /sha256:([0-9a-f]{64})/.exec(shown)?.[1] ?? ''
  ok(!shown.includes(password), 'what is typed is not shown')
  const path = join(desk.home, '.config/holdfast/servers.json')
  equal(statSync(path).mode & 0o777, 0o600)
  ok(!readFileSync(path, 'utf8').includes(password))
  match(desk.do('servers'), /^home \* +https:.*ada@example\.com +sha256:/m)
}

function lookAtInstances(desk: RemoteDesk, { instanceId }: FleetAgent): void {
  match(desk.do('instances'), /^web-1 +\S.* {2}\d{4}-\d\d-\d\d \d\d:\d\d /m)
  const all = desk.events('instances', '--search', 'web')
  deepEqual(
    all.map(({ event, name }) => [event, name]),
    [
      ['instance', 'web-1'],
      ['instance', 'web-2'],
    ],
  )
  for (const word of ['web-1', 'WEB-1', instanceId, instanceId.slice(0, 26)])
    equal(desk.event('instance', 'instances', 'show', word)['instanceId'], instanceId, word)
  const near = desk.run(['instances', 'show', 'web'])
  equal(near.code, 1)
  match(near.err, /no instance web .*near it are web-1, web-2/s)
  const two = desk.run(['instances', 'show', 'i-0000'])
  equal(two.code, 1)
  desk.do('instances', 'rename', 'web-2', 'spare')
  equal(desk.event('instance', 'instances', 'show', 'spare')['hostName'], 'web-2')
}

async function addMachine(fleet: Fleet, desk: RemoteDesk): Promise<void> {
  const shown = desk.do('instances', 'add', '--note', 'by hand')
  match(shown, /install\.sh' \| sh -s -- --code [0-9A-Z-]+$/m)
  ok(shown.includes(`--fingerprint sha256:${desk.fingerprint}`), shown)
  const told = Promise.withResolvers<string>()
  let out = ''
  const ended = desk.start(['instances', 'add', '--wait', '--json'], (text) => {
    out += text
    const line = /"agentCommand":"([^"]+)"/.exec(out)?.[1]
    if (line !== undefined) told.resolve(line)
  })
  const [, code = '', rest = ''] = /^echo (\S+) \| holdfast (.*)$/.exec(await told.promise) ?? []
  const state = join(fleet.folder, 'web-3 state')
  const activated = desk.run([...rest.split(' '), '--state', state], `${code}\n`)
  equal(activated.code, 0, activated.err)
  equal(await ended, 0, out)
  match(out, /"event":"instance"/)
  ok(out.includes(`"name":"${hostname()}"`), out)
}

function changePlan(desk: RemoteDesk): void {
  equal(desk.event('plan', 'plans', 'pause', 'web-1')['status'], 'PAUSED')
  const refused = desk.run(['plans', 'run', 'web-1'])
  equal(refused.code, 1)
  match(refused.err, /PAUSED/i)
  equal(desk.event('plan', 'plans', 'resume', 'web-1')['status'], 'ACTIVE')
  const all = (word: string) => desk.events('plans', word, '--all', '--search', 'web-1', '--yes')
  const told = (word: string) => all(word).map((one) => [one.event, one['accepted'], one['status']])
  deepEqual(told('pause'), [['result', true, 'PAUSED']])
  equal(
    desk.run(['plans', 'pause', '--search', 'web-1']).code,
    1,
    'a filter is no choice by itself',
  )
  equal(desk.run(['plans', 'pause', 'web-1', '--all', '--yes']).code, 1)
  deepEqual(told('resume'), [['result', true, 'ACTIVE']])
  equal(
    desk.event('plan', 'plans', 'hooks', 'web-1', '--after', 'thaw')['planId'] !== undefined,
    true,
  )
  deepEqual(desk.event('plan', 'plans', 'hooks', 'web-1')['hooks'], { after: 'thaw' })
  equal(desk.event('plan', 'plans', 'hooks', 'web-1', '--none')['hooks'], undefined)
  equal(desk.event('plan', 'plans', 'priority', 'web-1', 'high')['priority'], 'high')
  equal(desk.event('plan', 'plans', 'keep-one', 'web-1', 'off')['keepAtLeastOne'], false)
  equal(desk.event('plan', 'plans', 'keep-one', 'web-1', 'on')['keepAtLeastOne'], true)
  const proposal = desk.event('proposal', 'plans', 'time', 'web-1', '3:07', '--dry-run')
  equal(proposal['timeOfDay'], '03:07')
  equal(desk.event('plan', 'plans', 'time', 'web-1', '3:07', '--yes')['timeOfDay'], '03:07')
  match(desk.do('plans'), /^web-1 .* 03:07 /m)
  equal(desk.run(['plans', 'time', 'web-1', '25:00']).code, 1)
}

function lookInto(desk: RemoteDesk, { source }: FleetAgent): void {
  const versions = desk.events('versions', 'web-1')
  equal(versions.length, 2)
  const [newest] = versions
  const id = String(newest?.['versionId'])
  for (const place of ['web-1', `web-1@${id}`, id, 'web-1@1s'])
    match(desk.do('browse', place, source), /^drwx.* etc$/m, place)
  const top = desk.do('browse', 'web-1')
  match(top, new RegExp(`^${source} +complete`, 'm'))
  const shown = desk.do('browse', 'web-1', source)
  ok(!/[\x1b\x07]/.test(shown), 'a name cannot write to the terminal')
  const none = desk.run(['browse', 'web-1@2020-01-01'])
  equal(none.code, 1)
  match(none.err, /no backup version of web-1 until 2020-01-01/)
  equal(desk.run(['browse', 'web-1', '/nowhere']).code, 1)
  const [found, ...others] = desk.events('search', 'web-1', 'hosts')
  equal(others.length, 0)
  equal(found?.event, 'found')
  match(desk.do('search', 'web-1', 'hosts', '--newest'), /etc\/hosts$/m)
  match(desk.do('file-history', 'web-1', join(source, 'etc/hosts')), / 2 +-rw/)
  equal(
    desk.do('download', 'web-1', join(source, 'etc/hosts'), '--output', '-'),
    '127.0.0.1 localhost\n',
  )
  const zip = join(desk.home, 'etc.zip')
  desk.do('download', 'web-1', join(source, 'etc'), '--output', zip)
  equal(readFileSync(zip).subarray(0, 2).toString(), 'PK')
  match(desk.run(['download', 'web-1', join(source, 'etc'), '--output', zip]).err, /exists already/)
}

async function recover(fleet: Fleet, desk: RemoteDesk, source: FleetAgent): Promise<void> {
  const place = join(fleet.folder, 'web-2 restored')
  mkdirSync(place)
  match(desk.run(['recover', 'web-1', '--to', 'spare']).err, /not said where/)
  const told = desk.events('recover', 'web-1', '--to', 'spare', '--target', place, '--dry-run')
  equal(told.find(({ event }) => event === 'intent')?.['conflict'], 'skip')
  const looked = told.at(-1)
  equal(looked?.['state'], 'COMPLETE')
  equal(looked?.['dryRun'], true)
  deepEqual(readdirSync(place), [], 'a dry run changes nothing')
  await fleet.loseMachine(source)
  const done = desk.events('recover', 'web-1', '--to', 'spare', '--target', place, '--wait')
  equal(done.at(-1)?.['state'], 'COMPLETE')
  equal(readFileSync(join(place, 'etc/hosts'), 'utf8'), '127.0.0.1 localhost\n')
  equal(readFileSync(join(place, hostile), 'utf8'), 'x')
  const some = join(fleet.folder, 'some')
  mkdirSync(some)
  const file = join(source.source, 'etc/hosts')
  desk.do('recover', 'web-1', file, '--to', 'spare', '--target', some, '--wait')
  deepEqual(listDifferences(join(place, 'etc'), join(some, 'etc')), [])
  const lost = desk.run(['recover', 'web-1', '--to', 'spare', '--target', '/nowhere', '--wait'])
  equal(lost.code, 4, lost.err)
  match(lost.err, /ended as failed/)
  match(desk.do('restore-jobs'), /spare +complete/)
  match(desk.do('restore-jobs', 'show', 'spare'), /state: +failed/)
}

function lists(desk: RemoteDesk): void {
  const kinds = [
    ['overview', 'overview'],
    ['vaults', 'vault'],
    ['users', 'user'],
    ['audit', 'audit-entry'],
    ['plans', 'plan'],
    ['jobs', 'job'],
  ] as const
  for (const [word, kind] of kinds) {
    equal(desk.events(word)[0]?.event, kind)
    ok(desk.do(word).length > 20, word)
  }
  for (const word of ['alerts', 'channels', 'metering']) desk.do(word)
  match(desk.do('metering', 'bill'), /days: /)
  const vault = desk.event('vault', 'vaults')
  match(desk.do('vaults', 'show', String(vault['name'])), /which means:/)
  const high = desk.run(['vaults', 'lock', String(vault['name']), 'compliance', '--dry-run'])
  equal(high.code, 1)
  match(high.err, /only ever raised/)
  const body = JSON.stringify({ regionId: vault['regionId'], name: 'open', lock: 'off' })
  equal(desk.run(['api', 'vaults.create', '--body', '-'], body).code, 0)
  match(desk.do('vaults', 'lock', 'open', 'governed', '--dry-run'), /never lowered/)
  const user = desk.events('users')[0]
  equal(user?.['email'], 'ada@example.com')
  equal(desk.do('api', 'signIn.whoAmI').includes('ada@example.com'), true)
  match(desk.do('api'), /^policies\.list +Backup policies$/m)
  equal(desk.events('api', 'plans.list', 'status=ACTIVE', 'limit=1')[0]?.event, 'plans.list')
  match(desk.do('audit', '--csv'), /instances/)
  equal(desk.run(['jobs', '--limit', 'x']).code, 1)
}

async function cancelPlan(desk: RemoteDesk): Promise<void> {
  const words = ['plans', 'cancel', 'web-1']
  const proposal = desk.event('proposal', ...words, '--dry-run')
  const text = String(proposal['confirmation'])
  const silent = desk.run(words)
  equal(silent.code, 1)
  ok(silent.err.includes(text), silent.err)
  equal(desk.run([...words, '--confirm', 'yes']).code, 1)
  equal(desk.events('plans').length, 1)
  const wrong = await desk.answering(words, [[/To do it, type/, 'yes']])
  equal(wrong.code, 1, wrong.shown)
  const { code, shown } = await desk.answering(words, [[/To do it, type/, text]])
  equal(code, 0, shown)
  equal(desk.events('plans').length, 0)
  equal(desk.events('versions', 'web-1').length, 2)
}

async function troubles(fleet: Fleet, desk: RemoteDesk): Promise<void> {
  const { address } = fleet
  const token = String(
    JSON.parse(readFileSync(join(desk.home, '.config/holdfast/servers.json'), 'utf8')).servers.home
      .token,
  )
  const as = (variables: Readonly<Record<string, string>>) =>
    new RemoteDesk(fleet, { HOLDFAST_CONFIG: '/nowhere/config.json', ...variables }).run(['vaults'])
  const place = { HOLDFAST_SERVER: address, HOLDFAST_FINGERPRINT: `sha256:${desk.fingerprint}` }
  equal(as({ ...place, HOLDFAST_TOKEN: token }).code, 0)
  equal(as({ ...place, HOLDFAST_TOKEN: 'hft_wrong-token' }).code, 14)
  equal(as(place).code, 14)
  const other = as({ ...place, HOLDFAST_TOKEN: token, HOLDFAST_FINGERPRINT: 'ab'.repeat(32) })
  equal(other.code, 13)
  match(other.err, /is not the control server that is trusted/)
  ok(!other.err.includes(token), 'a token is in no message')
  equal(desk.run(['--server', 'nobody', 'vaults']).code, 14)
  equal(desk.run(['tokens']).code, 14)
  await fleet.server.end('SIGTERM')
  const away = desk.run(['vaults', '--json'])
  equal(away.code, 13, away.out)
  match(away.out, /"code":"server\.unreachable"/)
  desk.do('logout')
  equal(desk.run(['vaults']).code, 14)
}
