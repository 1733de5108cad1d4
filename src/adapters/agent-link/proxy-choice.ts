/** Which proxy leads to an address, from configuration or from the variables that all programs read (A3). */
import { isIP } from 'node:net'
import { failure } from '#base'

export type ProxySettings = {
  /** `http://host:port`, or https; undefined: none. */
  readonly proxy?: string | undefined
  /** Hosts that are reached without it, separated by commas, as in NO_PROXY. */
  readonly noProxy?: string | undefined
}

export type HttpProxy = {
  readonly host: string
  readonly port: number
  readonly isSecure: boolean
  /** For the header Proxy-Authorization. */
  readonly authorization?: string
}

/** What configuration says counts before the environment. */
export function proxySettings(
  configured: ProxySettings,
  environment: Readonly<Record<string, string | undefined>>,
): ProxySettings {
  const find = (name: string) => environment[name.toLowerCase()] || environment[name]
  return {
    proxy: configured.proxy ?? find('HTTPS_PROXY') ?? find('ALL_PROXY'),
    noProxy: configured.noProxy ?? find('NO_PROXY'),
  }
}

/** @throws usage.invalid */
export function chooseProxy(
  target: { readonly host: string; readonly port: number },
  { proxy, noProxy }: ProxySettings,
): HttpProxy | undefined {
  if (proxy === undefined || proxy === '') return undefined
  const rules = (noProxy ?? '').split(/[\s,]+/).filter((rule) => rule !== '')
  return rules.some((rule) => isSpared(target, rule)) ? undefined : parseProxy(proxy)
}

function isSpared(target: { readonly host: string; readonly port: number }, rule: string): boolean {
  if (rule === '*') return true
  const host = bareHost(target.host)
  const range = /^([0-9.]+)\/(\d{1,2})$/.exec(rule)
  if (range !== null) return isInRange(host, range[1] ?? '', Number(range[2]))
  const { name, port } = splitPort(rule.toLowerCase())
  if (port !== undefined && port !== target.port) return false
  const domain = name.replace(/^\*?\./, '')
  return host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`))
}

function splitPort(rule: string): { readonly name: string; readonly port: number | undefined } {
  const match = /^(\[.*\]|[^:]+):(\d+)$/.exec(rule)
  if (match === null) return { name: bareHost(rule), port: undefined }
  return { name: bareHost(match[1] ?? ''), port: Number(match[2]) }
}

function bareHost(host: string): string {
  return host.replace(/^\[|\]$/g, '').toLowerCase()
}

function isInRange(host: string, base: string, bits: number): boolean {
  if (isIP(host) !== 4 || isIP(base) !== 4 || bits > 32) return false
  const shift = 2 ** (32 - bits)
  return Math.floor(numberOf(host) / shift) === Math.floor(numberOf(base) / shift)
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

function parseProxy(text: string): HttpProxy {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    // The text may hold a password.
    throw failure('usage.invalid', { problem: 'the proxy is not an http or https address' })
  }
  const isSecure = url.protocol === 'https:'
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  return {
    host: bareHost(url.hostname),
    port: url.port === '' ? (isSecure ? 443 : 80) : Number(url.port),
    isSecure,
    ...(user === ':' ? {} : { authorization: `Basic ${Buffer.from(user).toString('base64')}` }),
  }
}
