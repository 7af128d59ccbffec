import { hostname } from 'node:os'
import { expect, it } from 'vitest'
import { FaultList, formatFault } from '../yaml/fault.ts'
import { parseYaml } from '../yaml/parse.ts'
import { readClusterSection } from './cluster-section.ts'

const BOTH = { metadata: true, store: true }

function read(text: string, shared = BOTH) {
  const faults = new FaultList()
  const node = parseYaml(text, { file: 'vedette.yml', faults, env: {} })
  const settings = readClusterSection(node?.asMap()?.key('cluster'), shared)
  return { settings, faults: faults.items.map(formatFault) }
}

it('makes a member of whoever shares the metadata and the store', () => {
  expect(read('{}').settings).toEqual({ name: hostname() })
  expect(read('cluster: {name: web-1}').settings).toEqual({ name: 'web-1' })
  expect(read('{}', { metadata: true, store: false }).settings).toBeUndefined()
  expect(read('cluster: {enabled: false, name: web-1}').settings).toBeUndefined()
})

it.each([
  [
    'cluster: {enabled: true}',
    /1:20: enabled: members share the metadata and the store: clickhouse.url must be set/,
  ],
  ["cluster: {name: ''}", /1:17: name: must have 1 to 200 characters/],
  ['cluster: {nmae: web-1}', /1:11: .*nmae/],
])('refuses %s', (text, message) => {
  const { faults } = read(text, { metadata: true, store: false })
  expect(faults).toHaveLength(1)
  expect(faults[0]).toMatch(message)
})
