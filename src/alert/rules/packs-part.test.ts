import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { readPacksPart, type Pack } from './packs-part.ts'
import { readRuleText } from './read-rule-file.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'packs-part-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const MANIFEST = `name: mqtt
title: MQTT
description: A broker.
needs: broker_uptime
variables:
  least: {default: 1, unit: count, description: Fewest clients.}
  busy: {default: 80, unit: percent, description: Busy.}
  patience: {default: 5m, unit: duration, description: How long.}
  ignored: {default: '^$', unit: regex, description: Ignored clients.}
`
const RULES = `groups:
  - name: broker
    rules:
      - alert: NoClients
        expr: |-
          clients{name!~"\${ignored}"} < \${least}
        for: \${patience}
        annotations: {summary: 'fewer than \${least} of {{ $labels.name }}', runbook_url: docs/a.md#b}
      - alert: Busy
        expr: label_replace(busy, "a", "\${1}", "b", "(.*)") > \${busy}
`

function write(name: string, text: string, pack = 'mqtt', root = 'packs'): void {
  const file = path.join(folder, root, pack, name)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, text)
}

function read(
  section = '',
  own = '',
  roots = ['packs'],
  proven?: string,
): { packs: readonly Pack[]; faults: string[] } {
  const faults = new FaultList()
  const node = parseYaml(section, { file: 'vedette.yml', faults })
  const rules = readRuleText(own, 'own.yml', { faults })
  const folders = roots.map((root) => path.join(folder, root))
  const sources = { node, folders, rules }
  const { packs } = readPacksPart(
    proven === undefined ? sources : { ...sources, proven: `${path.join(folder, proven)}/` },
    faults,
  )
  return {
    packs,
    faults: faults.items.map((fault) => formatFault(fault).replace(`${folder}/`, '')),
  }
}

describe('packs', () => {
  beforeEach(() => {
    write('pack.yml', MANIFEST)
    write('rules/broker.yml', RULES)
    write('rules/broker.test.yml', 'tests: []')
  })

  it('have their defaults put in, and are shown by the name of the pack', () => {
    const { packs, faults } = read()
    expect(faults).toEqual([])
    expect(packs.map(({ manifest, mode }) => [manifest.name, mode])).toEqual([['mqtt', 'auto']])
    const [group] = packs[0]?.groups ?? []
    expect(group?.file).toBe('pack:mqtt/broker.yml')
    expect(group?.rules.map(({ query }) => query)).toEqual([
      'clients{name!~"^$"} < 1',
      'label_replace(busy, "a", "${1}", "b", "(.*)") > 80',
    ])
    expect(group?.rules[0]).toMatchObject({
      forMs: 300_000,
      annotations: [
        ['runbook_url', 'docs/a.md#b'],
        ['summary', 'fewer than 1 of {{ $labels.name }}'],
      ],
    })
  })

  it('take what vedette.yml says, regular expressions as they are', () => {
    const section = `mqtt: {enabled: true, least: 3, patience: 90s, ignored: '^"\\d+"$'}\nrunbooks: https://a.example/main/`
    const { packs, faults } = read(section)
    expect(faults).toEqual([])
    expect(packs[0]?.mode).toBe('on')
    const [rule] = packs[0]?.groups[0]?.rules ?? []
    expect(rule?.query).toBe('clients{name!~"^\\"\\\\d+\\"$"} < 3')
    expect(rule).toMatchObject({
      forMs: 90_000,
      annotations: [['runbook_url', 'https://a.example/main/docs/a.md#b'], expect.anything()],
    })
  })

  it('give way to rules of the same name, of which they say where', () => {
    const own = 'groups: [{name: g, rules: [{record: Busy2, expr: up}, {alert: Busy, expr: up}]}]'
    const [pack] = read('', own).packs
    expect(pack?.groups[0]?.rules.map(({ name }) => name)).toEqual(['NoClients'])
    expect(pack?.replaced).toEqual([{ alert: 'Busy', by: 'own.yml:1' }])
  })

  it('are replaced by a pack of the same name in a later folder', () => {
    write('pack.yml', 'name: mqtt\ntitle: Mine\ndescription: Mine.\nneeds: mine', 'mqtt', 'own')
    const { packs, faults } = read('', '', ['packs', 'own'])
    expect(faults).toEqual([])
    expect(packs.map(({ manifest }) => manifest.title)).toEqual(['Mine'])
    expect(read('', '', ['packs', 'nowhere']).packs).toHaveLength(1)
  })

  it.each([
    ['mqt: {}', '1:1: mqt: there is no pack of this name; did you mean mqtt? There are: mqtt'],
    [
      'mqtt: {leest: 3}',
      '1:8: leest: unknown key; did you mean least? Allowed here: busy, enabled, ignored, least, patience (docs/alerts.md says what each is)',
    ],
    ['mqtt: {least: few}', '1:15: least: must be a number, not few'],
    ['mqtt: {least: -1}', '1:15: least: must not be negative, not -1'],
    ['mqtt: {least: .inf}', '1:15: least: must be a finite number'],
    ['mqtt: {least: }', '1:15: least: must not be empty'],
    ['mqtt: {busy: 101}', '1:14: busy: must be at most 100, not 101'],
    ['mqtt: {patience: 5}', '1:18: patience: must be a duration such as 15s, 1m30s or 2d, not 5'],
    ['mqtt: {patience: 0s}', '1:18: patience: must be above 0'],
    ['mqtt: {ignored: "a\\nb"}', '1:17: ignored: must be in one line, without control characters'],
    ['mqtt: {enabled: maybe}', '1:17: enabled: must be one of true, false, auto, not "maybe"'],
    ['mqtt: 3', '1:7: mqtt: must be a mapping, not a single value'],
    [
      'runbooks: here',
      '1:11: runbooks: must be a URL such as https://git.example.org/monitoring/vedette/blob/main',
    ],
  ])('refuse %j', (section, fault) => {
    expect(read(section).faults).toEqual([`vedette.yml:${fault}`])
  })

  it('refuse a broken regular expression', () => {
    expect(read("mqtt: {ignored: '('}").faults[0]).toMatch(
      /^vedette.yml:1:17: ignored: not a regular/,
    )
  })

  it.each([
    ['name: other', 'packs/mqtt/pack.yml:1:7: name: must be the name of its folder, mqtt'],
    [
      'name: MQTT',
      'packs/mqtt/pack.yml:1:7: name: must be of small letters, digits, - and _, a letter first',
    ],
    ['name: runbooks', 'packs/mqtt/pack.yml:1:7: name: runbooks is a key of its own in packs:'],
  ])('refuse %s', (name, fault) => {
    write('pack.yml', MANIFEST.replace('name: mqtt', name))
    expect(read().faults).toContain(fault)
  })

  it('refuse what is wrong in pack.yml, and variables that are not declared', () => {
    write(
      'pack.yml',
      MANIFEST.replace('needs: broker_uptime', 'needs: a + b').replace(
        'unit: count',
        'unit: apples',
      ),
    )
    const { faults } = read()
    expect(faults.some((fault) => /pack.yml:4:8: needs: not a series selector/.test(fault))).toBe(
      true,
    )
    expect(faults.some((fault) => /pack.yml:6:\d+: unit: must be one of percent/.test(fault))).toBe(
      true,
    )
    expect(faults).toContain(
      'pack:mqtt/broker.yml:6:41: ${least}: the pack has no variable of this name. It has: busy, patience, ignored',
    )
  })

  it('refuse a pack that lacks what it must have', () => {
    write('pack.yml', 'name: mqtt\nneed: a')
    expect(read().faults.map((fault) => fault.replace(/^.*pack.yml:\d+:\d+: /, ''))).toEqual(
      expect.arrayContaining(['title must be set', 'description must be set', 'needs must be set']),
    )
  })
})

describe('packs of the proven folder', () => {
  const BROKEN = RULES.replace('> ${busy}', '> > ${busy}')
  const FAULT = /pack:mqtt\/broker.yml:10:63: expr: could not parse expression/
  const readProven = (section = '', own = '', roots = ['packs']) =>
    read(section, own, roots, 'packs')
  beforeEach(() => {
    write('pack.yml', MANIFEST)
    write('rules/broker.yml', RULES)
  })

  it('are as others when they are asked, each time with the same groups', () => {
    const section = 'runbooks: https://a.example'
    const [pack] = readProven(section).packs
    expect(pack?.groups).toEqual(read(section).packs[0]?.groups)
    expect(pack?.groups).toBe(pack?.groups)
    expect(pack?.replaced).toEqual([])
  })

  it('are not parsed before they are asked, and say then that they are damaged', () => {
    write('rules/broker.yml', BROKEN)
    const { packs, faults } = readProven()
    expect(faults).toEqual([])
    expect(() => packs[0]?.groups).toThrow(FAULT)
    expect(() => packs[0]?.groups).toThrow('a pack of the program is damaged, install it anew')
  })

  it('are read at once when they cannot be filled in', () => {
    write('rules/broker.yml', RULES.replace('${busy}', '${lazy}'))
    expect(readProven().faults).toEqual([expect.stringMatching(/broker.yml:10:\d+: \$\{lazy\}/)])
  })

  it.each([
    ['a variable is set', 'mqtt: {least: 3}', ''],
    ['a rule has the name of one', '', 'groups: [{name: g, rules: [{alert: Busy, expr: up}]}]'],
  ])('are parsed at once where %s', (_why, section, own) => {
    write('rules/broker.yml', BROKEN)
    expect(readProven(section, own).faults).toEqual([expect.stringMatching(FAULT)])
  })

  it('give way to rules of the same name, of which they say where', () => {
    const [pack] = readProven('', 'groups: [{name: g, rules: [{alert: Busy, expr: up}]}]').packs
    expect(pack?.groups[0]?.rules.map(({ name }) => name)).toEqual(['NoClients'])
    expect(pack?.replaced).toEqual([{ alert: 'Busy', by: 'own.yml:1' }])
  })

  it('do not hide the faults of one in another folder', () => {
    write('pack.yml', MANIFEST, 'mqtt', 'own')
    write('rules/broker.yml', BROKEN, 'mqtt', 'own')
    expect(readProven('', '', ['packs', 'own']).faults).toEqual([expect.stringMatching(FAULT)])
  })
})
