import path from 'node:path'
import { buildAliases, type BuiltInPart } from '../../collect/aliases.ts'
import { readPrometheusFile } from '../../collect/config/prometheus-config.ts'
import { FaultList } from '../../yaml/fault.ts'
import { Draft } from './draft.ts'
import { nearPath } from './host-path.ts'
import { interpolate } from './interpolate.ts'
import { findOriginal, portsOf, type Original } from './originals.ts'
import type { ComposeFile, ComposeService } from './read-compose.ts'
import {
  translateCadvisor,
  translateNodeExporter,
  translatePostgresExporter,
} from './translate-exporters.ts'
import { translateGrafana } from './translate-grafana.ts'
import { translatePrometheus } from './translate-prometheus.ts'
import { takeTargets } from './tell-targets.ts'
import {
  translateAlertmanager,
  translateBlackbox,
  translateCollector,
  translateJaeger,
  translateLoki,
  translatePromtail,
  translatePushgateway,
  translateTempo,
} from './translate-signals.ts'

type Translate = (draft: Draft, service: ComposeService, file: ComposeFile) => void

const TRANSLATE: Readonly<Record<Original, Translate>> = {
  prometheus: translatePrometheus,
  alertmanager: translateAlertmanager,
  grafana: translateGrafana,
  loki: translateLoki,
  promtail: translatePromtail,
  tempo: translateTempo,
  collector: translateCollector,
  'node-exporter': translateNodeExporter,
  cadvisor: translateCadvisor,
  'postgres-exporter': translatePostgresExporter,
  pushgateway: translatePushgateway,
  'blackbox-exporter': translateBlackbox,
  jaeger: translateJaeger,
}

/** Which part plays the program at its ports; jaeger's have no part that is scraped. */
const PARTS: Readonly<Partial<Record<Original, BuiltInPart>>> = {
  prometheus: 'self',
  alertmanager: 'alertmanager',
  grafana: 'grafana',
  loki: 'loki',
  promtail: 'promtail',
  tempo: 'tempo',
  collector: 'otel-collector',
  'node-exporter': 'node',
  cadvisor: 'cadvisor',
  'postgres-exporter': 'postgres',
  pushgateway: 'pushgateway',
  'blackbox-exporter': 'blackbox',
}

/** A service with the program that it is. */
interface Replaced {
  readonly service: ComposeService
  readonly original: Original
}

/** Makes the vedette.yml that does what the services of a compose file did. */
export function translateCompose(file: ComposeFile): Draft {
  const draft = new Draft()
  const replaced: Replaced[] = []
  const staying: ComposeService[] = []
  draft.set(['storage', 'path'], './vedette-data')
  if (file.envFile !== undefined) {
    draft.set(['environment', 'files'], [nearPath(file.folder, file.envFile)])
  }
  for (const service of file.services) {
    const original = findOriginal(service.image, service.name)
    if (original === undefined) staying.push(service)
    else {
      TRANSLATE[original](draft, service, file)
      replaced.push({ service, original })
    }
  }
  for (const one of replaced) addAliases(draft, one)
  const scraped = draft.config.get('prometheus')
  if (typeof scraped === 'string') {
    const faults = new FaultList()
    const read = readPrometheusFile(path.resolve(file.folder, scraped), { faults, env: file.env })
    if (read !== undefined) takeTargets(draft, file, read)
  }
  for (const service of staying) {
    tellStaying(draft, service, replaced, file)
    makeRoom(draft, service)
  }
  return draft
}

function addAliases(draft: Draft, { service, original }: Replaced): void {
  const part = PARTS[original]
  if (part === undefined) return
  const usual = buildAliases()
  for (const host of service.hostNames) {
    for (const port of portsOf(original)) {
      const address = `${host}:${port}`
      if (usual.find(address) !== part && isScraped(original, port))
        draft.set(['aliases', address], part)
    }
  }
}

/** Ports that are only written to need no alias for what scrapes. */
function isScraped(original: Original, port: number): boolean {
  return !(original === 'alertmanager' && port === 9094)
}

function tellStaying(
  draft: Draft,
  service: ComposeService,
  replaced: readonly Replaced[],
  { env }: ComposeFile,
): void {
  draft.note(
    service.name,
    'stays',
    `${service.image === '' ? 'it is built here' : service.image} is no part of the monitoring`,
  )
  const texts = [...service.environment].map(
    ([name, value]) => `${name}=${interpolate(value, env)}`,
  )
  for (const text of [...texts, ...service.command]) {
    for (const { service: gone, original } of replaced) {
      const found = gone.hostNames.find((host) => namesHost(text, host, portsOf(original)))
      if (found === undefined) continue
      const what = text.split(/[= ]/, 1)[0] ?? ''
      draft.note(
        service.name,
        'to do',
        `${what} names ${found}, which is gone: from a container this host is host.docker.internal, and the listener has to be open to it (docs/access.md)`,
      )
    }
  }
}

/** Listeners that are open unless told otherwise, with their ports. */
const OPEN_PORTS = [
  ['ui', 3000],
  ['prometheus', 9090],
  ['alertmanager', 9093],
  ['loki', 3100],
  ['tempo', 3200],
  ['otlp-grpc', 4317],
  ['otlp-http', 4318],
  ['webhook', 9094],
] as const

/** A port that a service goes on to publish cannot be one of ours. */
function makeRoom(draft: Draft, service: ComposeService): void {
  const listen = draft.config.get('listen')
  for (const { host } of service.ports) {
    for (const [listener, usual] of OPEN_PORTS) {
      const own = listen instanceof Map ? listen.get(listener) : undefined
      if (own === 'off' || (typeof own === 'string' ? !own.endsWith(`:${host}`) : usual !== host))
        continue
      if (listener === 'webhook') {
        draft.set(['listen', listener], 'off')
        draft.note(
          service.name,
          'changed',
          `it publishes port ${host}, so the own receiver of webhooks is off`,
        )
        continue
      }
      draft.note(
        service.name,
        'to do',
        `it publishes port ${host}, where ${listener} wants to answer: take the port away from it, or set listen: {${listener}: '127.0.0.1:PORT'}`,
      )
    }
  }
}

/** Whether a text names `host:port`, and not the end of a longer name or the beginning of a longer number. */
function namesHost(text: string, host: string, ports: readonly number[]): boolean {
  return ports.some((port) => {
    const address = `${host}:${port}`
    const at = text.indexOf(address)
    if (at < 0) return false
    const [before = '', after = ''] = [text[at - 1], text[at + address.length]]
    return !/[\w.-]/.test(before) && !/\d/.test(after)
  })
}
