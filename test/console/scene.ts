/** A small company of servers, as a console shows it after some weeks: for the screenshots, and for tests of every page. */
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Job, type RestoreJob, routes, type Version } from '#contract'
import { noise } from '../fleet/trees.ts'
import { until } from '../fleet/until.ts'
import type { FleetAgent } from '../fleet/world.ts'
import { moveIntoThePast, writeMetering } from './scene-past.ts'
import { ConsoleWorld } from './world.ts'

export type Scene = {
  readonly world: ConsoleWorld
  /** With a past of some days, a point on hold, and a restore of one of its files. */
  readonly web: FleetAgent
  readonly versions: readonly Version[]
  readonly files: FleetAgent
  /** A file was written while it was read. */
  readonly partial: Job
  readonly restore: RestoreJob
}

const hourMs = 3_600_000

export async function openScene({
  folderOf,
  losesOne,
}: {
  /** Where the files of a machine lie; without it in the folder of the fleet. */
  readonly folderOf?: (name: string) => string
  /** One machine calls in no more, which the server finds out in two minutes. */
  readonly losesOne: boolean
}): Promise<Scene> {
  const world = await ConsoleWorld.open()
  const { fleet } = world
  const add = (name: string, files: Readonly<Record<string, string | Buffer>>) =>
    fleet.addAgent(name, {
      fill: (source) => writeAll(source, files),
      ...(folderOf === undefined ? {} : { source: folderOf(name) }),
    })
  try {
    const web = await add('web-1', website())
    const files = await add('files-1', documents())
    const database = await add('db-1', { 'dumps/orders.sql': statements(4_000) })
    for (const agent of [web, files, database]) await fleet.firstJob(agent)
    const mail = await add('mail-1', { 'spool/queue.db': noise('mail', 90_000) })
    const lost = losesOne ? loseOne(world, mail) : fleet.firstJob(mail)
    for (let day = 0; day < 4; day++) {
      editWebsite(web.source, day)
      await fleet.backUp(web)
    }
    await fleet.backUp(database)
    const partial = await leaveOneUnread(world, files)
    await holdOldest(world, await fleet.versions(web))
    moveIntoThePast(world)
    const versions = await fleet.versions(web)
    const restore = await restoreOne(world, web, versions)
    await organise(world, web, database)
    writeMetering(world, [web, files, database])
    await lost
    return { world, web, versions, files, partial, restore }
  } catch (problem) {
    await world[Symbol.asyncDispose]()
    throw problem
  }
}

function website(): Readonly<Record<string, string | Buffer>> {
  return {
    'nginx/nginx.conf':
      'worker_processes auto;\n\nevents {\n  worker_connections 1024;\n}\n\nhttp {\n  include mime.types;\n}\n',
    'nginx/sites/shop.conf': 'server {\n  listen 443 ssl;\n  server_name shop.example.com;\n}\n',
    'www/index.html': '<!doctype html>\n<title>Shop</title>\n<h1>Welcome</h1>\n',
    'www/style.css': 'body { font-family: sans-serif; margin: 2rem }\n',
    'www/robots.txt': 'User-agent: *\nAllow: /\n',
    'www/images/summer.jpg': noise('summer', 840_000),
    'www/images/team.jpg': noise('team', 1_260_000),
    'logs/access.log': '203.0.113.7 "GET / HTTP/1.1" 200\n'.repeat(3_000),
    'README.md': '# The shop\n\nWhat stands here is what customers see.\n',
  }
}

/** One file comes, one changes, one goes. */
function editWebsite(folder: string, day: number): void {
  writeAll(folder, {
    [`www/news/${day + 17}-november.html`]: `<h1>News of the ${day + 17}th</h1>\n`,
    'www/index.html': `<!doctype html>\n<title>Shop</title>\n<h1>Welcome, day ${day}</h1>\n`,
  })
  appendFileSync(join(folder, 'logs/access.log'), `203.0.113.${day} "GET /news" 200\n`.repeat(900))
  rmSync(join(folder, `www/news/${day + 16}-november.html`), { force: true })
}

function documents(): Readonly<Record<string, string | Buffer>> {
  return {
    'contracts/2026/lease.pdf': noise('lease', 420_000),
    'contracts/2026/insurance.pdf': noise('insurance', 310_000),
    'accounts/november.csv': 'day,amount\n'.repeat(2_000),
    'mailboxes/sales.mbox': noise('sales', 2_400_000),
  }
}

function statements(count: number): string {
  return Array.from({ length: count }, (_, i) => `insert into orders values (${i});\n`).join('')
}

function writeAll(folder: string, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
}

/** Root can read everything: what cannot be read as of one moment is a file that grows all the while. */
async function leaveOneUnread({ fleet }: ConsoleWorld, agent: FleetAgent): Promise<Job> {
  const busy = join(agent.source, 'mailboxes/sales.mbox')
  writeFileSync(busy, noise('sold', 3_000_000))
  fleet.setPolicy(agent, { limits: { bytesPerSecondMax: 2_000_000 } })
  const timer = setInterval(() => appendFileSync(busy, 'more'), 2)
  try {
    return await fleet.backUp(agent)
  } finally {
    clearInterval(timer)
    fleet.setPolicy(agent, {})
  }
}

/** A machine that calls in no more; the server finds out by itself. */
async function loseOne(world: ConsoleWorld, agent: FleetAgent): Promise<void> {
  await world.fleet.firstJob(agent)
  await agent.process.end('SIGKILL')
  world.write(
    'update clients set heard_at = ? where instance_id = ?',
    Date.now() - 3 * hourMs,
    agent.instanceId,
  )
  await until(
    'the client is given up',
    async () =>
      (await world.fleet.instance(agent)).client.status === 'UNKNOWN' ? true : undefined,
    120_000,
  )
}

async function holdOldest({ fleet }: ConsoleWorld, versions: readonly Version[]): Promise<void> {
  const point = versions.at(-1)?.points[0]
  if (point === undefined) throw new Error('there is a point')
  const body = { reason: 'Audit of the year 2026' }
  await fleet.api.call(routes.points.hold, { path: point, body })
}

async function restoreOne(
  { fleet }: ConsoleWorld,
  web: FleetAgent,
  versions: readonly Version[],
): Promise<RestoreJob> {
  const version = versions.at(-1)
  if (version === undefined) throw new Error('there is a version')
  const place = join(web.source, 'restored')
  mkdirSync(place, { recursive: true })
  return await fleet.restore(version, web, place)
}

async function organise(
  { fleet: { api } }: ConsoleWorld,
  web: FleetAgent,
  database: FleetAgent,
): Promise<void> {
  const tags = (tags: Readonly<Record<string, string>>) => ({ body: { tags } })
  const path = ({ instanceId }: FleetAgent) => ({ path: { instanceId } })
  await api.call(routes.instances.update, { ...path(web), ...tags({ team: 'shop' }) })
  await api.call(routes.instances.update, { ...path(database), ...tags({ team: 'data' }) })
  for (const [name, role] of [
    ['Grace Hopper', 'backupOperator'],
    ['Noor Haddad', 'auditor'],
  ] as const) {
    const email = `${name.split(' ')[0]?.toLowerCase()}@example.com`
    const password = 'a long enough password of a reader'
    await api.call(routes.users.create, { body: { name, email, role, password } })
  }
}
