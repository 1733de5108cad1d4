/**
 * The folder of a server's keys:
 *
 *     master-0001.key      32 bytes in base64; the highest number wraps, the others are still read
 *     authority.key, .crt  signs the certificates of agents, and that of the listener, by which agents know it
 *     tls.key, .crt        what the listener shows
 *
 * Keys are made once and never overwritten; certificates are made from them again when they are missing or run out.
 */
import { createPublicKey, randomBytes, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { assert, failure, isFailure } from '#base'
import {
  type Authority,
  type Certified,
  makeAuthority,
  makeServerCertificate,
} from '../certificates/issue.ts'
import { makeKeyPair, readPrivateKey } from '../certificates/key-pair.ts'
import { isRenewalDue, readCertificate } from '../certificates/read.ts'
import { KeyFiles } from './key-files.ts'
import { type MasterKey, masterKeyOf } from './master-key.ts'
import { masterKeyBytes } from './sealed-form.ts'

export type ServerKeysRequest = {
  readonly folder: string
  /** What HOLDFAST_MASTER_KEY says: keys in base64 with commas between, of which the first wraps. */
  readonly masterKeyText: string | undefined
  /** False for a server that has data: keys made anew would open none of it. */
  readonly mayMake: boolean
  /** By which agents and people call the server. */
  readonly hosts: readonly string[]
  readonly addresses: readonly string[]
  readonly now: number
}

export type ServerKeys = {
  readonly master: MasterKey
  readonly authority: Authority
  readonly tls: Certified
}

/** @throws server-keys.missing, server-keys.refused */
export async function openServerKeys(request: ServerKeysRequest): Promise<ServerKeys> {
  const files = new KeyFiles(request.folder)
  if (request.mayMake) await files.prepare()
  const master = masterKeyOf(await readMasterKeys(files, request))
  const authority = await openAuthority(files, request)
  const tls = await openServerCertificate(files, request, authority)
  return { master, authority, tls }
}

/** Another master key for the folder, which wraps from the next start on; the ones before stay readable. */
export async function addMasterKey(folder: string): Promise<string> {
  const files = new KeyFiles(folder)
  const numbers = masterNames(await files.list()).map((name) => Number(name.slice(7, 11)))
  const name = masterName(Math.max(0, ...numbers) + 1)
  const text = newMasterText()
  if ((await files.keep(name, text)) === text) return name
  throw failure('server-keys.refused', {
    file: join(folder, name),
    problem: 'somebody made one at the same time',
  })
}

/** The certificate again, with the same key; undefined: it is good for longer. Asked once a day by a server that runs. */
export async function renewServerCertificate(
  request: ServerKeysRequest,
): Promise<Certified | undefined> {
  const files = new KeyFiles(request.folder)
  const before = await files.find('tls.crt')
  const given = { ...request, mayMake: false }
  const tls = await openServerCertificate(files, given, await openAuthority(files, given))
  return tls.certificatePem === before ? undefined : tls
}

const environmentName = 'HOLDFAST_MASTER_KEY'
const masterPattern = /^master-\d{4}\.key$/
const base64Pattern = /^[A-Za-z0-9+/]{43}=$/

async function readMasterKeys(
  files: KeyFiles,
  request: ServerKeysRequest,
): Promise<readonly Uint8Array[]> {
  const given = (request.masterKeyText ?? '').split(',').map((text) => text.trim())
  const keys = given
    .filter((text) => text !== '')
    .map((text) => parseMasterKey(environmentName, text))
  for (const name of masterNames(await files.list()).toReversed()) {
    const text = await files.find(name)
    if (text !== undefined) keys.push(parseMasterKey(join(files.folder, name), text.trim()))
  }
  if (keys.length > 0) return keys
  const text = await obtain(files, request, masterName(1), async () => newMasterText())
  return [parseMasterKey(join(files.folder, masterName(1)), text.trim())]
}

function parseMasterKey(file: string, text: string): Uint8Array {
  const key = base64Pattern.test(text) ? Buffer.from(text, 'base64') : Buffer.alloc(0)
  if (key.length !== masterKeyBytes) {
    throw failure('server-keys.refused', { file, problem: 'it is not 32 bytes in base64' })
  }
  // A key of zeros is what a variable that was never filled looks like.
  if (new Set(key).size < 8) {
    throw failure('server-keys.refused', { file, problem: 'it is not made by chance' })
  }
  return new Uint8Array(key)
}

async function openAuthority(files: KeyFiles, request: ServerKeysRequest): Promise<Authority> {
  const privateKeyPem = await obtainKey(files, request, 'authority.key')
  const { now } = request
  const found = await files.find('authority.crt')
  if (found !== undefined && isOfKey(found, privateKeyPem) && !isDue(found, now)) {
    return { certificatePem: found, privateKeyPem }
  }
  const made = await makeAuthority({ now, privateKeyPem })
  await files.replace('authority.crt', made.certificatePem)
  return made
}

async function openServerCertificate(
  files: KeyFiles,
  request: ServerKeysRequest,
  authority: Authority,
): Promise<Certified> {
  const privateKeyPem = await obtainKey(files, request, 'tls.key')
  const { hosts, addresses, now } = request
  const found = await files.find('tls.crt')
  const made = await makeServerCertificate({ hosts, addresses, now, privateKeyPem, authority })
  const wanted = readCertificate(made.certificatePem).hosts
  const isOurs =
    found !== undefined && isOfKey(found, privateKeyPem) && isSignedBy(found, authority)
  if (isOurs && !isDue(found, now)) {
    const standsFor = new Set(readCertificate(found).hosts)
    if (wanted.every((host) => standsFor.has(host))) return { certificatePem: found, privateKeyPem }
  }
  await files.replace('tls.crt', made.certificatePem)
  return made
}

/** The private key of that name; a new one, where keys may be made. */
async function obtainKey(
  files: KeyFiles,
  request: ServerKeysRequest,
  name: string,
): Promise<string> {
  const pem = await obtain(files, request, name, async () => (await makeKeyPair()).privateKeyPem)
  try {
    readPrivateKey(pem)
  } catch (problem) {
    assert(isFailure(problem, 'certificate.refused'), 'a key is read or refused')
    const { context } = problem
    const file = join(files.folder, name)
    throw failure('server-keys.refused', { file, problem: String(context['problem']) }, problem)
  }
  return pem
}

async function obtain(
  files: KeyFiles,
  { mayMake, folder }: ServerKeysRequest,
  name: string,
  make: () => Promise<string>,
): Promise<string> {
  const found = await files.find(name)
  if (found !== undefined) return found
  if (!mayMake) throw failure('server-keys.missing', { folder, file: name })
  return await files.keep(name, await make())
}

/** Certificates are made again when they cannot be read: nothing is lost by it. */
function isOfKey(certificatePem: string, privateKeyPem: string): boolean {
  try {
    const { publicKey } = new X509Certificate(certificatePem)
    return publicKey.equals(createPublicKey(privateKeyPem))
  } catch (problem) {
    assert(problem instanceof Error, 'node says why')
    return false
  }
}

function isSignedBy(certificatePem: string, authority: Authority): boolean {
  const key = createPublicKey(authority.privateKeyPem)
  return new X509Certificate(certificatePem).verify(key)
}

function isDue(certificatePem: string, now: number): boolean {
  return isRenewalDue(readCertificate(certificatePem), now)
}

function masterNames(names: readonly string[]): readonly string[] {
  return names.filter((name) => masterPattern.test(name)).toSorted()
}

function masterName(number: number): string {
  assert(number >= 1 && number <= 9_999, 'keys are numbered from 1')
  return `master-${String(number).padStart(4, '0')}.key`
}

function newMasterText(): string {
  return `${randomBytes(masterKeyBytes).toString('base64')}\n`
}
