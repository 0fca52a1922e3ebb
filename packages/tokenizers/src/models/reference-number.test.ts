import { expect, it } from 'vitest'
import { referenceNumber } from './reference-number.ts'

it('rounds as the reference does', () => {
  expect(referenceNumber(-12.130167007446289)).toBe(-12.130167007446287)
  for (const value of [0, -0, 1, -10, 0.5, -2.25, 123456, 1e21, -3.5e-7, -3.649247407913208]) {
    expect(referenceNumber(value)).toBe(value === 0 ? 0 : value)
  }
  // Never further away than one step.
  for (let i = 1; i < 2000; i++) {
    const value = -Math.log(i + 1) * Math.PI
    expect(Math.abs(referenceNumber(value) / value - 1)).toBeLessThan(2 ** -51)
  }
})
