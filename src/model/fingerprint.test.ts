import { describe, expect, it } from 'vitest'
import { fingerprintOf } from './fingerprint.ts'
import { Labels } from './labels.ts'

/** FNV-1a in BigInt, as its definition says. */
function reference(flat: readonly string[]): string {
  let sum = 0xcbf29ce484222325n
  const add = (byte: number): void => {
    sum = BigInt.asUintN(64, (sum ^ BigInt(byte)) * 0x100000001b3n)
  }
  for (const text of flat) {
    for (const byte of Buffer.from(text)) add(byte)
    add(255)
  }
  return sum.toString(16).padStart(16, '0')
}

describe('the fingerprint of a label set', () => {
  it('is that of the original', () => {
    // prometheus/common, model/signature_test.go: the fingerprint of no labels is the offset basis.
    expect(fingerprintOf(Labels.EMPTY)).toBe('cbf29ce484222325')
    // 5799056148416392346 in decimal.
    const labels = Labels.from({ name: 'garland, briggs', fear: 'love is not enough' })
    expect(BigInt(`0x${fingerprintOf(labels)}`)).toBe(5799056148416392346n)
  })

  it.each([
    [{ alertname: 'A' }],
    [{ alertname: 'DiskFull', instance: 'db1:9100', severity: 'critical' }],
    [{ ä: '日本語', z: '\u{1f600}' }],
    [Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`l${i}`, 'v'.repeat(i + 1)]))],
  ])('of %j equals its definition', (record) => {
    const labels = Labels.from(record)
    expect(fingerprintOf(labels)).toBe(reference(labels.flat))
  })
})
