/**
 * The certificate that an operator made, as two files that somebody renews now and then (an ACME client, say). They are
 * compared by content: who renews writes one after the other, and times of files say little. A pair that does not fit
 * takes the place of nothing.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { failure } from '#base'

export type CertificatePair = {
  /** PEMs: the server's own first, then its chain. */
  readonly certificates: string
  readonly key: string
}

export type PairPaths = { readonly certificateFile: string; readonly keyFile: string }

export class CertificateFiles {
  readonly #paths: PairPaths
  /** As it was read last, good or not. */
  #seen: string

  private constructor(paths: PairPaths, seen: string) {
    this.#paths = paths
    this.#seen = seen
  }

  /** @throws server.certificate-unusable */
  static async open(
    paths: PairPaths,
  ): Promise<{ readonly files: CertificateFiles; readonly pair: CertificatePair }> {
    const pair = await readPair(paths)
    checkPair(pair, paths)
    return { files: new CertificateFiles(paths, textOf(pair)), pair }
  }

  /**
   * The pair, when the files hold another than at the last look.
   * @throws server.certificate-unusable once for each content that cannot be used
   */
  async findChange(): Promise<CertificatePair | undefined> {
    const pair = await this.#read()
    if (pair === undefined) return undefined
    const text = textOf(pair)
    if (text === this.#seen) return undefined
    this.#seen = text
    checkPair(pair, this.#paths)
    return pair
  }

  /** A file that is away for a moment is no news twice. */
  async #read(): Promise<CertificatePair | undefined> {
    try {
      return await readPair(this.#paths)
    } catch (problem) {
      if (this.#seen === gone) return undefined
      this.#seen = gone
      throw problem
    }
  }
}

const gone = 'gone'

function textOf({ certificates, key }: CertificatePair): string {
  return `${certificates}\0${key}`
}

async function readPair(paths: PairPaths): Promise<CertificatePair> {
  try {
    const [certificates, key] = [
      await readFile(paths.certificateFile, 'utf8'),
      await readFile(paths.keyFile, 'utf8'),
    ]
    return { certificates, key }
  } catch (problem) {
    throw unusable(paths, problem)
  }
}

/** @throws server.certificate-unusable */
function checkPair({ certificates, key }: CertificatePair, paths: PairPaths): void {
  try {
    const own = new X509Certificate(certificates)
    if (!own.checkPrivateKey(createPrivateKey(key)))
      throw new Error('the key is not that of the certificate')
    // The chain too.
    createSecureContext({ cert: certificates, key })
  } catch (problem) {
    throw unusable(paths, problem)
  }
}

function unusable({ certificateFile, keyFile }: PairPaths, cause: unknown): Error {
  const problem = cause instanceof Error ? cause.message : String(cause)
  return failure(
    'server.certificate-unusable',
    { certificate: certificateFile, key: keyFile, problem },
    cause,
  )
}
