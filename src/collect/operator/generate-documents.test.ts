import { expect, test } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { compileRelabel } from '../../ingest/relabel.ts'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { readPrometheusConfig } from '../config/prometheus-config.ts'
import type { ScrapeConfig } from '../config/scrape-config.ts'
import { documentOf, type OperatorDocument } from './generate-documents.ts'
import type { OperatorKind } from './operator-object.ts'
import type { SecretValues } from './secret-values.ts'

const SECRETS: Readonly<Record<string, string>> = {
  'secrets shop/auth user': 'scraper',
  'secrets shop/auth password': 'hunter2-$HOME-${HOME}',
  'secrets shop/hook url': 'https://hooks.example/T0KEN',
  'configmaps shop/ca ca.crt': 'CERTIFICATE',
}

const VALUES: SecretValues = {
  find: ({ kind, namespace, name, key }) => {
    const text = SECRETS[`${kind} ${namespace}/${name} ${key}`]
    return text === undefined ? undefined : { text }
  },
}

const OPTIONS = { values: VALUES, serviceRole: 'endpoints' as const, deniesFiles: false }

function generate(kind: OperatorKind, spec: object, options: object = {}): OperatorDocument {
  const object = { kind, namespace: 'shop', name: 'web', spec: { ...spec } }
  return documentOf(object, { ...OPTIONS, ...options })
}

/** The jobs as the reader of prometheus.yml takes them, with what it says of them. */
function jobsOf(document: OperatorDocument): readonly ScrapeConfig[] {
  if (document.kind !== 'jobs') throw new Error(JSON.stringify(document))
  const faults = new FaultList()
  const text = JSON.stringify({ scrape_configs: document.jobs })
  const node = parseYaml(text, { file: 'test', faults })
  const config = node && readPrometheusConfig(node, { faults, env: {}, folder: '/' })
  const errors = faults.items.filter(({ severity }) => severity === 'error')
  expect(errors.map(formatFault)).toEqual([])
  return config?.scrapeConfigs ?? []
}

function relabelled(job: ScrapeConfig | undefined, labels: Record<string, string>): unknown {
  const all = Labels.from({ job: job?.jobName ?? '', ...labels })
  return compileRelabel(job?.relabelConfigs ?? [])
    .apply(all)
    ?.toObject()
}

const SERVICE_MONITOR = {
  jobLabel: 'app.kubernetes.io/name',
  targetLabels: ['team'],
  podTargetLabels: ['version'],
  selector: {
    matchLabels: { app: 'web' },
    matchExpressions: [
      { key: 'tier', operator: 'In', values: ['a', 'b'] },
      { key: 'skip', operator: 'DoesNotExist' },
    ],
  },
  namespaceSelector: { matchNames: ['shop', 'shop2'] },
  sampleLimit: 5000,
  endpoints: [
    {
      port: 'http-metrics',
      path: '/m',
      interval: '20s',
      honorLabels: true,
      scheme: 'HTTPS',
      params: { 'match[]': ['up'] },
      basicAuth: {
        username: { name: 'auth', key: 'user' },
        password: { name: 'auth', key: 'password' },
      },
      tlsConfig: { ca: { configMap: { name: 'ca', key: 'ca.crt' } }, cert: {}, serverName: 'web' },
      relabelings: [{ sourceLabels: ['__meta_kubernetes_pod_node_name'], targetLabel: 'node' }],
      metricRelabelings: [{ action: 'Drop', sourceLabels: ['__name__'], regex: 'go_.*' }],
    },
    { targetPort: 8080 },
  ],
}

const SERVICE_TARGET = {
  __address__: '10.0.0.7:8080',
  __meta_kubernetes_namespace: 'shop',
  __meta_kubernetes_service_name: 'web',
  __meta_kubernetes_service_label_app: 'web',
  __meta_kubernetes_service_labelpresent_app: 'true',
  __meta_kubernetes_service_label_tier: 'b',
  __meta_kubernetes_service_labelpresent_tier: 'true',
  __meta_kubernetes_service_label_team: 'checkout',
  __meta_kubernetes_service_label_app_kubernetes_io_name: 'shop-web',
  __meta_kubernetes_endpoint_port_name: 'http-metrics',
  __meta_kubernetes_endpoint_address_target_kind: 'Pod',
  __meta_kubernetes_endpoint_address_target_name: 'web-1',
  __meta_kubernetes_pod_name: 'web-1',
  __meta_kubernetes_pod_container_name: 'app',
  __meta_kubernetes_pod_container_port_number: '8080',
  __meta_kubernetes_pod_node_name: 'n1',
  __meta_kubernetes_pod_phase: 'Running',
  __meta_kubernetes_pod_label_version: '7',
}

function shown(labels: unknown): Record<string, string> {
  const all = Object.entries(labels ?? {})
  return Object.fromEntries(all.filter(([name]) => !name.startsWith('__')))
}

test('a ServiceMonitor is what prometheus-operator makes of it', () => {
  const [first, second] = jobsOf(generate('ServiceMonitor', SERVICE_MONITOR))
  expect(first).toMatchObject({
    jobName: 'serviceMonitor/shop/web/0',
    metricsPath: '/m',
    scheme: 'https',
    intervalMs: 20_000,
    honorLabels: true,
    sampleLimit: 5000,
    params: { 'match[]': ['up'] },
  })
  expect(first?.http.basicAuth?.username).toBe('scraper')
  expect(first?.http.basicAuth?.password?.reveal()).toBe('hunter2-$HOME-${HOME}')
  expect(first?.metricRelabelConfigs).toHaveLength(1)
  expect(shown(relabelled(first, SERVICE_TARGET))).toEqual({
    ...{ job: 'shop-web', namespace: 'shop', service: 'web', pod: 'web-1', container: 'app' },
    ...{ endpoint: 'http-metrics', node: 'n1', team: 'checkout', version: '7' },
  })
  const { __meta_kubernetes_service_label_app_kubernetes_io_name: _, ...unnamed } = SERVICE_TARGET
  expect(shown(relabelled(second, unnamed))).toMatchObject({ job: 'web', endpoint: '8080' })
  const dropped = [
    { __meta_kubernetes_service_label_app: 'other' },
    { __meta_kubernetes_service_label_tier: 'c' },
    { __meta_kubernetes_service_labelpresent_skip: 'true' },
    { __meta_kubernetes_endpoint_port_name: 'grpc' },
    { __meta_kubernetes_pod_phase: 'Failed' },
  ]
  for (const change of dropped)
    expect(relabelled(first, { ...SERVICE_TARGET, ...change })).toBeUndefined()
})

test('namespaces and role of discovery', () => {
  const discoveries = (spec: object, options: object = {}): unknown => {
    const document = generate('ServiceMonitor', { endpoints: [{ port: 'a' }], ...spec }, options)
    return document.kind === 'jobs' ? document.jobs[0]?.['kubernetes_sd_configs'] : document
  }
  expect(discoveries({})).toEqual([{ role: 'endpoints', namespaces: { names: ['shop'] } }])
  expect(discoveries({ namespaceSelector: { any: true }, attachMetadata: { node: true } })).toEqual(
    [{ role: 'endpoints', attach_metadata: { node: true } }],
  )
  expect(discoveries({}, { serviceRole: 'endpointslice' })).toMatchObject([
    { role: 'endpointslice' },
  ])
  expect(discoveries({ serviceDiscoveryRole: 'EndpointSlice' })).toMatchObject([
    { role: 'endpointslice' },
  ])
})

test('a PodMonitor selects ports of pods', () => {
  const [job] = jobsOf(
    generate('PodMonitor', {
      selector: { matchLabels: { app: 'web' } },
      podMetricsEndpoints: [
        { port: 'metrics', authorization: { credentials: { name: 'auth', key: 'password' } } },
      ],
    }),
  )
  expect(job?.jobName).toBe('podMonitor/shop/web/0')
  expect(job?.http.authorization?.credentials?.reveal()).toContain('hunter2')
  const target = {
    ...SERVICE_TARGET,
    __meta_kubernetes_pod_label_app: 'web',
    __meta_kubernetes_pod_labelpresent_app: 'true',
    __meta_kubernetes_pod_container_port_name: 'metrics',
  }
  expect(shown(relabelled(job, target))).toEqual({
    ...{ job: 'shop/web', namespace: 'shop', pod: 'web-1', container: 'app', endpoint: 'metrics' },
  })
})

test('a Probe asks its prober about targets and ingresses', () => {
  const prober = { url: 'blackbox:9115' }
  const [job] = jobsOf(
    generate('Probe', {
      ...{ prober, module: 'http_2xx', jobName: 'sites', interval: '1m' },
      targets: { staticConfig: { static: ['https://a.example'], labels: { env: 'prod' } } },
    }),
  )
  expect(job).toMatchObject({
    jobName: 'probe/shop/web',
    metricsPath: '/probe',
    params: { module: ['http_2xx'] },
  })
  const [group] = job?.discovery.static ?? []
  expect(group).toEqual({
    targets: ['https://a.example'],
    labels: { env: 'prod', namespace: 'shop' },
  })
  expect(relabelled(job, { __address__: 'https://a.example', ...group?.labels })).toMatchObject({
    ...{ job: 'sites', instance: 'https://a.example', __address__: 'blackbox:9115' },
    ...{ __param_target: 'https://a.example', env: 'prod', namespace: 'shop' },
  })
  const [ofIngress] = jobsOf(generate('Probe', { prober, targets: { ingress: {} } }))
  const ingress = {
    __address__: 'shop.example',
    __meta_kubernetes_ingress_scheme: 'https',
    __meta_kubernetes_ingress_path: '/buy',
    __meta_kubernetes_ingress_name: 'front',
    __meta_kubernetes_namespace: 'shop',
  }
  expect(relabelled(ofIngress, ingress)).toMatchObject({
    ...{ instance: 'https://shop.example/buy', ingress: 'front', __address__: 'blackbox:9115' },
  })
})

test('a ScrapeConfig is a job with its keys in the words of prometheus.yml', () => {
  const [job] = jobsOf(
    generate('ScrapeConfig', {
      ...{ jobName: 'edge', metricsPath: '/x', scrapeInterval: '30s', enableHTTP2: false },
      staticConfigs: [{ targets: ['a:1'], labels: { someLabel: 'x' } }],
      httpSDConfigs: [{ url: 'http://sd.example/targets', refreshInterval: '1m' }],
      kubernetesSDConfigs: [{ role: 'Pod', namespaces: { names: ['shop'] } }],
      relabelings: [{ action: 'Replace', targetLabel: 'site', replacement: 'north' }],
    }),
  )
  expect(job).toMatchObject({ jobName: 'scrapeConfig/shop/web', metricsPath: '/x' })
  expect(job?.discovery.static).toEqual([{ targets: ['a:1'], labels: { someLabel: 'x' } }])
  expect(shown(relabelled(job, { __address__: 'a:1' }))).toEqual({ job: 'edge', site: 'north' })
})

test('what cannot be used is refused with its reason', () => {
  const secret = { username: { name: 'auth', key: 'user' }, password: { name: 'no', key: 'x' } }
  expect(generate('ServiceMonitor', { endpoints: [{ basicAuth: secret }] })).toEqual({
    kind: 'refused',
    reason: 'the key x of the secret shop/no is not there',
  })
  const selector = { matchExpressions: [{ key: 'a', operator: 'Near' }] }
  expect(generate('PodMonitor', { selector, podMetricsEndpoints: [{}] })).toMatchObject({
    reason: 'the operator "Near" of a selector is none of In, NotIn, Exists, DoesNotExist',
  })
  const endpoints = [{ bearerTokenFile: '/var/run/secrets/token' }]
  expect(generate('ServiceMonitor', { endpoints }, { deniesFiles: true })).toMatchObject({
    reason: 'bearer_token_file names a file of this host, and operator.deny_files is set',
  })
  expect(jobsOf(generate('ServiceMonitor', { endpoints }))).toHaveLength(1)
  expect(generate('Probe', {})).toMatchObject({ kind: 'refused' })
})

test('an AlertmanagerConfig is for the alerts of its namespace', () => {
  const document = generate('AlertmanagerConfig', {
    route: {
      ...{ receiver: 'team', groupBy: ['job'], groupWait: '10s', repeatInterval: '2h' },
      matchers: [{ name: 'severity', value: 'warn|crit', regex: true }],
      routes: [{ receiver: 'pager', matchers: [{ name: 'a', value: 'b', matchType: '!=' }] }],
      muteTimeIntervals: ['nights'],
    },
    receivers: [
      {
        name: 'team',
        slackConfigs: [
          { apiURL: { name: 'hook', key: 'url' }, channel: '#shop', sendResolved: true },
        ],
        emailConfigs: [{ to: 'a@example.org', headers: [{ key: 'Subject', value: 'x' }] }],
      },
      {
        name: 'pager',
        webhookConfigs: [
          {
            urlSecret: { name: 'hook', key: 'url' },
            httpConfig: { bearerTokenSecret: { name: 'auth', key: 'password' } },
          },
        ],
      },
    ],
    inhibitRules: [
      {
        sourceMatch: [{ name: 'a', value: '1' }],
        targetMatch: [{ name: 'b', value: '2' }],
        equal: ['job'],
      },
    ],
    muteTimeIntervals: [
      {
        name: 'nights',
        timeIntervals: [
          {
            times: [{ startTime: '22:00', endTime: '24:00' }],
            weekdays: ['Monday:Friday'],
            daysOfMonth: [{ start: 1, end: 7 }],
          },
        ],
      },
    ],
  })
  expect(document).toEqual({
    kind: 'alertmanager',
    file: {
      route: {
        receiver: 'null',
        routes: [
          {
            ...{ receiver: 'shop/web/team', group_by: ['job'], group_wait: '10s' },
            ...{ repeat_interval: '2h', continue: true, mute_time_intervals: ['shop/web/nights'] },
            matchers: ['severity=~"warn|crit"', 'namespace="shop"'],
            routes: [{ receiver: 'shop/web/pager', matchers: ['a!="b"'] }],
          },
        ],
      },
      receivers: [
        { name: 'null' },
        {
          name: 'shop/web/team',
          slack_configs: [
            { api_url: 'https://hooks.example/T0KEN', channel: '#shop', send_resolved: true },
          ],
          email_configs: [{ to: 'a@example.org', headers: { Subject: 'x' } }],
        },
        {
          name: 'shop/web/pager',
          webhook_configs: [
            {
              url: 'https://hooks.example/T0KEN',
              http_config: {
                authorization: { type: 'Bearer', credentials: 'hunter2-$HOME-${HOME}' },
              },
            },
          ],
        },
      ],
      time_intervals: [
        {
          name: 'shop/web/nights',
          time_intervals: [
            {
              times: [{ start_time: '22:00', end_time: '24:00' }],
              weekdays: ['monday:friday'],
              days_of_month: ['1:7'],
            },
          ],
        },
      ],
      inhibit_rules: [
        {
          source_matchers: ['a="1"', 'namespace="shop"'],
          target_matchers: ['b="2"', 'namespace="shop"'],
          equal: ['job'],
        },
      ],
    },
  })
})

test('objects of any shape make documents or are refused', () => {
  const odd: object[] = [
    {},
    {
      endpoints: 3,
      podMetricsEndpoints: {},
      prober: 'x',
      groups: [null],
      route: [],
      receivers: {},
    },
    { endpoints: [{ port: 3, relabelings: 'x', basicAuth: [], tlsConfig: { ca: 7 } }] },
    { selector: { matchLabels: [1], matchExpressions: [null, 3] }, endpoints: [{}] },
    { kubernetesSDConfigs: 'x', staticConfigs: null, params: [3] },
  ]
  const kinds: OperatorKind[] = [
    ...(['ServiceMonitor', 'PodMonitor', 'Probe', 'ScrapeConfig'] as const),
    ...(['PrometheusRule', 'AlertmanagerConfig'] as const),
  ]
  for (const kind of kinds)
    for (const spec of odd) expect(generate(kind, spec)).toHaveProperty('kind')
})
