/**
 * Money as whole millionths of a currency unit, and prices as money for so much of something. Everything is bigint: no
 * sum, product or rounding passes through a float. A charge is rounded once, half up, to a millionth.
 */
import { assert, failure } from '#base'

/** Millionths of the tariff's currency. */
export type MicroUnits = bigint

/** `micros` for every `perQuantity` of an item, in the item's own quantity: bytes, or clients. */
export type UnitPrice = { readonly micros: MicroUnits; readonly perQuantity: bigint }

const microsPerUnit = 1_000_000n
const textPattern = /^(\d{1,12})(?:\.(\d{1,6}))?$/

/** `0.02` to 20000. @throws tariff.invalid for signs, more than six decimals, anything else. */
export function parseMoney(text: string): MicroUnits {
  const [, units, decimals = ''] = textPattern.exec(text) ?? []
  if (units === undefined) {
    const problem = `"${text}" is not an amount; write 12.50, with at most six decimals`
    throw failure('tariff.invalid', { problem })
  }
  return BigInt(units) * microsPerUnit + BigInt(decimals.padEnd(6, '0'))
}

/** 20000 to `0.02`: at least two decimals, and as many as are needed to lose nothing. */
export function moneyText(amount: MicroUnits): string {
  assert(amount >= 0n, 'charges are not negative')
  const decimals = String(amount % microsPerUnit).padStart(6, '0')
  const shown = decimals.replace(/0{1,4}$/, '')
  return `${amount / microsPerUnit}.${shown}`
}

/** What a quantity costs, rounded half up to a millionth. */
export function chargeFor(quantity: bigint, price: UnitPrice): MicroUnits {
  assert(quantity >= 0n && price.micros >= 0n, 'quantities and prices are not negative')
  assert(price.perQuantity > 0n, 'a price is for some quantity')
  return (quantity * price.micros * 2n + price.perQuantity) / (price.perQuantity * 2n)
}
