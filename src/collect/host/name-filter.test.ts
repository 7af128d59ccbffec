import { describe, expect, it } from 'vitest'
import { Problem } from '../../model/problem.ts'
import { compileFilter, compileSearch } from './name-filter.ts'

describe('a pattern of names', () => {
  it.each([
    ['eth', 'veth0', true],
    ['^eth', 'veth0', false],
    ['^(a|b)$', 'b', true],
    ['^(a|b)$', 'ab', false],
    ['^$', '', true],
    ['^$', 'a', false],
    [String.raw`nvme\d+n\d+p`, 'nvme0n1p2', true],
  ])('%s is found in %j: %s', (pattern, name, found) => {
    const test = compileSearch('collector.x.y', pattern)
    expect(test(name)).toBe(found)
    expect(test(name)).toBe(found)
  })

  it('says which flag does not compile', () => {
    expect(() => compileSearch('collector.netdev.device-exclude', '(')).toThrow(Problem)
    expect(() => compileSearch('collector.netdev.device-exclude', '(')).toThrow(
      /^--collector\.netdev\.device-exclude: /,
    )
  })

  it('forgets verdicts rather than remembering names without end', () => {
    const test = compileSearch('f', '7$')
    for (let i = 0; i < 10_000; i++) expect(test(`veth${i}`)).toBe(i % 10 === 7)
  })
})

describe('exclude and include', () => {
  it.each([
    ['', '', 'lo', false],
    ['^lo$', '', 'lo', true],
    ['^lo$', '', 'eth0', false],
    ['', '^eth', 'lo', true],
    ['', '^eth', 'eth0', false],
  ])('exclude %j, include %j: %s is left out: %s', (exclude, include, name, ignored) => {
    expect(compileFilter('collector.netdev.device', { exclude, include })(name)).toBe(ignored)
  })
})
