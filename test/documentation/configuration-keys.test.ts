import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import type { ConfigFault } from '../../src/yaml/fault.ts'
import { recordKeys } from './configuration-keys.ts'
import { documentedExample, writeDocumentedExample } from './documented-example.ts'

const PAGE = path.join(import.meta.dirname, '../../docs/configuration-keys.md')

/** What the example of docs/configuration.md leaves out: a section is read key by key only where it is written. */
const MORE = `
alerting: {}
backup: {target: /mnt/backups}
containers: {}
environment: {files: [variables], set: {NAME: value}}
flags: {query.timeout: 1m}
addresses: {'db:9187': '127.0.0.1:9187'}
grafana: {}
kubernetes: {}
mounts: {/etc/prometheus: .}
passenger: {}
postgres: {servers: [{dsn: 'postgresql://vedette@db/postgres'}]}
probes: [{module: http_2xx, targets: ['https://example.org']}]
pushgateway: {}
`

/** For a server that keeps its data itself, which the example does not. */
const ARCHIVE = `archive: {s3: {endpoint: 'https://s3.example.org', bucket: archive, prefix: host1, access_key: a, secret_key: b}, after: 30d}
storage: {downsampling: [{resolution: 1h, keep: 1y}]}
`

const folder = mkdtempSync(path.join(tmpdir(), 'vedette-keys-'))
afterAll(() => rmSync(folder, { recursive: true }))

function writeExamples(): readonly string[] {
  const written = new Set([...documentedExample.matchAll(/^([a-z_]+):/gm)].map(([, key]) => key))
  const more = MORE.split('\n').filter((line) => !written.has(line.split(':')[0]))
  const example = writeDocumentedExample(folder, more.join('\n'))
  writeFileSync(path.join(folder, 'variables'), 'NAME=value')
  const own = path.join(folder, 'own.yml')
  writeFileSync(own, ARCHIVE)
  return [example, own]
}

/** Parts whose content is the configuration of another program, which its own page describes. */
const FOREIGN = new Set([
  'alertmanager',
  'blackbox',
  'loki',
  'otel',
  'prometheus',
  'promtail',
  'tempo',
])

function describeTypes(types: ReadonlySet<string>): string {
  if (types.size === 0) return 'see its page'
  return [...types].filter((type) => type !== 'list' || types.size === 1).join(', ')
}

describe('the keys of vedette.yml', () => {
  const faults: ConfigFault[] = []
  const keys = new Map<string, Set<string>>()
  for (const file of writeExamples()) {
    const recorded = recordKeys(file, () => {
      const loaded = loadConfig({ path: file, flags: {}, env: {} })
      if (!loaded.ok) faults.push(...loaded.faults)
    })
    for (const [name, types] of recorded)
      keys.set(name, new Set([...(keys.get(name) ?? []), ...types]))
  }

  it('are read of examples that are good', () => {
    expect(faults.filter(({ severity }) => severity === 'error')).toEqual([])
  })

  it('are all known: a section has keys', () => {
    const names = [...keys.keys()]
    const empty = names.filter(
      (name) =>
        /^[a-z_]+$/.test(name) &&
        keys.get(name)?.has('mapping') === true &&
        !FOREIGN.has(name) &&
        !names.some((other) => other.startsWith(`${name}.`)),
    )
    expect(empty).toEqual([])
  })

  it('stand in docs/configuration-keys.md, which is made of them (npx vitest run -u makes it anew)', async () => {
    const rows = [...keys]
      .filter(([name]) => !/^packs\.[a-z]/.test(name))
      .filter(
        ([name]) => !(name.endsWith('[]') && keys.get(name.slice(0, -2))?.has('list of texts')),
      )
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, types]) => `| \`${name}\` | ${describeTypes(types)} |`)
    const text = `# Keys of vedette.yml

Every key that is read, made from the code. What each means is in [configuration.md](configuration.md) and the pages that it links to. \`[]\` is
each item of a list, \`*\` any name. What belongs to a \`prometheus.yml\`, \`alertmanager.yml\` and the like is in those programs' own words; the thresholds of packs are in [alerts.md](alerts.md).

| key | takes |
|---|---|
${rows.join('\n')}
`
    await expect(text).toMatchFileSnapshot(PAGE)
  })
})
