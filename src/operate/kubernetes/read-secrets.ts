import type { FaultList } from '../../yaml/fault.ts'
import { inNamespace, type Component, type Manifest } from './manifest.ts'
import { AGENT_SECRET, METRICS_SECRET, SERVER_SECRET } from './names.ts'
import type { EnvEntry } from './read-env-file.ts'

interface SecretKey {
  /** In the file. */
  readonly name: string
  readonly secret: string
  readonly key: string
  readonly component: Component
  readonly minLength: number
  readonly about: string
}

/** What a file of `--secret-file` may hold, and the key of which secret it becomes. */
export const SECRET_KEYS: readonly SecretKey[] = [
  {
    ...{ name: 'ADMIN_PASSWORD', secret: SERVER_SECRET, key: 'admin-password' },
    ...{ component: 'server', minLength: 20 },
    about: 'of the first user, `admin`; without it the log of the first start has a generated one',
  },
  {
    ...{ name: 'SLACK_WEBHOOK_URL', secret: SERVER_SECRET, key: 'slack-webhook-url' },
    ...{ component: 'server', minLength: 1 },
    about: 'where `SLACK_CHANNEL` is told',
  },
  {
    ...{ name: 'POSTGRES_DSN', secret: SERVER_SECRET, key: 'postgres-dsn' },
    ...{ component: 'server', minLength: 1 },
    about: 'a PostgreSQL to watch, as `DATA_SOURCE_NAME` of postgres_exporter',
  },
  {
    ...{ name: 'METADATA_URL', secret: SERVER_SECRET, key: 'metadata-url' },
    ...{ component: 'server', minLength: 1 },
    about: 'with `CLICKHOUSE_URL`: a PostgreSQL, `postgres://USER:PASSWORD@HOST:5432/vedette`',
  },
  {
    ...{ name: 'CLICKHOUSE_PASSWORD', secret: SERVER_SECRET, key: 'clickhouse-password' },
    ...{ component: 'server', minLength: 1 },
    about: 'of `CLICKHOUSE_USER`',
  },
  {
    ...{ name: 'AGENT_TOKEN', secret: AGENT_SECRET, key: 'token', component: 'agent' },
    minLength: 47,
    about:
      'what agents show the server, which knows it from its first start: `vedette token generate` makes one',
  },
  {
    ...{ name: 'METRICS_TOKEN', secret: METRICS_SECRET, key: 'token', component: 'server' },
    minLength: 1,
    about: 'what the Prometheus of the ServiceMonitor shows the server',
  },
]

/** The secrets that a file makes. What is wrong is told without the value. */
export function readSecrets(
  entries: readonly EnvEntry[],
  { namespace, faults }: { readonly namespace: string; readonly faults: FaultList },
): readonly Manifest[] {
  const data = new Map<string, Record<string, string>>()
  for (const { name, value, file, line } of entries) {
    const fail = (message: string): void =>
      faults.add({ file, line, col: 1, message: `${name} ${message}`, severity: 'error' })
    const known = SECRET_KEYS.find((key) => key.name === name)
    if (known === undefined) {
      fail(`is no secret here: allowed are ${SECRET_KEYS.map((key) => key.name).join(', ')}`)
    } else if (value.length < known.minLength) {
      fail(`must have at least ${known.minLength} characters`)
    } else {
      data.set(known.secret, { ...data.get(known.secret), [known.key]: value })
    }
  }
  return [...data].map(([secret, stringData]) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: inNamespace(namespace, secret, componentOf(secret)),
    type: 'Opaque',
    stringData,
  }))
}

function componentOf(secret: string): Component {
  return secret === AGENT_SECRET ? 'agent' : 'server'
}
