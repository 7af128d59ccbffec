import { describe, expect, it } from 'vitest'
import { parseVersionRange } from './version-range.ts'

describe('a range of versions', () => {
  it.each([
    ['>=10.0.0', [100_000, 150_008], [90_624]],
    ['>=12.0.0 <15.0.0', [120_000, 140_012], [110_000, 150_000]],
    ['<12.0.0 || >=14.0.0', [110_022, 140_000], [130_005]],
    ['15.8.0', [150_008], [150_007, 160_000]],
    ['15.x', [150_000, 150_012], [140_012, 160_000]],
    ['>15.x', [160_000], [150_012]],
    ['<=15.x', [150_012, 120_000], [160_000]],
    ['!=15.8.0', [150_007], [150_008]],
    ['>= 13', [130_000], [120_000]],
  ])('%s', (text, inside, outside) => {
    const range = parseVersionRange(text)
    for (const version of inside) expect(range?.contains(version)).toBe(true)
    for (const version of outside) expect(range?.contains(version)).toBe(false)
  })

  it.each(['', 'new', '>=', '>=10.0.0 and more', '||', '!=9.x'])('%j is none', (text) => {
    expect(parseVersionRange(text)).toBeUndefined()
  })
})
