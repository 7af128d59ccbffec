import { describe, expect, it } from 'vitest'
import { keepTime, parseSearch, stringifySearch, textOf, toSearch } from './keep-time.ts'

describe('addresses', () => {
  it('keep every value a text, and lists lists', () => {
    const search = parseSearch('?from=1700000000000&var-x=a&var-x=b&q=1e5')
    expect(search).toEqual({ from: '1700000000000', 'var-x': ['a', 'b'], q: '1e5' })
    expect(stringifySearch(search)).toBe('?from=1700000000000&var-x=a&var-x=b&q=1e5')
    expect(stringifySearch({ a: undefined })).toBe('')
    expect(toSearch({ a: 'x', b: ['y', 1], c: 2, d: null })).toEqual({ a: 'x', b: ['y'] })
  })

  it('take the time along from page to page, and nothing else', () => {
    expect(keepTime({ from: 'now-6h', to: 'now', q: 'up' })).toEqual({ from: 'now-6h', to: 'now' })
    expect(textOf({ a: ['x', 'y'] }, 'a')).toBe('x')
  })
})
