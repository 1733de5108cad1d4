/** A password's hash as text: `$argon2id$v=19$m=65536,t=3,p=1$salt$hash`, as every program writes it. */
import { assert } from '#base'

export type PasswordCost = {
  readonly memoryKiB: number
  readonly passes: number
  readonly lanes: number
}
export type PasswordText = PasswordCost & {
  readonly salt: Uint8Array
  readonly hash: Uint8Array
}

export function renderPasswordText({ memoryKiB, passes, lanes, salt, hash }: PasswordText): string {
  const cost = `m=${memoryKiB},t=${passes},p=${lanes}`
  return ['', 'argon2id', 'v=19', cost, base64(salt), base64(hash)].join('$')
}

const pattern =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{43})$/

/** Only this server writes such texts: another one is a broken catalog. */
export function parsePasswordText(text: string): PasswordText {
  const [, memory, passes, lanes, salt = '', hash = ''] = pattern.exec(text) ?? []
  assert(memory !== undefined, 'the catalog holds hashes as they were written')
  return {
    memoryKiB: Number(memory),
    passes: Number(passes),
    lanes: Number(lanes),
    salt: new Uint8Array(Buffer.from(salt, 'base64')),
    hash: new Uint8Array(Buffer.from(hash, 'base64')),
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '')
}
