import { equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { chargeFor, moneyText, parseMoney } from './money.ts'

const amount = fc.bigInt({ min: 0n, max: 10n ** 17n })

test('amounts are read and written without loss (H5)', () => {
  equal(parseMoney('0.02'), 20_000n)
  equal(moneyText(20_000n), '0.02')
  equal(moneyText(0n), '0.00')
  equal(moneyText(1_500_001n), '1.500001')
  equal(moneyText(12_000_000n), '12.00')
  fc.assert(fc.property(amount, (micros) => equal(parseMoney(moneyText(micros)), micros)))
})

test('what is not an amount is refused', () => {
  for (const text of ['', '-1', '1,50', '0.0000001', '1e3', '.5', '1.', '1234567890123']) {
    throws(() => parseMoney(text), { code: 'tariff.invalid' }, text)
  }
})

test('a charge is rounded once, half up, and splits by at most its roundings (H5)', () => {
  const price = { micros: 1n, perQuantity: 2n }
  equal(chargeFor(1n, price), 1n)
  equal(chargeFor(3n, price), 2n)
  equal(chargeFor(1n, { micros: 1n, perQuantity: 3n }), 0n)
  const perQuantity = fc.bigInt({ min: 1n, max: 1n << 40n })
  fc.assert(
    fc.property(amount, amount, amount, perQuantity, (a, b, micros, per) => {
      const one = { micros, perQuantity: per }
      const apart = chargeFor(a, one) + chargeFor(b, one) - chargeFor(a + b, one)
      equal(apart >= -1n && apart <= 1n, true)
      const exact = chargeFor(a, one) * per - a * micros
      equal(2n * exact <= per && 2n * exact > -per, true)
    }),
  )
})
