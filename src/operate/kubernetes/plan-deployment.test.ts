import { describe, expect, it } from 'vitest'
import { STATE_KINDS } from '../../collect/kube-state/state-kinds.ts'
import { OPERATOR_KINDS } from '../../collect/operator/operator-object.ts'
import { messageOf } from '../../model/problem.ts'
import { formatFault } from '../../yaml/fault.ts'
import { ENV_KEYS } from './env-keys.ts'
import type { Manifest } from './manifest.ts'
import { planDeployment, type Deployment } from './plan-deployment.ts'

function plan(text: string, secrets?: string, namespace?: string): Deployment {
  return planDeployment({
    env: { file: 'dev.env', text },
    secrets: secrets === undefined ? undefined : { file: 'dev.secrets', text: secrets },
    namespace,
  })
}

function refusal(...given: Parameters<typeof plan>): readonly string[] {
  try {
    plan(...given)
    return []
  } catch (thrown) {
    return messageOf(thrown).split('\n')
  }
}

function find({ manifests }: Deployment, kind: string, name: string): Manifest {
  const found = manifests.find((one) => one.kind === kind && one.metadata.name === name)
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`)
  return found
}

describe('settings', () => {
  it('are told when they are not known, with what is allowed', () => {
    const { warnings } = plan('ENV_NAME=dev\nPROMETEUS_STORAGE_SIZE=1Gi\nADMIN_PASSWORD=x')
    const told = warnings.map(formatFault)
    expect(told[0]).toMatch(
      /^dev\.env:2:1: warning: PROMETEUS_STORAGE_SIZE is no setting here and has no effect: did you mean PROMETHEUS_STORAGE_SIZE\? Allowed are ENV_NAME, /,
    )
    expect(told[1]).toBe(
      'dev.env:3:1: warning: ADMIN_PASSWORD is no setting here and has no effect: it belongs into the file of --secret-file',
    )
  })

  it.each([
    [
      'PROMETHEUS_STORAGE_SIZE=35 GB',
      '"35 GB" is not a size of Kubernetes from 64Mi on, such as 35Gi',
    ],
    ['PROMETHEUS_STORAGE_SIZE=', '"" is not a size of Kubernetes from 64Mi on, such as 35Gi'],
    ['LOKI_STORAGE_SIZE=1', '"1" is not a size of Kubernetes from 64Mi on, such as 35Gi'],
    ['CPU_LIMIT=50m', '"50m" is not a number of cores from 100m on, such as 1 or 1500m'],
    [
      'NAMESPACE=Ops',
      '"Ops" is not a name of Kubernetes: small letters, digits and -, at most 63 of them',
    ],
    ['DNS_DOMAIN=https://a.b', '"https://a.b" is not a domain such as example.org'],
    ['MEMORY_BUDGET=100MiB', '"100MiB" is not a size from 256MiB on, such as 450MiB'],
    ['LOKI_RETENTION=30', '"30" is not a duration such as 15d or 36h'],
    ['AGENT=yes', '"yes" is not true or false'],
    ['OTLP_CIDRS=10.0.0.0', '"10.0.0.0" is not networks by comma, such as 10.0.0.0/8,fd00::/8'],
    ['NODE_CIDRS=::/129', '"::/129" is not networks by comma, such as 10.0.0.0/8,fd00::/8'],
    ['REPLICAS=0', '"0" is not a number from 1 to 16'],
    [
      'CLICKHOUSE_URL=http://a:b@c:8123',
      'what stands there is not a URL such as http://clickhouse:8123, without a password',
    ],
    ['ACME_EMAIL=ops', '"ops" is not an e-mail address'],
    ['AGENT_PORT=80', '"80" is not a port from 1024 to 65535'],
    ['VEDETTE_IMAGE="a b"', '"a b" is not an image such as registry.example.org/vedette:0.1.0'],
    ['LOG_DROP="("', '"(" is not a regular expression of RE2'],
    ['TEAM="a\\nb"', '"a\\nb" is not a text without line breaks'],
  ])('are refused at their line: %s', (line, reason) => {
    const name = line.split('=')[0] ?? ''
    expect(refusal(`# first\n${line}`)).toEqual([`dev.env:2:1: ${name}: ${reason}`])
  })

  it('make host names, or say why not', () => {
    expect(refusal('ENV_NAME="My Env"\nDNS_DOMAIN=example.org')).toEqual([
      'dev.env:2:1: DNS_DOMAIN: ENV_NAME and CLUSTER_NAME make the host name "My Env-prometheus.example.org", which is none: small letters, digits and -, at most 63 to a part',
    ])
    const ingress = find(plan('DNS_DOMAIN=example.org'), 'Ingress', 'vedette')
    expect(JSON.stringify(ingress)).toContain('"host":"prometheus.example.org"')
  })

  it('let servers be several only where they share a store', () => {
    expect(refusal('REPLICAS=2')).toEqual([
      'dev.env:1:1: REPLICAS: more than one server needs CLICKHOUSE_URL, or each would have data of its own',
    ])
    const { manifests, needs } = plan('REPLICAS=2\nCLICKHOUSE_URL=http://store:8123')
    expect(manifests.map(({ kind }) => kind)).toContain('PodDisruptionBudget')
    expect(needs.join('\n')).toContain('metadata-url')
  })

  it('have the namespace of the flag, which is held to the same', () => {
    const { manifests } = plan('NAMESPACE=a', undefined, 'b')
    expect(new Set(manifests.map(({ metadata }) => metadata.namespace ?? 'b'))).toEqual(
      new Set(['b']),
    )
    expect(refusal('', undefined, 'B')).toHaveLength(1)
  })

  it('add up to the volume, of which signals have their shares', () => {
    const sizes = ['PROMETHEUS_STORAGE_SIZE=35Gi', 'LOKI_STORAGE_SIZE=10Gi']
    const others = ['ALERTMANAGER_STORAGE_SIZE=2Gi', 'TEMPO_STORAGE_SIZE=512Mi']
    const text = JSON.stringify(plan([...sizes, ...others].join('\n')).manifests)
    expect(text.match(/"storage":"[^"]*"/g)).toEqual(['"storage":"48640Mi"'])
    expect(text).toContain('disk_budget: 41344MiB')
    expect(text).toContain('metrics: 76.9%')
  })

  it('are defaults that are allowed themselves', () => {
    const text = ENV_KEYS.map(({ name, fallback }) => `${name}='${fallback}'`).join('\n')
    expect(plan(text)).toEqual(plan(''))
  })
})

const TOKEN = `vdt_${'a'.repeat(43)}`

describe('secrets', () => {
  it('become objects, and leave out what is not said', () => {
    const made = plan(
      'SERVICE_MONITOR=true',
      `ADMIN_PASSWORD="a password of $many: letters"\nAGENT_TOKEN=${TOKEN}`,
    )
    const secrets = made.manifests.filter(({ kind }) => kind === 'Secret')
    expect(secrets).toMatchObject([
      {
        metadata: { name: 'vedette', namespace: 'monitoring' },
        stringData: { 'admin-password': 'a password of $many: letters' },
      },
      { metadata: { name: 'vedette-agent' }, stringData: { token: TOKEN } },
    ])
    expect(made.needs.join('\n')).not.toContain('vedette-agent')
    expect(made.needs.join('\n')).toContain('create secret generic vedette-metrics')
  })

  it('are refused without being shown', () => {
    expect(refusal('', 'ADMIN_PASSWORD=hunter2\nADMIN=hunter2\nAGENT_TOKEN=')).toEqual([
      'dev.secrets:1:1: ADMIN_PASSWORD must have at least 20 characters',
      'dev.secrets:2:1: ADMIN is no secret here: allowed are ADMIN_PASSWORD, SLACK_WEBHOOK_URL, POSTGRES_DSN, METADATA_URL, CLICKHOUSE_PASSWORD, AGENT_TOKEN, METRICS_TOKEN',
      'dev.secrets:3:1: AGENT_TOKEN must have at least 47 characters',
    ])
  })
})

describe('rights', () => {
  it('are to read what is followed, and nothing else', () => {
    const { rules } = find(plan(''), 'ClusterRole', 'monitoring-vedette')
    const granted = JSON.stringify(rules)
    const asked = [
      ...STATE_KINDS.map(({ resource }) => resource),
      ...OPERATOR_KINDS.map(({ resource }) => resource),
      // Events of the cluster, metrics of kubelets.
      ...['events', 'nodes/metrics'],
    ]
    for (const resource of asked) expect(granted).toContain(`"${resource}"`)
    const known = new Set(asked)
    const resources = [...granted.matchAll(/"resources":\[([^\]]*)\]/g)].flatMap(([, list = '']) =>
      list.split(',').map((item) => item.replaceAll('"', '')),
    )
    expect(resources.filter((resource) => !known.has(resource))).toEqual([])
    expect(granted).not.toMatch(/"\*"|create|update|patch|delete/)
  })
})
