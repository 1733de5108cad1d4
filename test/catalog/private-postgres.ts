// A PostgreSQL server of the tests' own: a cluster in a temporary folder, reached through a socket in that folder only, and
// stopped by its own process id. The system's clusters are not touched.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'

export type PrivatePostgres = {
  /** The URL of a new database: empty, or a copy of the one with that URL, which nobody may be using. */
  createDatabase(original?: string): Promise<string>
  stop(): Promise<void>
}

type Identity = { readonly uid: number; readonly gid: number } | undefined

const startTriesMax = 200
const startPauseMs = 100

/** Why there can be none here; undefined: there can. */
export function whyNoPostgres(): string | undefined {
  if (findPrograms() === undefined) return 'PostgreSQL is not installed (Debian: postgresql)'
  if (process.getuid?.() === 0 && postgresIdentity() === undefined) {
    return 'PostgreSQL refuses to run as root, and there is no user "postgres"'
  }
  return undefined
}

export async function startPostgres(): Promise<PrivatePostgres> {
  const programs = findPrograms()
  if (programs === undefined) throw new Error('PostgreSQL is not installed')
  const identity = process.getuid?.() === 0 ? postgresIdentity() : undefined
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-pg-'))
  if (identity !== undefined) chownSync(folder, identity.uid, identity.gid)
  chmodSync(folder, 0o700)
  const data = join(folder, 'data')
  const options = { ...identity, cwd: folder, stdio: 'ignore' } as const
  const initdb = ['--pgdata', data, '--username', 'holdfast', '--auth', 'trust', '--no-sync']
  execFileSync(join(programs, 'initdb'), [...initdb, '--encoding', 'UTF8'], options)
  const settings = ['listen_addresses=', `unix_socket_directories=${folder}`, 'fsync=off']
  const flags = [...settings, 'max_connections=60'].flatMap((setting) => ['-c', setting])
  const server = spawn(join(programs, 'postgres'), ['-D', data, ...flags], options)
  try {
    await untilReady(folder, server)
  } catch (problem) {
    await stopServer(server, folder)
    throw problem
  }
  return {
    createDatabase: async (original) => {
      const name = `test_${randomBytes(6).toString('hex')}`
      const template = original === undefined ? 'template0' : new URL(original).pathname.slice(1)
      await administer(folder, `create database ${name} template ${template}`)
      return urlOf(folder, name)
    },
    stop: () => stopServer(server, folder),
  }
}

function findPrograms(): string | undefined {
  const root = '/usr/lib/postgresql'
  try {
    const newest = readdirSync(root)
      .filter((name) => readdirSync(join(root, name, 'bin')).includes('initdb'))
      .toSorted((a, b) => Number(b) - Number(a))[0]
    return newest === undefined ? undefined : join(root, newest, 'bin')
  } catch {
    return undefined // no such folder: it is not installed
  }
}

function postgresIdentity(): Identity {
  try {
    const number = (flag: string) =>
      Number(execFileSync('id', [flag, 'postgres'], { stdio: 'pipe' }).toString())
    return { uid: number('-u'), gid: number('-g') }
  } catch {
    return undefined // `id` says that there is no such user
  }
}

async function untilReady(folder: string, server: ChildProcess): Promise<void> {
  for (let tries = 1; ; tries++) {
    if (server.exitCode !== null) throw new Error(`postgres ended with ${server.exitCode}`)
    try {
      await administer(folder, 'select 1')
      return
    } catch (problem) {
      if (tries === startTriesMax) throw problem
      await sleep(startPauseMs)
    }
  }
}

async function administer(folder: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: urlOf(folder, 'postgres') })
  try {
    await client.connect()
    await client.query(statement)
  } finally {
    await client.end()
  }
}

function urlOf(folder: string, database: string): string {
  return `postgres://holdfast@localhost/${database}?host=${encodeURIComponent(folder)}`
}

/** SIGINT: connections are ended, the server stops at once and cleanly. */
async function stopServer(server: ChildProcess, folder: string): Promise<void> {
  if (server.exitCode === null && server.signalCode === null) {
    const ended = new Promise((resolve) => server.once('exit', resolve))
    server.kill('SIGINT')
    await ended
  }
  rmSync(folder, { recursive: true, force: true })
}
