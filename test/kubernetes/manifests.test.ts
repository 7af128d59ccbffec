import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseQuantity } from '../../src/collect/kube-state/quantity.ts'
import { loadConfig, type LoadedConfig } from '../../src/config.ts'
import { FaultList, formatFault } from '../../src/yaml/fault.ts'
import type { YamlNode } from '../../src/yaml/node.ts'
import { parseYaml } from '../../src/yaml/parse.ts'
import { referenceFaults } from './check-references.ts'
import { schemaFaults } from './check-schemas.ts'
import { at, mapAt, mapsAt, textAt, type Json } from './json.ts'
import { deploy, EVERYTHING, find, nameOf } from './read-manifests.ts'

const SECRETS = `ADMIN_PASSWORD="a password of many letters"\nAGENT_TOKEN=vdt_${'a'.repeat(43)}\nMETRICS_TOKEN=def\n`

const CASES: readonly (readonly [string, readonly Json[]])[] = [
  ['nothing is said', deploy('')],
  ['everything is asked for', deploy(EVERYTHING, SECRETS)],
  ['servers share a store', deploy('REPLICAS=2\nCLICKHOUSE_URL=http://store:8123')],
  ['there are no agents', deploy('AGENT=false\nNETWORK_POLICY=false\nOTLP_CIDRS=\nLOG_DROP=')],
]

describe.each(CASES)('the manifests when %s', (_, manifests) => {
  it('are what the schemas of the API allow, and hold no other key', () => {
    expect(manifests.flatMap(schemaFaults)).toEqual([])
  })

  it('name nothing that is not there', () => {
    expect(referenceFaults(manifests)).toEqual([])
    const names = manifests.map((one) => `${nameOf(one)} ${textAt(one, 'metadata', 'namespace')}`)
    expect(new Set(names).size).toBe(names.length)
  })

  it('confine every container', () => {
    for (const manifest of manifests) {
      for (const container of mapsAt(manifest, 'spec', 'template', 'spec', 'containers')) {
        expect(container['securityContext']).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
        const { limits, requests } = mapAt(container, 'resources')
        for (const resource of ['cpu', 'memory']) {
          const least = parseQuantity(at(requests, resource)) ?? Infinity
          expect(parseQuantity(at(limits, resource))).toBeGreaterThanOrEqual(least)
        }
      }
    }
  })

  it('hold a configuration that the program takes without a word', () => {
    for (const manifest of manifests.filter(({ kind }) => kind === 'ConfigMap')) {
      expect(configFaults(manifest)).toEqual([])
    }
  })
})

/** What is said of the files of a ConfigMap when a server or agent in the pod reads them. */
function configFaults(manifest: Json): readonly string[] {
  const loaded = load(manifest)
  const faults = loaded.ok ? loaded.warnings : loaded.faults
  // Tokens and certificates are in pods only.
  return faults.filter(({ kind }) => kind !== 'missing-file').map(formatFault)
}

function load(manifest: Json): LoadedConfig {
  const folder = mkdtempSync(path.join(tmpdir(), 'vedette-kubernetes-'))
  try {
    for (const [name, text] of Object.entries(mapAt(manifest, 'data')))
      writeFileSync(path.join(folder, name), String(text))
    const cluster = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' }
    const env = { NODE_NAME: 'n1', HOSTNAME: 'n1', METADATA_URL: 'postgres://a@b/c', ...cluster }
    return loadConfig({ flags: { config: folder }, env })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('values of the env file', () => {
  it.each([
    'yes',
    '012',
    'a: b',
    '#',
    '- x',
    'a "b" \'c\' \\ d',
    '${HOME} $$ $${X} $',
    '{{ .x }}',
    '*a &b !c %d @e `f`',
    '~',
    'é ☃',
  ])('come through as they are: %s', (text) => {
    const quoted = text.replace(/["\\]/g, (character) => `\\${character}`)
    const names = ['CLUSTER_NAME', 'ENV_NAME', 'TEAM', 'SLACK_CHANNEL']
    const manifests = deploy(names.map((name) => `${name}="${quoted}"\n`).join(''))
    const server = load(find(manifests, 'ConfigMap vedette'))
    expect(server.ok && server.config.prometheus.global.externalLabels).toEqual({
      cluster: text,
      environment: text,
    })
    expect(server.ok && holds(server.config.alertmanager, text)).toBe(true)
    const fileOf = (map: string, file: string): readonly string[] =>
      textsIn(textAt(find(manifests, `ConfigMap ${map}`), 'data', file)).filter(
        (one) => one === text,
      )
    expect(fileOf('vedette', 'otel-collector.yml')).toHaveLength(2)
    expect(fileOf('vedette-agent', 'promtail.yml')).toHaveLength(3)
  })
})

/** Whether a text is somewhere in a value. */
function holds(value: unknown, text: string, seen = new Set<unknown>()): boolean {
  if (value === text) return true
  if (typeof value !== 'object' || value === null || seen.has(value)) return false
  seen.add(value)
  const inner: readonly unknown[] =
    value instanceof Map ? [...value.values()] : Object.values(value)
  return inner.some((each) => holds(each, text, seen))
}

/** All texts of a file of YAML, as the program reads them. */
function textsIn(yaml: string): readonly string[] {
  const root = parseYaml(yaml, { file: 'a.yml', faults: new FaultList(), env: { NODE_NAME: 'n1' } })
  return root === undefined ? [] : textsOf(root)
}

function textsOf(node: YamlNode): readonly string[] {
  if (node.isMap) return (node.asMap()?.entries() ?? []).flatMap(textsOf)
  if (node.isScalar) return [node.asString() ?? '']
  return node.isEmpty ? [] : (node.asList() ?? []).flatMap(textsOf)
}

describe('the checks of these tests', () => {
  const [, manifests = []] = CASES[1] ?? []
  const server = find(manifests, 'StatefulSet vedette')

  it.each<[string, Json]>([
    ['an unknown key', { ...server, spec: { ...mapAt(server, 'spec'), replica: 1 } }],
    ['a wrong type', { ...server, spec: { ...mapAt(server, 'spec'), replicas: '1' } }],
    ['an unknown kind', { ...server, kind: 'StatefullSet' }],
  ])('find %s', (_, broken) => {
    expect(schemaFaults(broken)).toHaveLength(1)
  })

  it('find what is not there', () => {
    const without = (name: string): readonly Json[] =>
      manifests.filter((one) => nameOf(one) !== name)
    expect(referenceFaults(without('ConfigMap vedette'))).toHaveLength(1)
    expect(referenceFaults(without('Service vedette')).length).toBeGreaterThan(1)
    expect(referenceFaults(without('StatefulSet vedette'))).toHaveLength(3)
    expect(referenceFaults(without('ServiceAccount vedette-agent'))).toHaveLength(2)
  })
})
