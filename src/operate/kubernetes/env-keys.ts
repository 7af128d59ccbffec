import { VERSION } from '../../self/version.ts'
import type { EnvKind } from './env-kinds.ts'

export interface EnvKey {
  readonly name: string
  readonly kind: EnvKind
  /** As written in a file; '' is nothing. */
  readonly fallback: string
  /** For the table of the documentation. */
  readonly about: string
}

/** The networks that pods have addresses of, usually: those that are private by RFC 1918, RFC 6598 and RFC 4193. */
const PRIVATE_NETWORKS = '10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,fc00::/7'

/** Every key that `vedette deploy kubernetes --env` knows, in the order of the documentation. */
export const ENV_KEYS = [
  ...keys('text', {
    ENV_NAME: [
      '',
      'what this environment is called: label `environment`, and part of the host names',
    ],
    CLUSTER_NAME: ['', 'what this cluster is called: label `cluster`, and part of the host names'],
    TEAM: ['', 'label `team` of log lines'],
  }),
  ...keys('domain', {
    DNS_DOMAIN: [
      '',
      'makes an Ingress with the hosts `ENV_NAME-CLUSTER_NAME-vedette.DNS_DOMAIN`, `…-prometheus.…`, `…-loki.…` and `…-tempo.…`',
    ],
  }),
  ...keys('volume', {
    PROMETHEUS_STORAGE_SIZE: [
      '20Gi',
      "metrics' part of the volume, which is as large as the four together. 85 % of it is the [disk budget](operating.md#disk-budget), of which signals have shares as these sizes are",
    ],
    LOKI_STORAGE_SIZE: ['10Gi', "log lines' part of the volume"],
    TEMPO_STORAGE_SIZE: ['10Gi', "traces' part of the volume"],
    ALERTMANAGER_STORAGE_SIZE: ['1Gi', 'the part of alerts, silences, dashboards and users'],
  }),
  ...keys('name', {
    STORAGE_CLASS: ['', "class of the volume; without it the cluster's default"],
    NAMESPACE: ['monitoring', 'where everything is made; `--namespace` goes before it'],
  }),
  ...keys('domain', { CLUSTER_DOMAIN: ['cluster.local', 'domain of the names of services'] }),
  ...keys('image', {
    VEDETTE_IMAGE: [
      `vedette:${VERSION}`,
      'image of server and agents, made by `deploy/docker/Dockerfile`',
    ],
  }),
  ...keys('name', { IMAGE_PULL_SECRET: ['', 'secret with the credentials of its registry'] }),
  ...keys('bytes', {
    MEMORY_BUDGET: [
      '450MiB',
      '`memory.budget` of the server; the limit of its pod is 1.7 times as much',
    ],
  }),
  ...keys('cores', { CPU_LIMIT: ['1', 'cores that the server may take'] }),
  ...keys('url', {
    CLICKHOUSE_URL: [
      '',
      'keeps data in this ClickHouse and metadata in the PostgreSQL of the [secret](#secrets), which several servers may share ([scale](#scale))',
    ],
  }),
  ...keys('text', { CLICKHOUSE_USER: ['', 'who the servers are there'] }),
  ...keys('count', { REPLICAS: ['1', 'servers; more than one need `CLICKHOUSE_URL`'] }),
  ...keys('duration', {
    PROMETHEUS_RETENTION: ['15d', 'how long metrics are kept'],
    LOKI_RETENTION: ['30d', 'how long lines are kept'],
    TEMPO_RETENTION: ['14d', 'how long traces are kept'],
  }),
  ...keys('name', {
    INGRESS_CLASS: ['nginx', 'class of the Ingress'],
    INGRESS_NAMESPACE: [
      'ingress-nginx',
      'namespace of its controller, which the NetworkPolicy lets in',
    ],
  }),
  ...keys('networks', {
    INGRESS_CIDRS: [
      '',
      "addresses of the controller's pods, whose `X-Forwarded-For` is believed (`access.proxies`)",
    ],
  }),
  ...keys('name', {
    CLUSTER_ISSUER: ['letsencrypt-prod', "cert-manager's issuer of the certificate"],
  }),
  ...keys('email', { ACME_EMAIL: ['', "makes that ClusterIssuer, of Let's Encrypt"] }),
  ...keys('networks', {
    OTLP_CIDRS: [PRIVATE_NETWORKS, 'who may send OTLP without credentials; empty: nobody'],
    NODE_CIDRS: ['0.0.0.0/0,::/0', 'addresses of nodes, whose agents the NetworkPolicy lets in'],
  }),
  ...keys('text', { SLACK_CHANNEL: ['', 'makes an `alertmanager.yml` that tells this channel'] }),
  ...keys('pattern', {
    LOG_DROP: [
      '(GET|HEAD) /(healthz?|readyz?|livez|-/healthy|-/ready)[ ?"]',
      'lines of pods that this pattern finds are left out; empty: none',
    ],
  }),
  ...keys('switch', {
    AGENT: ['true', 'a DaemonSet for the metrics of nodes and the logs of pods'],
    AGENT_CONTAINERS: [
      'false',
      "agents measure containers, too, and are given containerd's socket",
    ],
  }),
  ...keys('port', { AGENT_PORT: ['9098', "port of nodes' loopback for the agents' probes"] }),
  ...keys('switch', {
    NETWORK_POLICY: ['true', 'nothing gets in but what is needed'],
    SERVICE_MONITOR: ['false', 'a ServiceMonitor for another Prometheus of the cluster'],
    INSTRUMENTATION: [
      'false',
      "OpenTelemetry's Instrumentation of Java and Python, which sends here",
    ],
  }),
] as const satisfies readonly EnvKey[]

export type EnvName = (typeof ENV_KEYS)[number]['name']

type Described<N extends string> = Readonly<Record<N, readonly [fallback: string, about: string]>>

function keys<N extends string>(kind: EnvKind, described: Described<N>): (EnvKey & { name: N })[] {
  const out: (EnvKey & { name: N })[] = []
  for (const name in described) {
    const [fallback, about] = described[name]
    out.push({ name, kind, fallback, about })
  }
  return out
}
