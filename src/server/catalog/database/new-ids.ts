/**
 * Ids that sort as they were made, also within one millisecond: lists go by them, and the newest of something is the one
 * with the greatest (RFC 9562, section 6.2, method 2: what is random grows by something random).
 */
import { assert } from '#base'
import { type Id, type IdKind, idFromBytes } from '#contract'

const timeBits = 48n
const chanceBytes = 10
const stepBytes = 4
/** A clock that is set back further than this is believed. */
const setBackMaxMs = 1_000

export type IdPorts = {
  readonly wallMs: () => number
  readonly random: (length: number) => Uint8Array
}

/** Of one process: two that make ids in the same millisecond are in no order. */
export function idMaker({
  wallMs,
  random,
}: IdPorts): <Kind extends IdKind>(kind: Kind) => Id<Kind> {
  let last = { ms: -1, value: 0n }
  return (kind) => {
    const ms = wallMs()
    assert(Number.isSafeInteger(ms) && ms >= 0, 'the wall clock counts whole milliseconds')
    const isBehind = ms <= last.ms && last.ms - ms <= setBackMaxMs
    last = isBehind
      ? { ms: last.ms, value: last.value + numberOf(random(stepBytes)) + 1n }
      : { ms, value: (BigInt(ms) << BigInt(8 * chanceBytes)) + numberOf(random(chanceBytes)) }
    const digits = (Number(timeBits) + 8 * chanceBytes) / 4
    const text = last.value.toString(16).padStart(digits, '0')
    return idFromBytes(kind, new Uint8Array(Buffer.from(text, 'hex')))
  }
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}
