/**
 * The key by which an installation vouches for client builds that their makers did not sign. Made at the first start; the
 * installer carries its public half, so a client takes later versions only from the installation that it came from.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto'
import { link, mkdir, open, readFile, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { failure } from '#base'

export interface BuildSigner {
  /** PEM. */
  readonly publicKey: string
  /** Base64. */
  sign(statement: Uint8Array): string
}

/** @param path of the private key, a PEM that only the server may read; made when it is missing */
export async function openInstallationKey(path: string): Promise<BuildSigner> {
  const pem = (await findText(path)) ?? (await makeKey(path))
  return signerOf(parseKey(pem, path))
}

function signerOf(key: KeyObject): BuildSigner {
  return {
    publicKey: createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString(),
    sign: (statement) => sign(null, statement, key).toString('base64'),
  }
}

function parseKey(pem: string, path: string): KeyObject {
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch (problem) {
    throw failure(
      'client.builds-unusable',
      { path, problem: 'the signing key is unreadable' },
      problem,
    )
  }
  if (key.asymmetricKeyType === 'ed25519') return key
  throw failure('client.builds-unusable', { path, problem: 'the signing key is not Ed25519' })
}

async function makeKey(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const { privateKey } = generateKeyPairSync('ed25519')
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const draft = `${path}.new`
  const file = await open(draft, 'w', 0o600)
  try {
    await file.writeFile(pem)
    await file.sync()
  } finally {
    await file.close()
  }
  // Whole or not at all, and never over a key that is there: clients know its public half.
  await link(draft, path)
  await unlink(draft)
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
  return pem
}

async function findText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (problem) {
    if (problem instanceof Error && 'code' in problem && problem.code === 'ENOENT') return undefined
    throw problem
  }
}
