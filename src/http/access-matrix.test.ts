import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  OPERATOR,
  openTestAccess,
  PASSWORD,
  type TestAccess,
} from '../access/testing/test-access.ts'
import { ALL_SCOPES, type Scope } from '../access/scope.ts'
import { ReceivedAlerts } from '../alert/received/received-alerts.ts'
import { GroupFiles } from '../collect/pushed/group-files.ts'
import { Prober } from '../collect/probes/prober-page.ts'
import { PushedGroups } from '../collect/pushed/pushed-groups.ts'
import { LokiPushDecoder } from '../formats/loki-push/push-decoder.ts'
import { Labels } from '../model/labels.ts'
import { readCorrelation } from '../query/correlate/correlation-section.ts'
import { OwnTraces } from '../self/own-traces.ts'
import { silentLog } from '../self/log.ts'
import { createRegistry } from '../self/metrics.ts'
import { LateSpans } from '../store/late-spans.ts'
import { agentRoutes, type AgentDoors } from './agent-routes.ts'
import { createAlertmanagerListener } from './alertmanager.ts'
import type { AlertmanagerDoors } from './alertmanager/doors.ts'
import type { Access, Permission } from './guard.ts'
import type { Listener } from './listener.ts'
import { createJaegerHttpListener } from './jaeger/http.ts'
import { createLokiListener } from './loki.ts'
import { createFakeLoki, FakeLines } from './loki/testing/fake-loki.ts'
import { createOtlpHttpListener, type OtlpDoors } from './otlp.ts'
import type { ExportReceiver } from './otlp/export-outcome.ts'
import { createPrometheusListener } from './prometheus.ts'
import { createFakeDoors, createFakeWorld } from './prometheus/testing/fake-doors.ts'
import { createBlackboxListener } from './blackbox.ts'
import { createExporterListener } from './exporters.ts'
import { createPushgatewayListener } from './pushgateway.ts'
import type { SpanDoors } from './receive-foreign-spans.ts'
import { createTempoListener } from './tempo.ts'
import type { TempoDoors } from './tempo/doors.ts'
import { createUiListener } from './ui.ts'
import { accessRoutes } from './ui/access-routes.ts'
import { grafanaApi } from './ui/grafana.ts'
import { grafanaDoorsOf } from './ui/testing/grafana-bench.ts'
import { correlateRoutes, type CorrelateDoors } from './ui/correlate-routes.ts'
import { slowQueryRoutes } from './ui/slow-query-routes.ts'
import { uiTempoRoutes } from './ui/tempo-routes.ts'
import { uiAlertRoutes } from './ui/alert-routes.ts'
import { createZipkinListener } from './zipkin.ts'
import { createWebhookListener } from './webhook.ts'

/**
 * Every route of every listener, asked by everybody. The routes come from the listeners themselves, so that one that is added is
 * asked, too. Handlers stand on fakes: what counts is whether a request reaches one.
 */

const NAMES = [
  ...(['prometheus', 'ui', 'alertmanager', 'webhook', 'loki', 'otlp-http'] as const),
  ...(['tempo', 'zipkin', 'jaeger-http', 'pushgateway', 'blackbox'] as const),
  ...(['node', 'postgres', 'containers'] as const),
]
type Name = (typeof NAMES)[number]

let access: TestAccess
let pushed: PushedGroups
const folder = mkdtempSync(join(tmpdir(), 'access-matrix-'))
const listeners = new Map<string, { readonly listener: Listener; readonly url: string }>()
const tokens = new Map<string, string>()

/** On these, requests of this machine need no credentials; on the others the test plays another machine. */
const settings: Readonly<Record<'local' | 'remote', Access>> = {
  local: {},
  remote: { isLoopback: () => false },
}

beforeAll(async () => {
  access = await openTestAccess()
  pushed = await PushedGroups.open(new GroupFiles(folder, silentLog()))
  for (const scope of [
    ...(['metrics:read', 'metrics:write', 'logs:write', 'alerts:write', 'admin'] as const),
  ]) {
    const { token } = await access.control.tokens.create(OPERATOR, {
      name: scope.replace(':', '-'),
      scopes: [scope],
    })
    tokens.set(scope, token)
  }
  for (const place of ['local', 'remote'] as const) {
    for (const name of NAMES) {
      const listener = create(name, { ...settings[place], control: access.control })
      listeners.set(`${place} ${name}`, {
        listener,
        url: `http://127.0.0.1:${await listener.listen()}`,
      })
    }
  }
})

afterAll(async () => {
  await Promise.all([...listeners.values()].map(({ listener }) => listener.close()))
  await access.close()
  rmSync(folder, { recursive: true, force: true })
})

function create(name: Name, given: Access): Listener {
  const [registry, log] = [createRegistry(), silentLog()]
  const options = { address: { host: '127.0.0.1', port: 0 }, access: given }
  const prometheus = createFakeDoors(createFakeWorld())
  const alertmanager: AlertmanagerDoors = {
    alertmanager: () => undefined,
    versionInfo: () => ({
      version: '',
      revision: '',
      branch: '',
      buildUser: '',
      buildDate: '',
      goVersion: '',
    }),
    startedMs: 0,
    uiUrl: () => undefined,
    explain: {
      groups: () => [],
      externalLabels: () => Labels.EMPTY,
      promql: prometheus.engine,
    },
    reload: () => Promise.resolve([]),
    readiness: () => ({ ok: true, reason: '' }),
    selfMetrics: () => '',
    registry,
    log,
    nowMs: Date.now,
  }
  switch (name) {
    case 'prometheus':
      return createPrometheusListener(prometheus, options, agentRoutes(agentDoors()))
    case 'ui':
      return createUiListener(
        {
          webFolder: '/nonexistent',
          prometheus,
          loki: createFakeLoki(new FakeLines()),
          routes: [
            ...uiAlertRoutes(alertmanager),
            ...uiTempoRoutes(tempoDoors()),
            ...correlateRoutes(correlateDoors()),
            ...slowQueryRoutes(new OwnTraces(() => ({ sampling: 0, slowMs: 0 })), () => 0),
            ...accessRoutes(access.control, log),
            ...grafanaApi(grafanaDoorsOf(access, prometheus), log),
          ],
          registry,
          log,
        },
        options,
      )
    case 'alertmanager':
      return createAlertmanagerListener(alertmanager, options)
    case 'webhook':
      return createWebhookListener(
        { received: new ReceivedAlerts(Date.now, () => undefined), registry, log },
        options,
      )
    case 'loki':
      return createLokiListener(createFakeLoki(new FakeLines()), options)
    case 'otlp-http':
      return createOtlpHttpListener(otlpDoors(), options)
    case 'tempo':
      return createTempoListener(tempoDoors(), options)
    case 'zipkin':
      return createZipkinListener({ ...spanDoors(), nowMs: Date.now }, options)
    case 'jaeger-http':
      return createJaegerHttpListener(spanDoors(), options)
    case 'pushgateway': {
      const doors = { groups: pushed, startedMs: 0, hasAdminApi: () => true, nowMs: Date.now }
      return createPushgatewayListener({ ...doors, registry, log }, options)
    }
    case 'blackbox': {
      const prober = new Prober({ modules: () => new Map() })
      return createBlackboxListener({ prober, registry, log }, options)
    }
    case 'node':
    case 'postgres':
    case 'containers': {
      const page = () => Promise.resolve({ bytes: new Uint8Array(), contentType: 'text/plain' })
      return createExporterListener(name, { page, registry, log }, options)
    }
    default:
      return name satisfies never
  }
}

function otlpDoors(): OtlpDoors {
  const taken: ExportReceiver = () => Promise.resolve({ kind: 'taken' })
  const signals = { logs: taken, spans: taken, metrics: taken }
  return { ...signals, registry: createRegistry(), log: silentLog() }
}

function agentDoors(): AgentDoors {
  return { ...createFakeLoki(new FakeLines()), ...otlpDoors(), decoder: new LokiPushDecoder(1000) }
}

function tempoDoors(): TempoDoors {
  const readiness = { ready: () => ({ ok: true }) }
  const source = new LateSpans()
  return {
    source,
    readiness,
    selfMetrics: () => '',
    ...quiet(),
    limits: () => ({}),
    nowMs: Date.now,
  }
}

function correlateDoors(): CorrelateDoors {
  const loki = createFakeLoki(new FakeLines())
  const metrics = { series: () => Promise.resolve({ values: [], truncated: false }) }
  return {
    ...{ spans: new LateSpans(), lines: loki.source, logql: loki.logql, metrics },
    ...{ settings: () => readCorrelation(undefined), log: silentLog(), nowMs: Date.now },
  }
}

function spanDoors(): SpanDoors {
  return { sink: new LateSpans(), ...quiet() }
}

function quiet(): Pick<SpanDoors, 'registry' | 'log'> {
  return { registry: createRegistry(), log: silentLog() }
}

interface Case {
  readonly name: Name
  readonly method: string
  readonly path: string
  readonly permission: Permission
}

function cases(): readonly Case[] {
  return NAMES.flatMap((name) => {
    const routes = listeners.get(`local ${name}`)?.listener.routes ?? []
    return routes.flatMap(({ methods, path, permission }) =>
      methods.map((method) => ({
        name,
        method,
        path: path.replaceAll(/:[a-zA-Z_]+(?:\([^)]*\))?/g, '424242').replace('*', 'x'),
        permission,
      })),
    )
  })
}

const basic = (user: string, password = PASSWORD): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
})
const bearer = (scope: string): Record<string, string> => ({
  authorization: `Bearer ${tokens.get(scope) ?? ''}`,
})

type Outcome = 'in' | 401 | 403 | 429

/** `in` when a request reaches its handler; otherwise the status of the refusal. */
async function ask(
  place: 'local' | 'remote',
  { name, method, path }: Case,
  headers: Record<string, string>,
): Promise<Outcome> {
  const { url } = listeners.get(`${place} ${name}`) ?? { url: '' }
  const answer = await fetch(`${url}${path}`, {
    method,
    headers,
    redirect: 'manual',
    ...(method === 'GET' || method === 'OPTIONS' ? {} : { body: 'x' }),
  })
  const text = await answer.text()
  if (answer.status === 401 || answer.status === 429) return answer.status
  // Some handlers say 403 themselves.
  if (answer.status === 403 && /may not do this|X-Vedette-CSRF/.test(text)) return 403
  return 'in'
}

const SIGNALS = {
  prometheus: 'metrics',
  ui: 'dashboards',
  alertmanager: 'alerts',
  webhook: 'alerts',
  loki: 'logs',
  'otlp-http': 'metrics',
  tempo: 'traces',
  zipkin: 'traces',
  'jaeger-http': 'traces',
  pushgateway: 'metrics',
  blackbox: 'metrics',
  node: 'metrics',
  postgres: 'metrics',
  containers: 'metrics',
}

function scopeNamed(text: string): Scope {
  const scope = [...ALL_SCOPES].find((each) => each === text)
  if (scope === undefined) throw new Error(`there is no scope ${text}`)
  return scope
}

function scopeOf({ name, permission }: Case): Scope | 'open' | 'account' {
  return permission === 'read' || permission === 'write'
    ? scopeNamed(`${SIGNALS[name]}:${permission}`)
    : permission
}

type Expected = (needed: Scope | 'account', one: Case) => 'in' | 401 | 403
const when =
  (may: (needed: Scope) => boolean, account: 'in' | 403): Expected =>
  (needed) => {
    if (needed === 'account') return account
    return may(needed) ? 'in' : 403
  }

const isRead = (scope: Scope): boolean => scope.endsWith(':read')

async function askAll(
  place: 'local' | 'remote',
  headers: Record<string, string>,
  expected: Expected,
): Promise<void> {
  const wrong: string[] = []
  for (const one of cases()) {
    const needed = scopeOf(one)
    const wanted = needed === 'open' ? 'in' : expected(needed, one)
    const told = await ask(place, one, headers)
    // Who is wrong too often is not even asked.
    if (told !== wanted && !(told === 429 && wanted === 401)) {
      wrong.push(`${one.name} ${one.method} ${one.path} (${needed}): ${told}, wanted ${wanted}`)
    }
  }
  expect(wrong).toEqual([])
}

describe('every route of every listener', () => {
  it('is known to the test', () => {
    const all = cases()
    expect(all.length).toBeGreaterThan(80)
    expect(new Set(all.map(({ name }) => name)).size).toBe(NAMES.length)
    const open = all.filter(({ permission }) => permission === 'open')
    const allowed =
      /^(?:\/healthz|\/-\/(?:healthy|ready|reload|quit)|\/ready|\/api\/health|\/health|\/api\/vedette\/sign-in|\/api\/v[12]\/x|\/|\/x)$/
    expect(open.filter(({ path }) => !allowed.test(path))).toEqual([])
  })

  it('that changes something needs more than reading', () => {
    const changing = cases().filter(
      ({ method, permission }) =>
        method !== 'GET' && method !== 'OPTIONS' && permission.endsWith('read'),
    )
    const questions =
      /^\/api\/datasources\/proxy\/|^\/api\/vedette\/query-batch$|^\/api\/vedette\/correlate\/[a-z-]+$|^(?:\/api)?\/(?:loki\/api\/v1|api\/prom)\/(?!push)|\/(?:query\w*|series|labels|format_query|parse_query|search\/\w+)$/
    expect(changing.filter(({ path }) => !questions.test(path))).toEqual([])
  })

  it('refuses nobody from another machine', () => askAll('remote', {}, () => 401))
  it('refuses a wrong password', () =>
    askAll('remote', basic('nobody', 'wrong password of nobody'), () => 401))
  it('refuses a token that was never given, here and elsewhere', async () => {
    const headers = { authorization: `Bearer vdt_${'x'.repeat(43)}` }
    await askAll('remote', headers, () => 401)
    await askAll('local', headers, () => 401)
  })
  it('answers this machine, except on the web UI', () =>
    askAll('local', {}, (_needed, { name }) => (name === 'ui' ? 401 : 'in')))
  it('does not take this machine’s word for what a proxy passed on', () =>
    askAll('local', { 'x-forwarded-for': '127.0.0.1' }, () => 401))

  for (const place of ['remote', 'local'] as const) {
    it(`lets a viewer read (${place})`, () => askAll(place, basic('vi'), when(isRead, 'in')))
    it(`lets an editor read and write (${place})`, () =>
      askAll(
        place,
        basic('ed'),
        when((scope) => scope !== 'admin', 'in'),
      ))
    it(`lets an admin do everything (${place})`, () =>
      askAll(
        place,
        basic('ada'),
        when(() => true, 'in'),
      ))
    for (const scope of ['metrics:read', 'metrics:write', 'logs:write', 'alerts:write'] as const) {
      it(`lets a token with ${scope} do that alone (${place})`, () =>
        askAll(
          place,
          bearer(scope),
          when((needed) => needed === scope, 403),
        ))
    }
    it(`lets a token with admin do everything (${place})`, () =>
      askAll(
        place,
        bearer('admin'),
        when(() => true, 403),
      ))
    it(`takes a token as the password of anybody (${place})`, () =>
      askAll(
        place,
        basic('api_key', tokens.get('metrics:read')),
        when((needed) => needed === 'metrics:read', 403),
      ))
  }
})

describe('a cookie', () => {
  it('counts on the web UI alone', async () => {
    const signedIn = await access.control.browsers.signIn({
      login: 'ada',
      password: PASSWORD,
      address: '10.0.0.1',
      userAgent: '',
    })
    const cookie = `vedette=${'id' in signedIn ? signedIn.id : ''}`
    await askAll('remote', { cookie }, (_needed, { name, method }) => {
      if (name !== 'ui') return 401
      // Without the proof of a page of ours only reading is left.
      return method === 'GET' ? 'in' : 403
    })
  })
})
