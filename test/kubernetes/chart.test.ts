import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { planDeployment } from '../../src/operate/kubernetes/plan-deployment.ts'
import { printManifests } from '../../src/operate/kubernetes/print-manifests.ts'
import { VERSION } from '../../src/self/version.ts'
import { projectRoot } from '../house/read-sources.ts'
import { referenceFaults } from './check-references.ts'
import { schemaFaults } from './check-schemas.ts'
import { byName } from './by-name.ts'
import { isMap, mapAt, textAt, type Json } from './json.ts'
import { deploy, find, nameOf, readManifests } from './read-manifests.ts'
import { mergeValues, readValues, renderChart, renderFile } from './render-chart.ts'

const CHART = path.join(projectRoot, 'deploy/helm/vedette')
const EXAMPLE = path.join(projectRoot, 'deploy/kubernetes/example.env')
const ALL_KINDS = ['cert-manager.io/v1', 'opentelemetry.io/v1alpha1']

function render(values: Json, apiVersions: readonly string[] = ALL_KINDS): readonly Json[] {
  const release = { name: 'vedette', namespace: 'monitoring', values, apiVersions }
  return readManifests(renderChart(CHART, release))
}

const example = readFileSync(EXAMPLE, 'utf8')
const exampleValues = readValues(path.join(CHART, 'ci/example-values.yaml'))

describe('the chart', () => {
  it.each<[string, Json, string]>([
    ['by default', { namespace: { create: true } }, 'INSTRUMENTATION=true'],
    ['with the values of the example', exampleValues, example],
    [
      'without agents, policies and people',
      {
        agent: { enabled: false },
        networkPolicy: { enabled: false },
        otlp: { networks: [] },
        instrumentation: { enabled: false },
        namespace: { create: true },
      },
      'AGENT=false\nNETWORK_POLICY=false\nOTLP_CIDRS=""',
    ],
    [
      'with several servers',
      {
        replicas: 3,
        clickhouse: { url: 'http://store:8123', username: 'a: ${B}' },
        server: { storage: { size: '1Gi' } },
        namespace: { create: true },
      },
      [
        ...['REPLICAS=3', 'CLICKHOUSE_URL=http://store:8123', `CLICKHOUSE_USER='a: \${B}'`],
        'INSTRUMENTATION=true',
      ].join('\n'),
    ],
    [
      'with texts that YAML would read as something else',
      {
        cluster: 'yes',
        environment: 'a: "b" # ${HOME} \'c\' \\d',
        team: '- 012',
        logs: { drop: '"#: {}\\s' },
        alerts: { slackChannel: '#1: x' },
        instrumentation: { enabled: false },
        namespace: { create: true },
      },
      [
        `CLUSTER_NAME=yes`,
        `ENV_NAME="a: \\"b\\" # \${HOME} 'c' \\\\d"`,
        `TEAM='- 012'`,
        `LOG_DROP='"#: {}\\s'`,
        `SLACK_CHANNEL='#1: x'`,
      ].join('\n'),
    ],
  ])('makes the objects of the manifests: %s', (_, values, env) => {
    expect(byName(render(values))).toEqual(byName(deploy(env)))
  })

  it('is held to the same schemas, and names nothing that is not there', () => {
    const manifests = render(exampleValues)
    expect(manifests.flatMap(schemaFaults)).toEqual([])
    expect(referenceFaults(manifests)).toEqual([])
  })

  it('makes a namespace, an issuer and an instrumentation only where that can be taken', () => {
    const names = render({ ...exampleValues, namespace: {} }, []).map(nameOf)
    expect(names).toContain('StatefulSet vedette')
    expect(
      names.filter((name) => /^(?:Namespace|ClusterIssuer|Instrumentation)/.test(name)),
    ).toEqual([])
  })

  it('refuses several servers without a store that they share', () => {
    expect(() => render({ replicas: 2 })).toThrow('needs clickhouse.url')
  })

  it('takes more sections of vedette.yml', () => {
    const config = find(
      render({ config: { packs: { host: { enabled: false } } } }),
      'ConfigMap vedette',
    )
    expect(parse(String(mapAt(config, 'data')['vedette.yml']))).toMatchObject({
      storage: { path: '/var/lib/vedette/data' },
      packs: { host: { enabled: false } },
    })
  })

  it('says what is to be done next', () => {
    const release = { name: 'watch', namespace: 'ops', values: {}, apiVersions: [] }
    const notes = renderFile(CHART, 'NOTES.txt', release)
    expect(notes).toContain('create secret generic watch-agent --from-file=token=/dev/stdin')
    expect(notes).toContain('kubectl -n ops port-forward service/watch 3000')
  })

  it('has the version of the program, and values that its schema allows', () => {
    expect(readValues(path.join(CHART, 'Chart.yaml'))['appVersion']).toBe(VERSION)
    const schema = readValues(path.join(CHART, 'values.schema.json'))
    const values = readValues(path.join(CHART, 'values.yaml'))
    expect(valueFaults(values, schema, '')).toEqual([])
    expect(valueFaults(mergeValues(values, exampleValues), schema, '')).toEqual([])
    expect(valueFaults({ ...values, agents: {}, cluster: 1 }, schema, '')).toEqual([
      '/cluster is no string',
      '/agents is unknown',
    ])
  })
})

it('the example that is shown is what the program prints', async () => {
  const { manifests } = planDeployment({
    env: { file: EXAMPLE, text: example },
    ...{ secrets: undefined, namespace: undefined },
  })
  const file = path.join(projectRoot, 'deploy/kubernetes/example.yaml')
  await expect(printManifests(manifests)).toMatchFileSnapshot(file)
})

/** What a schema says against values, as far as the schema here goes. */
function valueFaults(value: unknown, schema: Json, at: string): readonly string[] {
  const type = textAt(schema, 'type')
  const actual = Array.isArray(value) ? 'array' : isMap(value) ? 'object' : typeof value
  const named = actual === 'number' && Number.isInteger(value) ? 'integer' : actual
  if (type !== '' && type !== named) return [`${at} is no ${type}`]
  const { pattern } = schema
  if (typeof pattern === 'string' && !new RegExp(pattern, 'u').test(String(value)))
    return [`${at} does not match ${pattern}`]
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, i) =>
      valueFaults(item, mapAt(schema, 'items'), `${at}/${i}`),
    )
  }
  if (!isMap(value)) return []
  const known = mapAt(schema, 'properties')
  return Object.entries(value).flatMap(([key, each]) => {
    if (key in known) return valueFaults(each, mapAt(known, key), `${at}/${key}`)
    return schema['additionalProperties'] === false ? [`${at}/${key} is unknown`] : []
  })
}
