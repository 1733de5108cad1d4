/**
 * The configuration of a server: a JSON file, environment variables over it, options of the command line over both. Every
 * value has a default, so that a server starts with none.
 */
import { failure, isFailure } from '#base'
import { JsonFields } from '#engine'
import type { CatalogPlace } from './catalog/index.ts'
import { type LogLevel, logLevels } from './log.ts'

export type MailSettings = {
  readonly host: string
  readonly port: number | undefined
  readonly security: 'tls' | 'starttls' | 'opportunistic'
  readonly user: string | undefined
  readonly passwordFile: string | undefined
  readonly from: string
}

export type ServerConfiguration = {
  /** Holds keys, the catalog, vaults and client builds, unless they are put elsewhere. */
  readonly dataFolder: string
  readonly listen: { readonly host: string; readonly port: number }
  /** By which people and agents reach the server; undefined: the name of this machine, and the port. */
  readonly address: string | undefined
  readonly catalog: CatalogPlace
  /** Folders for vaults by name; the first one is used unless another is asked for. */
  readonly storages: ReadonlyMap<string, string>
  readonly buildsFolder: string
  /** An own certificate: PEM files. Undefined: one of the server's own making, which agents pin. */
  readonly tls: { readonly certificateFile: string; readonly keyFile: string } | undefined
  readonly mail: MailSettings | undefined
  /** Private hosts and ranges that webhooks may reach. */
  readonly webhookAllowed: readonly string[]
  /** Files of private keys for pushes over SSH. */
  readonly sshKeys: ReadonlyMap<string, string>
  readonly language: 'en' | 'zh'
  readonly logLevel: LogLevel
}

export type ConfigurationSources = {
  /** The text of the file and its name; undefined: there is none. */
  readonly file: { readonly path: string; readonly text: string } | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly options: {
    readonly data?: string | undefined
    readonly listen?: string | undefined
    readonly address?: string | undefined
    readonly catalog?: string | undefined
  }
  /** Where data lies when nobody says. */
  readonly dataFolder: string
}

const known = [
  'data',
  'listen',
  'address',
  'catalog',
  'storages',
  'builds',
  'tls',
  'mail',
  'webhooks',
  'sshKeys',
  'language',
  'log',
]
const portDefault = 8443

/** @throws config.malformed, usage.invalid */
export function readConfiguration(sources: ConfigurationSources): ServerConfiguration {
  const { file, environment, options } = sources
  const path = file?.path ?? 'the configuration'
  try {
    const value: unknown = file === undefined ? {} : JSON.parse(file.text)
    const fields = new JsonFields(value, path)
    refuseUnknown(value, path)
    const said = (key: 'data' | 'listen' | 'address' | 'catalog'): string | undefined =>
      options[key] ??
      nonEmpty(environment[`HOLDFAST_SERVER_${key.toUpperCase()}`]) ??
      (fields.has(key) ? fields.text(key) : undefined)
    const dataFolder = said('data') ?? sources.dataFolder
    const logText =
      nonEmpty(environment['HOLDFAST_LOG']) ?? (fields.has('log') ? fields.text('log') : 'info')
    return {
      dataFolder,
      listen: parseListen(said('listen') ?? `:${portDefault}`),
      address: said('address')?.replace(/\/+$/, ''),
      catalog: parseCatalog(said('catalog'), dataFolder),
      storages: readStorages(value, dataFolder),
      buildsFolder: fields.has('builds') ? fields.text('builds') : `${dataFolder}/client`,
      tls: fields.has('tls') ? readTls(fields.record('tls')) : undefined,
      mail: fields.has('mail') ? readMail(fields.record('mail')) : undefined,
      webhookAllowed: fields.has('webhooks') ? fields.record('webhooks').texts('allowed') : [],
      sshKeys: readNamed(value, 'sshKeys'),
      language: fields.has('language') ? fields.oneOf('language', ['en', 'zh']) : 'en',
      logLevel: parseLevel(logText),
    }
  } catch (problem) {
    if (isFailure(problem, 'usage.invalid')) throw problem
    const text = problem instanceof Error ? problem.message : String(problem)
    throw failure('config.malformed', { path, problem: text }, problem)
  }
}

function refuseUnknown(value: unknown, path: string): void {
  const unknown = Object.keys(isRecord(value) ? value : {}).find((key) => !known.includes(key))
  if (unknown === undefined) return
  const problem = `it does not know "${unknown}"; known are ${known.join(', ')}`
  throw failure('config.malformed', { path, problem })
}

/** `host:port`, `:port` or `port`. */
function parseListen(text: string): ServerConfiguration['listen'] {
  const [, host = '', port = ''] = /^(?:(.*):)?(\d{1,5})$/.exec(text) ?? []
  if (port === '' || Number(port) > 65_535)
    throw failure('usage.invalid', { problem: `"${text}" is no address to listen at: host:port` })
  return { host: host.replace(/^\[|\]$/g, '') || '0.0.0.0', port: Number(port) }
}

function parseCatalog(text: string | undefined, dataFolder: string): CatalogPlace {
  if (text === undefined || text === 'sqlite')
    return { kind: 'sqlite', path: `${dataFolder}/catalog.db` }
  if (/^postgres(ql)?:\/\//.test(text)) return { kind: 'postgres', url: text }
  return { kind: 'sqlite', path: text }
}

function readStorages(value: unknown, dataFolder: string): ReadonlyMap<string, string> {
  const named = readNamed(value, 'storages')
  return named.size > 0 ? named : new Map([['default', `${dataFolder}/vaults`]])
}

function readTls(fields: JsonFields): ServerConfiguration['tls'] {
  return { certificateFile: fields.text('certificate'), keyFile: fields.text('key') }
}

function readMail(fields: JsonFields): MailSettings {
  const optional = (key: string) => (fields.has(key) ? fields.text(key) : undefined)
  return {
    host: fields.text('host'),
    port: fields.has('port') ? fields.integer('port') : undefined,
    security: fields.has('security')
      ? fields.oneOf('security', ['tls', 'starttls', 'opportunistic'])
      : 'starttls',
    user: optional('user'),
    passwordFile: optional('passwordFile'),
    from: fields.text('from'),
  }
}

/** An object of texts. */
function readNamed(value: unknown, key: string): ReadonlyMap<string, string> {
  const found = isRecord(value) ? value[key] : undefined
  if (found === undefined) return new Map()
  const entries = Object.entries(isRecord(found) ? found : { '': undefined })
  return new Map(
    entries.map(([name, text]) => {
      if (typeof text === 'string' && /^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) return [name, text]
      throw failure('usage.invalid', { problem: `"${key}" names files or folders by short names` })
    }),
  )
}

function parseLevel(text: string): LogLevel {
  const level = logLevels.find((one) => one === text)
  if (level !== undefined) return level
  throw failure('usage.invalid', { problem: `"${text}" is no log level: ${logLevels.join(', ')}` })
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
