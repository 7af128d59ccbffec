import { describe, expect, it } from 'vitest'
import { compareEscapes, countEscapes } from './count-escapes.ts'

describe('countEscapes', () => {
  it.each([
    ['const a: any = 1', { any: 1 }],
    ['const a: Map<string, any> = new Map<any[]>()', { any: 2 }],
    ['type A = any', { any: 1 }],
    ['if (any && other) any = true', {}],
    ['AbortSignal.any([a, b])', {}],
    ['const a = b as number', { casts: 1 }],
    ['const a = (b as unknown) as string[]', { casts: 2 }],
    ['const a = f(x) as { b: 1 }', { casts: 1 }],
    ['const a = b as any', { any: 1, casts: 1 }],
    ['const a = [1] as const', {}],
    ["import { a as b } from './c.ts'\nimport * as d from './e.ts'\nexport { f as g }", {}],
    ["const a = '// oxlint-disable-line'", {}],
    ['const a = b[i] as number + (c[j + 1] as bigint)', {}],
    ["const a = 'b as number' // c as string", {}],
    ['// oxlint-disable-next-line no-console\nf()', { suppressions: 1 }],
    ['/* eslint-disable */ f()', { suppressions: 1 }],
    ['// @ts-expect-error\nf()', { suppressions: 1 }],
  ])('%s', (source, expected) => {
    expect(countEscapes(source)).toEqual({ any: 0, casts: 0, suppressions: 0, ...expected })
  })
})

describe('compareEscapes', () => {
  const stored = { src: { any: 0, casts: 5, suppressions: 0 } }

  it('says which count rose, and by how much', () => {
    const found = compareEscapes(stored, { src: { any: 0, casts: 7, suppressions: 0 } })
    expect(found).toEqual({ risen: ['src: casts rose from 5 to 7'], fallen: [] })
  })

  it('says which count fell', () => {
    const found = compareEscapes(stored, { src: { any: 0, casts: 4, suppressions: 0 } })
    expect(found).toEqual({ risen: [], fallen: ['src: casts fell from 5 to 4'] })
  })

  it('takes a folder that was never counted for one without escapes', () => {
    const found = compareEscapes({}, { bench: { any: 1, casts: 0, suppressions: 0 } })
    expect(found.risen).toEqual(['bench: any rose from 0 to 1'])
  })
})
