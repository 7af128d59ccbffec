import { describe, expect, it } from 'vitest'
import { Labels } from '../model/labels.ts'
import { FaultList } from '../yaml/fault.ts'
import { parseYaml } from '../yaml/parse.ts'
import { readInhibitRules } from './config/inhibit-rule.ts'
import { InhibitIndex } from './inhibit.ts'

function indexOf(rules: string): InhibitIndex {
  const faults = new FaultList()
  const node = parseYaml(rules, { file: 'rules.yml', faults })
  const index = new InhibitIndex(node ? readInhibitRules(node) : [])
  expect(faults.hasErrors).toBe(false)
  return index
}

/** `a=b c=d` as labels. */
function labelsOf(text: string): Labels {
  return Labels.fromPairs(
    text.split(' ').map((pair): [string, string] => {
      const [name = '', value = ''] = pair.split('=')
      return [name, value]
    }),
  )
}

const alert = (fingerprint: string, text: string, endsAtMs = 1000) => ({
  fingerprint,
  labels: labelsOf(text),
  endsAtMs,
})

const RULES = `
- source_matchers: [severity="critical"]
  target_matchers: [severity=~"warning|info"]
  equal: [cluster, alertname]
`

describe('InhibitIndex', () => {
  it.each([
    ['equal labels', 'severity=warning cluster=a alertname=x', ['s']],
    ['another cluster', 'severity=warning cluster=b alertname=x', []],
    ['not a target', 'severity=page cluster=a alertname=x', []],
    ['a missing label is an empty one', 'severity=info cluster=a', []],
  ])('%s', (_, text, by) => {
    const index = indexOf(RULES)
    index.set(alert('s', 'severity=critical cluster=a alertname=x'))
    expect(index.inhibitedBy(labelsOf(text), 0)).toEqual(by)
  })

  it('labels that both lack are equal', () => {
    const index = indexOf(RULES)
    index.set(alert('s', 'severity=critical'))
    expect(index.inhibitedBy(labelsOf('severity=warning'), 0)).toEqual(['s'])
  })

  it('knows the older notation', () => {
    const index = indexOf(`
- source_match: {severity: critical}
  source_match_re: {job: 'a.*'}
  target_match: {severity: warning}
  target_match_re: {job: 'b.*'}
`)
    index.set(alert('s1', 'severity=critical job=xa'))
    expect(index.size).toBe(0)
    index.set(alert('s2', 'severity=critical job=ab'))
    expect(index.inhibitedBy(labelsOf('severity=warning job=bc'), 0)).toEqual(['s2'])
    expect(index.inhibitedBy(labelsOf('severity=warning job=cb'), 0)).toEqual([])
  })

  it('ends with the source, and finds the next one', () => {
    const index = indexOf(RULES)
    const target = labelsOf('severity=warning')
    index.set(alert('s1', 'severity=critical host=1', 100))
    index.set(alert('s2', 'severity=critical host=2', 300))
    index.set(alert('s3', 'severity=critical host=3', 200))
    expect(index.inhibitedBy(target, 99)).toEqual(['s1'])
    expect(index.inhibitedBy(target, 100)).toEqual(['s2'])
    expect(index.inhibitedBy(target, 300)).toEqual([])
    index.set(alert('s1', 'severity=critical host=1', 400))
    expect(index.inhibitedBy(target, 300)).toEqual(['s1'])
    index.delete('s1')
    expect(index.inhibitedBy(target, 0)).not.toEqual(['s1'])
    index.forgetResolved(250)
    expect(index.size).toBe(1)
    index.forgetResolved(300)
    expect(index.size).toBe(0)
    expect(index.inhibitedBy(target, 0)).toEqual([])
  })

  describe('alerts that match both sides of a rule', () => {
    const both = '- {source_matchers: [a=x], target_matchers: [b=x], equal: [c]}'

    it('do not keep themselves or each other quiet', () => {
      const index = indexOf(both)
      index.set(alert('s1', 'a=x b=x c=1'))
      index.set(alert('s2', 'a=x b=x c=1 d=2'))
      expect(index.inhibitedBy(labelsOf('a=x b=x c=1'), 0)).toEqual([])
    })

    it('keep quiet what matches the target side only', () => {
      const index = indexOf(both)
      index.set(alert('s1', 'a=x b=x c=1'))
      expect(index.inhibitedBy(labelsOf('b=x c=1'), 0)).toEqual(['s1'])
    })

    it('are kept quiet by what matches the source side only', () => {
      const index = indexOf(both)
      index.set(alert('s1', 'a=x b=x c=1'))
      index.set(alert('s2', 'a=x c=1'))
      expect(index.inhibitedBy(labelsOf('a=x b=x c=1'), 0)).toEqual(['s2'])
    })
  })

  it('says which rule it was, the first of the file or all', () => {
    const index = indexOf(`
- {name: one, source_matchers: [a=x], target_matchers: [b=x]}
- {name: two, source_matchers: [a=~"x|y"], target_matchers: [b=x]}
`)
    index.set(alert('s', 'a=x'))
    expect(index.find(labelsOf('b=x'), 0)).toMatchObject({ ruleIndex: 0, fingerprint: 's' })
    expect(index.findAll(labelsOf('b=x'), 0).map(({ rule }) => rule.name)).toEqual(['one', 'two'])
  })

  it('stays quick with ten thousand sources that are alike and over', () => {
    const index = indexOf('- {source_matchers: [a=x], target_matchers: [b=x]}')
    for (let i = 0; i < 10_000; i++) index.set(alert(`s${i}`, `a=x i=${i}`, 10))
    index.set(alert('last', 'a=x', 20))
    const target = labelsOf('b=x')
    let found = 0
    for (let i = 0; i < 10_000; i++) found += index.inhibitedBy(target, 10).length
    expect(found).toBe(10_000)
    for (let i = 0; i < 10_000; i++) found += index.inhibitedBy(target, 20).length
    expect(found).toBe(10_000)
  })
})
