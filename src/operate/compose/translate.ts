import path from 'node:path'
import { buildAliases, type BuiltInPart } from '../../collect/aliases.ts'
import { readPrometheusFile } from '../../collect/config/prometheus-config.ts'
import { FaultList } from '../../yaml/fault.ts'
import { Draft } from './draft.ts'
import { flagsOf } from './flags-of.ts'
import { tellNotNeeded } from './not-needed.ts'
import { takeEnvironmentFile } from './take-environment.ts'
import { nearPath } from './host-path.ts'
import { findOriginal, portsOf, type Original } from './originals.ts'
import type { ComposeService } from './compose-service.ts'
import type { ComposeFile } from './read-compose.ts'
import {
  translateCadvisor,
  translateNodeExporter,
  translatePostgresExporter,
} from './translate-exporters.ts'
import { translateGrafana } from './translate-grafana.ts'
import { translatePrometheus } from './translate-prometheus.ts'
import {
  tellClosed,
  tellDormant,
  tellMemory,
  tellRuleFiles,
  type Replaced,
} from './tell-replaced.ts'
import { makeRoom, tellStaying } from './tell-staying.ts'
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

/** Makes the vedette.yml that does what the services of a compose file did. */
export function translateCompose(file: ComposeFile): Draft {
  const draft = new Draft()
  const replaced: Replaced[] = []
  const staying: ComposeService[] = []
  draft.set(['storage', 'path'], './vedette-data')
  if (file.envFile !== undefined) {
    draft.add(['environment', 'files'], nearPath(file.folder, file.envFile))
  }
  for (const service of file.services) {
    const original = findOriginal(service.image, service.name)
    if (original === undefined) staying.push(service)
    else {
      TRANSLATE[original](draft, service, file)
      // Grafana's are read by name.
      if (original !== 'grafana')
        for (const each of service.environmentFiles)
          takeEnvironmentFile(draft, service, file.folder, each)
      tellNotNeeded(draft, service)
      tellClosed(draft, service, original)
      replaced.push({ service, original })
    }
  }
  for (const service of file.dormant) tellDormant(draft, service)
  tellMemory(draft, replaced)
  for (const one of replaced) addAliases(draft, one)
  const scraped = draft.config.get('prometheus')
  if (typeof scraped === 'string') {
    const faults = new FaultList()
    const read = readPrometheusFile(path.resolve(file.folder, scraped), { faults, env: file.env })
    if (read !== undefined) {
      takeTargets(draft, file, read, path.basename(scraped))
      for (const { service, original } of replaced)
        if (original === 'prometheus') tellRuleFiles(draft, service, file, read)
    }
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
  const own = ownPortOf(service)
  const ports = own === undefined ? portsOf(original) : [own, ...portsOf(original).slice(1)]
  for (const host of service.hostNames) {
    for (const port of ports) {
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

/** The port that a flag or variable gives it in place of the usual one. */
function ownPortOf(service: ComposeService): number | undefined {
  const flags = flagsOf(service.command)
  const named = flags.find(({ name }) => name === 'web.listen-address' || name === 'port')?.value
  const text = named ?? service.environment.get('PG_EXPORTER_WEB_LISTEN_ADDRESS')?.text ?? ''
  const found = /(?:^|:)(\d{1,5})$/.exec(text)?.[1]
  return found === undefined ? undefined : Number(found)
}
