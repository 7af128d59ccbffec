import { describe, expect, it } from 'vitest'
import { FUNCTIONS } from './functions.ts'

describe('the table of functions', () => {
  it('has every function of Prometheus 3.14 once', () => {
    expect(FUNCTIONS.size).toBe(90)
    for (const [name, { argTypes }] of FUNCTIONS) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/)
      expect(argTypes.length).toBeLessThanOrEqual(5)
    }
  })

  it('knows their signatures', () => {
    expect(FUNCTIONS.get('rate')).toEqual({
      name: 'rate',
      argTypes: ['matrix'],
      variadic: 0,
      returnType: 'vector',
      experimental: false,
    })
    expect(FUNCTIONS.get('round')).toMatchObject({ argTypes: ['vector', 'scalar'], variadic: 1 })
    expect(FUNCTIONS.get('label_join')).toMatchObject({ variadic: -1 })
    expect(FUNCTIONS.get('time')).toMatchObject({ argTypes: [], returnType: 'scalar' })
    expect(FUNCTIONS.get('info')).toMatchObject({ variadic: 1, experimental: true })
  })
})
