/**
 * Data directories of databases (B7): where distributions put them, where their settings point, and where servers run.
 * Only names and small text files are read, never data.
 */
import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import { join, normalize } from 'node:path'
import { type ByteString, byteStringFromText } from '#base'
import type { DatabaseKind } from '#contract'

export type FoundDatabase = {
  readonly kind: DatabaseKind
  readonly path: ByteString
  readonly running: boolean
}

type Product = {
  readonly kind: DatabaseKind
  /** `*` is one name. */
  readonly places: readonly string[]
  /** One of these is in its data directory; none given: any file. */
  readonly proofs: readonly string[]
  readonly settings: readonly string[]
  /** The first group is the data directory. */
  readonly setting?: RegExp
  /** Names of its processes. */
  readonly processes: RegExp
  /** Of its arguments, joined with line ends. */
  readonly argument?: RegExp
}

const products: readonly Product[] = [
  {
    kind: 'postgresql',
    places: [
      '/var/lib/postgresql/*/*',
      '/var/lib/postgresql/data',
      '/var/lib/pgsql/data',
      '/var/lib/pgsql/*/data',
    ],
    proofs: ['PG_VERSION'],
    settings: ['/etc/postgresql/*/*/postgresql.conf'],
    setting: /^\s*data_directory\s*=\s*'([^']+)'/m,
    processes: /^(?:postgres|postmaster)$/,
    argument: /^-D\n?(\/.+)$/m,
  },
  {
    kind: 'mysql',
    places: ['/var/lib/mysql', '/var/lib/mariadb', '/usr/local/mysql/data'],
    proofs: ['ibdata1', 'mysql.ibd', 'mysql', 'aria_log_control'],
    settings: ['/etc/my.cnf', '/etc/mysql/my.cnf', '/etc/mysql/*/*.cnf', '/etc/my.cnf.d/*.cnf'],
    setting: /^\s*datadir\s*=\s*"?([^"\n#]+?)"?\s*$/m,
    processes: /^(?:mysqld|mariadbd|mysqld_safe)$/,
    argument: /^--datadir[=\n](\/.+)$/m,
  },
  {
    kind: 'mongodb',
    places: ['/var/lib/mongodb', '/var/lib/mongo', '/data/db'],
    proofs: ['WiredTiger', 'storage.bson', 'mongod.lock'],
    settings: ['/etc/mongod.conf', '/etc/mongodb.conf'],
    setting: /^\s*dbpath\s*[:=]\s*"?([^"\n#]+?)"?\s*$/im,
    processes: /^mongod$/,
    argument: /^--dbpath[=\n](\/.+)$/m,
  },
  {
    kind: 'redis',
    places: ['/var/lib/redis', '/var/lib/valkey', '/var/lib/redis/*'],
    proofs: ['dump.rdb', 'appendonly.aof', 'appendonlydir'],
    settings: ['/etc/redis/redis.conf', '/etc/redis.conf', '/etc/valkey/valkey.conf'],
    setting: /^\s*dir\s+"?([^"\n]+?)"?\s*$/m,
    processes: /^(?:redis-server|valkey-server)$/,
  },
  {
    // Microsoft SQL Server
    kind: 'other',
    places: ['/var/opt/mssql/data'],
    proofs: ['master.mdf'],
    settings: ['/var/opt/mssql/mssql.conf'],
    setting: /^\s*defaultdatadir\s*=\s*(.+?)\s*$/m,
    processes: /^sqlservr$/,
  },
  {
    // Oracle
    kind: 'other',
    places: ['/opt/oracle/oradata/*', '/u01/app/oracle/oradata/*', '/u02/oradata/*', '/oradata/*'],
    proofs: ['system01.dbf', 'control01.ctl'],
    settings: [],
    processes: /^(?:ora|db)_pmon_/,
  },
]

const settingsBytesMax = 1 << 20

/** @param root where the machine's files are; another one in tests */
export async function findDatabases(root = '/'): Promise<readonly FoundDatabase[]> {
  const processes = await listProcesses(root)
  const found = new Map<string, FoundDatabase>()
  for (const product of products) {
    const own = processes.filter(({ name }) => product.processes.test(name))
    const told = own.flatMap(({ directories }) => directories)
    const set = own.flatMap((one) => matchesOf(product.argument, one.arguments))
    const places = [
      ...told,
      ...set,
      ...(await settingsOf(product, root)),
      ...(await placesOf(product, root)),
    ]
    for (const place of places.map((one) => normalize(one).replace(/(?<=.)\/$/, ''))) {
      if (found.has(place) || !(await isData(product, join(root, place)))) continue
      const running = own.length > 0
      found.set(place, { kind: product.kind, path: byteStringFromText(place), running })
    }
  }
  return [...found.values()]
}

async function isData({ proofs }: Product, directory: string): Promise<boolean> {
  const names = await namesIn(directory)
  return proofs.some((proof) => names.includes(proof))
}

async function placesOf({ places }: Product, root: string): Promise<readonly string[]> {
  return (await Promise.all(places.map((place) => expand(place, root)))).flat()
}

async function settingsOf(
  { settings, setting }: Product,
  root: string,
): Promise<readonly string[]> {
  const files = (await Promise.all(settings.map((one) => expand(one, root)))).flat()
  const texts = await Promise.all(files.map((file) => findText(join(root, file))))
  return texts.flatMap((text) => matchesOf(setting, text ?? ''))
}

function matchesOf(pattern: RegExp | undefined, text: string): readonly string[] {
  const place = pattern?.exec(text)?.[1]
  return place?.startsWith('/') === true ? [place] : []
}

type Process = {
  readonly name: string
  readonly arguments: string
  /** Where it stands: servers stand in their data directory. */
  readonly directories: readonly string[]
}

async function listProcesses(root: string): Promise<readonly Process[]> {
  const ids = (await namesIn(join(root, 'proc'))).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(ids.map((id) => findProcess(join(root, 'proc', id))))
  return found.filter((one) => one !== undefined)
}

async function findProcess(folder: string): Promise<Process | undefined> {
  const name = (await findText(join(folder, 'comm')))?.trim()
  if (name === undefined || !products.some(({ processes }) => processes.test(name)))
    return undefined
  // In a container its paths are of another tree: they would name other files here.
  if ((await findLink(join(folder, 'root'))) !== '/') return undefined
  const line = (await findText(join(folder, 'cmdline'))) ?? ''
  const directory = await findLink(join(folder, 'cwd'))
  return {
    name,
    arguments: line.replaceAll('\0', '\n'),
    directories: directory === undefined ? [] : [directory],
  }
}

async function expand(pattern: string, root: string): Promise<readonly string[]> {
  let found = ['']
  for (const name of pattern.split('/').slice(1)) {
    const step = async (directory: string) => {
      if (!name.includes('*')) return [`${directory}/${name}`]
      const [start = '', end = ''] = name.split('*')
      const names = await namesIn(join(root, directory))
      return names
        .filter((one) => one.startsWith(start) && one.endsWith(end))
        .map((one) => `${directory}/${one}`)
    }
    found = (await Promise.all(found.map(step))).flat()
  }
  return found
}

async function namesIn(directory: string): Promise<readonly string[]> {
  return (await unlessAbsent(readdir(directory))) ?? []
}

async function findLink(path: string): Promise<string | undefined> {
  return await unlessAbsent(readlink(path))
}

async function findText(path: string): Promise<string | undefined> {
  const facts = await unlessAbsent(stat(path))
  if (facts === undefined || !facts.isFile() || facts.size > settingsBytesMax) return undefined
  return await unlessAbsent(readFile(path, 'utf8'))
}

/** Not there, gone meanwhile, or not for us to see: then there is nothing to warn about. */
async function unlessAbsent<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await reading
  } catch (problem) {
    const code = problem instanceof Error && 'code' in problem ? String(problem.code) : ''
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ESRCH', 'ELOOP', 'EINVAL'].includes(code))
      return undefined
    throw problem
  }
}
