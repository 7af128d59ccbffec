import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import { findDuplicateRules } from './find-duplicate-rules.ts'
import { readRuleFile, readRuleText, type ReadRulesOptions } from './read-rule-file.ts'
import { parseJson } from '../../../test/house/parse-json.ts'

const BAD = path.join(import.meta.dirname, 'bad')
const SHARED = path.resolve(import.meta.dirname, '../../../../shared')

function faultsOf(file: string, options: Partial<ReadRulesOptions> = {}): readonly string[] {
  const faults = new FaultList()
  readRuleFile(file, { faults, ...options })
  return faults.items.map(formatFault)
}

describe('each bad file gets the message of its first line', () => {
  it.each(readdirSync(BAD).filter((name) => name.endsWith('.yml')))('%s', (name) => {
    const file = path.join(BAD, name)
    const wanted = readFileSync(file, 'utf8').split('\n', 1)[0]?.slice(2) ?? ''
    const faults = faultsOf(file)
    const placed = faults.map((text) => /^.*?\.yml:[1-9]\d*:[1-9]\d*: (.*)$/s.exec(text)?.[1])
    expect(placed.some((message) => message?.startsWith(wanted)) ? wanted : faults).toBe(wanted)
  })
})

describe('readRuleFile', () => {
  it('maps the place of a fault in an expression to the file', () => {
    expect(faultsOf(path.join(BAD, 'expr-type.yml'))[0]).toMatch(/expr-type\.yml:8:18: /)
    expect(faultsOf(path.join(BAD, 'expr-syntax.yml'))[0]).toMatch(/expr-syntax\.yml:6:21: /)
  })

  it('reads what there is to read', () => {
    const faults = new FaultList()
    const text = `
groups:
  - name: g
    interval: 30s
    query_offset: 0s
    limit: 5
    labels: {team: a, tier: "1"}
    rules:
      - {record: "a:b", expr: 1, labels: {tier: 2}}
      - {alert: A, expr: "up==0", for: 5m, keep_firing_for: 1m, annotations: {summary: x}}
  - {name: h, interval: 0s, rules: []}
`
    const groups = readRuleText(text, 'r.yml', { faults })
    expect(faults.items).toEqual([])
    expect(groups).toMatchObject([
      {
        ...{ file: 'r.yml', name: 'g', intervalMs: 30_000, queryOffsetMs: 0, limit: 5 },
        rules: [
          {
            ...{ kind: 'recording', name: 'a:b', query: '1', line: 9 },
            labels: [
              ['team', 'a'],
              ['tier', '2'],
            ],
          },
          {
            ...{ kind: 'alerting', name: 'A', query: 'up == 0' },
            ...{ forMs: 300_000, keepFiringForMs: 60_000, annotations: [['summary', 'x']] },
          },
        ],
      },
      { name: 'h', intervalMs: undefined, queryOffsetMs: undefined, limit: 0 },
    ])
  })

  it('passes over unknown keys when told to', () => {
    for (const name of ['unknown-key-top', 'unknown-key-group', 'unknown-key-rule']) {
      expect(faultsOf(path.join(BAD, `${name}.yml`), { ignoreUnknownKeys: true })).toEqual([])
    }
  })

  it('finds nothing in an empty file', () => {
    expect(readRuleText('', 'r.yml', { faults: new FaultList() })).toEqual([])
    expect(readRuleText('groups:\n', 'r.yml', { faults: new FaultList() })).toEqual([])
  })
})

describe('findDuplicateRules', () => {
  it('finds rules of one name and the same labels, over all groups', () => {
    const text = `
groups:
  - name: a
    labels: {l: "1"}
    rules: [{record: x, expr: "1"}, {record: y, expr: "1"}]
  - name: b
    rules:
      - {record: x, expr: "2", labels: {l: "1"}}
      - {record: x, expr: "2"}
`
    const groups = readRuleText(text, 'r.yml', { faults: new FaultList() })
    expect(findDuplicateRules(groups)).toEqual([{ name: 'x', labels: [['l', '1']], lines: [5, 8] }])
  })
})

interface Case {
  readonly file: string
  readonly good: boolean
}

const RULEFMT = path.join(SHARED, 'conformance/data/prometheus/rulefmt')

const isCases = (json: unknown): json is Case[] => Array.isArray(json)

describe('the rule files of Prometheus', () => {
  const cases: Case[] = existsSync(RULEFMT)
    ? parseJson(readFileSync(path.join(RULEFMT, 'INDEX.json'), 'utf8'), isCases)
    : []
  if (cases.length === 0) console.log(`not tested: ${RULEFMT} is not there`)
  it.skipIf(cases.length === 0)('are judged as its own tests judge them', () => {
    const wrong = cases.filter(({ file, good }) => {
      const validation = file.startsWith('legacy_') ? 'legacy' : 'utf8'
      return (faultsOf(path.join(RULEFMT, file), { validation }).length === 0) !== good
    })
    expect(wrong).toEqual([])
  })
})

describe('the rule files of the field', () => {
  const found = ['data/seeds', 'data/configs/rules'].flatMap((folder) =>
    ruleFilesIn(path.join(SHARED, folder)),
  )
  if (found.length === 0) console.log(`not tested: ${SHARED}/data is not there`)
  it.skipIf(found.length === 0)('load without a fault', () => {
    const faults = found.flatMap((file) => faultsOf(file).map((fault) => ({ file, fault })))
    expect(faults).toEqual([])
  })
})

/** YAML files with rule groups at their top. */
function ruleFilesIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ya?ml|rules)$/.test(name))
    .map((name) => path.join(folder, name))
    .filter((file) => /^groups:/m.test(readFileSync(file, 'utf8')))
}
