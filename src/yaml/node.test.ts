import { inspect, isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { FaultList, formatFault } from './fault.ts'
import type { YamlNode } from './node.ts'
import { parseYaml, type YamlSource } from './parse.ts'
import { Secret } from './secret.ts'

function parse(
  text: string,
  more: Partial<YamlSource> = {},
): { root: YamlNode; faults: FaultList } {
  const faults = new FaultList()
  const root = parseYaml(text, { file: 'f.yml', faults, ...more })
  if (!root) throw new Error(faults.items.map(formatFault).join('\n'))
  return { root, faults }
}

/** What a reader says of the value of `k`. */
function faultsOf(text: string, read: (value: YamlNode) => unknown, more?: Partial<YamlSource>) {
  const { root, faults } = parse(text, more)
  const map = root.asMap()
  if (map) read(map.key('k'))
  return { faults: faults.items.map(formatFault), map }
}

function valueOf<T>(text: string, read: (value: YamlNode) => T, more?: Partial<YamlSource>): T {
  const { root, faults } = parse(text, more)
  const map = root.asMap()
  if (!map) throw new Error('not a mapping')
  const value = read(map.key('k'))
  expect(faults.items.filter((fault) => fault.severity === 'error')).toEqual([])
  return value
}

describe('scalars', () => {
  it.each([
    ['k: 15s', (n: YamlNode) => n.durationMs(), 15_000],
    ['k: 1h30m', (n: YamlNode) => n.durationMs(), 5_400_000],
    ['k: 0', (n: YamlNode) => n.durationMs(), 0],
    ['k: 15MB', (n: YamlNode) => n.bytes(), 15 * 1024 * 1024],
    ['k: 1.5KiB', (n: YamlNode) => n.bytes(), 1536],
    ['k: 017', (n: YamlNode) => n.asInteger(), 15],
    ['k: 0x1F', (n: YamlNode) => n.asInteger(), 31],
    ['k: 1_000', (n: YamlNode) => n.asInteger(), 1000],
    ['k: 18446744073709551615', (n: YamlNode) => n.asBigInt(0n, 2n ** 64n), 2n ** 64n - 1n],
    ['k: -.5e1', (n: YamlNode) => n.asNumber(), -5],
    ['k: .inf', (n: YamlNode) => n.asNumber(), Infinity],
    ['k: yes', (n: YamlNode) => n.asBool(), true],
    ['k: Off', (n: YamlNode) => n.asBool(), false],
    ['k: yes', (n: YamlNode) => n.asString(), 'yes'],
    ['k: 1.10', (n: YamlNode) => n.asString(), '1.10'],
    ['k: "null"', (n: YamlNode) => n.asString(), 'null'],
    ['k: !!binary "dGV4dA=="', (n: YamlNode) => n.asString(), 'text'],
    ['k: |\n  a\n  b', (n: YamlNode) => n.asString(), 'a\nb\n'],
    ['k: utf8', (n: YamlNode) => n.asOneOf(['legacy', 'utf8']), 'utf8'],
    ['k: [a, 1, "b"]', (n: YamlNode) => n.asStrings(), ['a', '1', 'b']],
    ['k: []', (n: YamlNode) => n.asStrings(), []],
    ['k:', (n: YamlNode) => n.asString(), undefined],
    ['k: ~', (n: YamlNode) => n.asBool(), undefined],
    ['other: 1', (n: YamlNode) => n.asList(), undefined],
  ])('%s', (text, read, expected) => {
    expect(valueOf<unknown>(text, read)).toEqual(expected)
  })

  it.each([
    ['k: 15', 'durationMs', 'must be a duration such as 15s, 1m30s or 2d, not 15'],
    ['k: 300y', 'durationMs', '300y is longer than 292 years'],
    ['k: 100', 'bytes', 'must be a size with its unit, such as 512MB, not 100'],
    ['k: 1.5', 'asInteger', 'must be a whole number, not 1.5'],
    ['k: "5"', 'asInteger', 'must be a whole number, not the text "5"'],
    ['k: "true"', 'asBool', 'must be true or false, not the text "true"'],
    ['k: [1]', 'asString', 'must be text, not a list'],
    ['k: {a: 1}', 'asList', 'must be a list, not a mapping'],
    ['k: x', 'asMap', 'must be a mapping, not a single value'],
  ] as const)('%s read with %s', (text, verb, message) => {
    const { faults } = faultsOf(text, (value) => value[verb]())
    expect(faults).toEqual([`f.yml:1:4: k: ${message}`])
  })

  it('refuses bytes that are not UTF-8', () => {
    const { faults } = faultsOf('k: !!binary "/w=="', (value) => value.asString())
    expect(faults).toEqual(['f.yml:1:13: k: !!binary is not base64 of valid UTF-8'])
  })
  it('names what is allowed and the word that was meant', () => {
    const { faults } = faultsOf('k: repalce', (value) => value.asOneOf(['keep', 'replace']))
    expect(faults).toEqual([
      'f.yml:1:4: k: must be one of keep, replace, not "repalce" (did you mean replace?)',
    ])
  })
  it('says where an empty item stands', () => {
    const { faults } = faultsOf('k:\n  - a\n  -\n', (value) => value.asStrings())
    expect(faults).toEqual(['f.yml:3:4: k[1]: must not be empty'])
  })
})

describe('mappings', () => {
  it('reports every unknown key, with the near one, and nothing twice', () => {
    const { root, faults } = parse('scrapeInterval: 1s\nfoo: 1\nscrape_timeout: 1s\n')
    const map = root.asMap()
    map?.key('scrape_interval')
    map?.key('scrape_timeout')
    map?.finish()
    map?.finish()
    expect(faults.items.map(formatFault)).toEqual([
      'f.yml:1:1: scrapeInterval: unknown key; did you mean scrape_interval? Allowed here: scrape_interval, scrape_timeout',
      'f.yml:2:1: foo: unknown key. Allowed here: scrape_interval, scrape_timeout',
    ])
  })
  it('reports a key that stands twice and keys that are not text', () => {
    const { root, faults } = parse('a: 1\nb: 2\na: 3\n[x]: 1\n? !!binary "/w=="\n: 1\n')
    expect(root.asMap()?.key('a').asString()).toBe('1')
    expect(faults.items.map(formatFault)).toEqual([
      'f.yml:3:1: a: stands twice in the same mapping; first on line 1',
      'f.yml:4:1: a key must be a single valid text',
      'f.yml:5:12: a key must be a single valid text',
    ])
  })
  it('merges as YAML 1.1 does: own keys win, then the earlier mapping', () => {
    const text = 'x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nk:\n  <<: [*x, *y]\n  a: 0\n'
    const entries = valueOf(text, (node) =>
      node
        .asMap()
        ?.entries()
        .map((e) => [e.name, e.asString()]),
    )
    expect(entries).toEqual([
      ['a', '0'],
      ['b', '1'],
      ['c', '2'],
    ])
  })
  it('gives a fault in an alias the place of the alias', () => {
    const { faults } = faultsOf('x: &x abc\nk: *x\n', (value) => value.durationMs())
    expect(faults).toEqual(['f.yml:2:4: k: must be a duration such as 15s, 1m30s or 2d, not abc'])
  })
})

describe('expansion', () => {
  const env = { NAME: 'v', EMPTY: '', PORT: '9090', NESTED: '${NAME}' }
  it.each([
    ['k: ${NAME}', 'v'],
    ['k: a${NAME}b${NAME}', 'avbv'],
    ['k: ${EMPTY}', ''],
    ['k: ${EMPTY:-d}', 'd'],
    ['k: ${NONE:-d e}', 'd e'],
    ['k: ${NONE:-}', ''],
    ['k: ${NESTED}', '${NAME}'],
    ['k: $${NAME}', '${NAME}'],
    ['k: a$$b', 'a$b'],
    ['k: $$${NAME}', '$v'],
    ['k: $NAME ${name} ${1} $1 ${2X}', '$NAME ${name} ${1} $1 ${2X}'],
  ])('%s', (text, expected) => {
    expect(valueOf(text, (node) => node.asString(), { env })).toBe(expected)
  })
  it('happens after parsing, so that a value cannot become structure', () => {
    const more = { env: { X: 'a: [b' } }
    expect(valueOf('k: ${X}', (node) => node.asString(), more)).toBe('a: [b')
  })
  it('gives a number from a variable', () => {
    expect(valueOf('k: ${PORT}', (node) => node.asInteger(), { env })).toBe(9090)
    expect(valueOf('k: "${PORT}"', (node) => node.asInteger(), { env })).toBe(9090)
  })
  it('leaves raw strings and documents without an environment alone', () => {
    expect(valueOf('k: ${NAME} $$', (node) => node.asRawString(), { env })).toBe('${NAME} $$')
    expect(valueOf('k: ${NAME} $$', (node) => node.asString())).toBe('${NAME} $$')
  })
  it('reports an unset variable at its line, and a $$ that escapes nothing', () => {
    const unset = faultsOf('a: 1\nk: x${NOT_SET}', (value) => value.asString(), { env })
    expect(unset.faults).toEqual([
      'f.yml:2:4: k: the environment variable NOT_SET is not set; set it, give a default with ${NOT_SET:-…}, or write $${NOT_SET} for the text itself',
    ])
    const bare = faultsOf('k: pa$$word', (value) => value.asString(), { env })
    expect(bare.faults).toEqual(['f.yml:1:4: warning: k: $$ is read as one $; write $$$$ for two'])
  })
})

describe('secrets', () => {
  const readFile = (path: string): string => {
    if (path === '/run/secrets/p') return 'hidden\n'
    throw new Error('ENOENT')
  }
  it('come from a file without its last newline', () => {
    const secret = valueOf('k: ${file:/run/secrets/p}', (n) => n.asSecret(), { env: {}, readFile })
    expect(secret?.reveal()).toBe('hidden')
  })
  it('never show', () => {
    const secret = valueOf('k: hidden', (n) => n.asSecret())
    const shown = [String(secret), JSON.stringify({ secret }), inspect({ secret }), [secret].join()]
    for (const text of shown) {
      expect(text).toContain('<secret>')
      expect(text).not.toContain('hidden')
    }
  })
  it('are equal when their texts are, so that a reload sees a new password', () => {
    expect(isDeepStrictEqual({ p: new Secret('a') }, { p: new Secret('a') })).toBe(true)
    expect(isDeepStrictEqual({ p: new Secret('a') }, { p: new Secret('b') })).toBe(false)
  })
  it('are the only values that come from files', () => {
    const faults = (read: (n: YamlNode) => unknown, path: string) =>
      faultsOf(`k: \${file:${path}}`, read, { env: {}, readFile }).faults
    expect(faults((n) => n.asString(), '/run/secrets/p')).toEqual([
      'f.yml:1:4: k: ${file:…} is allowed for passwords, tokens and keys only',
    ])
    expect(faults((n) => n.asSecret(), '/none')).toEqual([
      `f.yml:1:4: k: cannot read the secret's file "/none": ENOENT`,
    ])
  })
})
