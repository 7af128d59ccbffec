import { describe, expect, it } from 'vitest'
import { formatBytes, parseBytes } from './bytes.ts'
import { FaultList, formatFault } from './fault.ts'
import { parseYaml } from './parse.ts'

function faultsOf(text: string): string[] {
  const faults = new FaultList()
  const root = parseYaml(text, { file: 'f.yml', faults })
  expect(root === undefined).toBe(faults.hasErrors)
  return faults.items.map(formatFault)
}

describe('parseYaml', () => {
  it('reads an empty document as a node without content', () => {
    for (const text of ['', '\n', '# nothing\n', '---\n', '\ufeff']) {
      const faults = new FaultList()
      const root = parseYaml(text, { file: 'f.yml', faults })
      expect(root?.isEmpty).toBe(true)
      expect(faults.items).toEqual([])
    }
  })
  it.each([
    ['a: 1\n b: 2\n', /^f\.yml:\d:\d: not valid YAML: /],
    ['a: b: c\n', /^f\.yml:1:4: not valid YAML: .*\(is a value with a colon not quoted/],
    ['a:\n\t- b\n', /^f\.yml:2:1: not valid YAML: .*\(use spaces\)/],
    ['a: "open\n', /^f\.yml:\d:\d: not valid YAML: /],
    ['a: [1, 2\n', /^f\.yml:\d:\d: not valid YAML: /],
    ['a: *none\n', /^f\.yml:1:4: \*none: the alias has no anchor before it$/],
    ['a: &x [1, *x]\n', /^f\.yml:1:11: \*x: the alias stands inside what it stands for$/],
  ])('%j', (text, pattern) => {
    const faults = faultsOf(text)
    expect(faults[0]).toMatch(pattern)
  })
  it('tells of a second document', () => {
    expect(faultsOf('a: 1\n---\nb: 2\n')).toEqual([
      'f.yml:2:1: warning: a second document in the same file is not read',
    ])
  })
  it('bounds depth without deep recursion', () => {
    const expected = /nested deeper than 100 levels/
    expect(faultsOf('['.repeat(1_000_000))[0]).toMatch(expected)
    expect(faultsOf(`${'- '.repeat(200_000)}x`)[0]).toMatch(expected)
    expect(faultsOf('{a: '.repeat(101) + '1' + '}'.repeat(101))[0]).toMatch(expected)
    expect(faultsOf('['.repeat(90) + ']'.repeat(90))).toEqual([])
  })
  it('bounds size', () => {
    expect(faultsOf('#'.repeat(9_000_000))[0]).toMatch(
      /^f\.yml: the document has 9000000 characters/,
    )
  })
  it('bounds what aliases expand to', () => {
    const levels = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
    for (let i = 1; i < 9; i++) {
      levels.push(`a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(', ')}]`)
    }
    expect(faultsOf(levels.join('\n'))[0]).toMatch(/aliases make more than 1000000 nodes/)
  })
})

describe('FaultList', () => {
  it('sorts by place and keeps a bounded number', () => {
    const faults = new FaultList()
    for (let line = 300; line > 0; line--) {
      faults.add({ file: 'a', line, col: 1, message: 'm', severity: 'error' })
    }
    expect(faults.errorCount).toBe(300)
    expect(faults.items).toHaveLength(201)
    expect(faults.items[0]?.line).toBe(101)
    expect(faults.items.at(-1)?.message).toBe('100 more faults are not shown')
  })
})

describe('sizes', () => {
  it.each([
    ['512MB', 536_870_912, '512MiB'],
    ['1KiB512B', 1536, '1KiB512B'],
    ['0', 0, '0B'],
    ['-1GB', -1_073_741_824, '-1GiB'],
  ])('%s', (text, sizeBytes, printed) => {
    expect(parseBytes(text)).toBe(sizeBytes)
    expect(formatBytes(sizeBytes)).toBe(printed)
  })
  it.each(['1.5G', '100', '', '9000000EB'])('%s is none', (text) => {
    expect(parseBytes(text)).toBeUndefined()
  })
})
