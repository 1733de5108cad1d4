/** Sums that outgrow exact numbers, and money: decimal text on the wire, bigint in code. */

import { z } from 'zod'
import { moneyText, parseMoney } from '#engine'

/** Of a metered item: bytes or clients, summed over days. */
export const quantity = z.codec(
  z
    .string()
    .regex(/^(?:0|[1-9]\d{0,38})$/, 'not a quantity')
    .meta({ id: 'Quantity' }),
  z.bigint().min(0n),
  { decode: (text) => BigInt(text), encode: (value) => value.toString() },
)

/** In the currency of the bill, to six places, "12.5". */
export const money = z.codec(
  z
    .string()
    .max(40)
    .regex(/^\d{1,12}(?:\.\d{1,6})?$/, 'not an amount of money')
    .meta({ id: 'Money' }),
  z.bigint().min(0n),
  { decode: parseMoney, encode: moneyText },
)
