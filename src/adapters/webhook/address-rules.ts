/**
 * Which addresses a webhook may reach (A19): public ones. Whoever may make a channel could else let the server call what
 * only the server reaches. The configuration allows others, by the name of the host or by a range; what hands out
 * credentials of a cloud machine is never allowed.
 */
import { BlockList, isIP } from 'node:net'
import { failure } from '#base'

export type AddressRules = {
  /** Why this address may not be reached under this name; undefined: it may. */
  findProblem(host: string, address: string): string | undefined
}

const privateRanges: readonly string[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Inside 2000::/3, the only part of IPv6 that is public at all.
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
]
/** Of the large clouds: link-local ones, Alibaba Cloud's, Oracle's, and those of IPv6. */
const credentialRanges: readonly string[] = [
  '169.254.0.0/16',
  '100.100.100.200/32',
  '192.0.0.192/32',
  'fe80::/10',
  'fd00:ec2::/32',
  'fd20:ce::/32',
  'fd00:42::42/128',
]
/** This machine itself, and everybody at once. */
const ownRanges: readonly string[] = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/96',
  'ff00::/8',
]
const ownOnes = listOf(ownRanges)
const publicIpv6 = listOf(['2000::/3'])
const privateOnes = listOf(privateRanges)
const credentials = listOf(credentialRanges)

/** @param allowed names of hosts, addresses, or ranges as `10.1.0.0/16`. @throws usage.invalid */
export function addressRules(allowed: readonly string[] = []): AddressRules {
  return rulesOf(allowed, (address) =>
    isPublic(address) ? undefined : `${address.text} is not a public address`,
  )
}

/**
 * For machines that clients are put on: private ones are what it is for. This machine is not, where services listen that
 * trust whoever is on it. @throws usage.invalid
 */
export function machineRules(allowed: readonly string[] = []): AddressRules {
  return rulesOf(allowed, (address) =>
    isIn(ownOnes, address) ? `${address.text} is the server itself` : undefined,
  )
}

function rulesOf(
  allowed: readonly string[],
  findProblem: (address: Address) => string | undefined,
): AddressRules {
  const names = new Set(allowed.filter((text) => !isRange(text)).map(parseName))
  const ranges = listOf(allowed.filter(isRange))
  return {
    findProblem(host, address) {
      const bare = innerAddress(address)
      if (bare === undefined) return `${address} is no address`
      if (isIn(credentials, bare)) return `${address} hands out credentials of the machine`
      if (names.has(plainHost(host)) || isIn(ranges, bare)) return undefined
      return findProblem(bare)
    },
  }
}

type Address = { readonly text: string; readonly family: 'ipv4' | 'ipv6' }

function isPublic(address: Address): boolean {
  if (address.family === 'ipv6' && !isIn(publicIpv6, address)) return false
  return !isIn(privateOnes, address)
}

/** The IPv4 address that an IPv6 one stands for (mapped or translated), else the address itself. */
function innerAddress(text: string): Address | undefined {
  const family = isIP(text)
  if (family === 4) return { text, family: 'ipv4' }
  // A zone (`fe80::1%eth0`) names an interface of this machine.
  if (family !== 6 || text.includes('%')) return undefined
  const groups = ipv6Groups(text)
  const prefix = groups
    .slice(0, 6)
    .map((group) => group.toString(16))
    .join(':')
  const standsForIpv4 = ipv4Prefixes.includes(prefix)
  return standsForIpv4 ? ipv4Of(groups[6], groups[7]) : { text, family: 'ipv6' }
}

const ipv4Prefixes = ['0:0:0:0:0:ffff', '64:ff9b:0:0:0:0']

function ipv4Of(high = 0, low = 0): Address {
  return { text: [high >> 8, high & 255, low >> 8, low & 255].join('.'), family: 'ipv4' }
}

function ipv6Groups(text: string): readonly number[] {
  // The URL parser writes every form as hexadecimal groups, dotted ends included.
  const plain = new URL(`http://[${text}]/`).hostname.slice(1, -1)
  const [head = '', tail] = plain.split('::')
  const numbers = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))
  if (tail === undefined) return numbers(head)
  const [before, after] = [numbers(head), numbers(tail)]
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after]
}

function parseName(text: string): string {
  if (/^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\.?$/.test(text)) return plainHost(text)
  throw failure('usage.invalid', {
    problem: `"${text}" is neither a host nor a range of addresses`,
  })
}

function plainHost(host: string): string {
  return host.toLowerCase().replace(/\.$/, '')
}

function isRange(text: string): boolean {
  return isIP(text.split('/')[0] ?? '') !== 0
}

function isIn(list: BlockList, { text, family }: Address): boolean {
  return list.check(text, family)
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits, ...rest] = range.split('/')
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
    const widest = family === 'ipv4' ? 32 : 128
    const prefix = bits === undefined ? widest : Number(bits)
    if (!Number.isInteger(prefix) || prefix < 0 || prefix > widest || rest.length > 0) {
      throw failure('usage.invalid', { problem: `"${range}" is not a range of addresses` })
    }
    list.addSubnet(address, prefix, family)
  }
  return list
}
