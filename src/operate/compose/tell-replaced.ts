import type { PrometheusConfig } from '../../collect/config/prometheus-config.ts'
import type { ComposeService } from './compose-service.ts'
import type { Draft } from './draft.ts'
import { nearPath } from './host-path.ts'
import { findOriginal, type Original } from './originals.ts'
import type { ComposeFile } from './read-compose.ts'

/** A service with the program that it is. */
export interface Replaced {
  readonly service: ComposeService
  readonly original: Original
}

/** Listeners that answer other scrapers in place of exporters, off unless asked for. */
const CLOSED: Readonly<Partial<Record<Original, string>>> = {
  'node-exporter': 'node',
  cadvisor: 'containers',
  'postgres-exporter': 'postgres',
  'blackbox-exporter': 'blackbox',
}

/** Ports of exporters are not opened: what asked there is in the same process. */
export function tellClosed(draft: Draft, service: ComposeService, original: Original): void {
  const listener = CLOSED[original]
  const [port] = service.ports
  if (listener === undefined || port === undefined) return
  draft.note(
    { name: service.name, place: port.place },
    'changed',
    `port ${port.host} is closed, since nothing here asks there; listen: {${listener}: '127.0.0.1:${port.host}'} opens it for other scrapers`,
  )
}

/** A service that only a profile starts. */
export function tellDormant(draft: Draft, service: ComposeService): void {
  const original = findOriginal(service.image, service.name)
  draft.note(
    service,
    original === undefined ? 'stays' : 'left out',
    `only the profile ${service.profiles.join(' or ')} starts it: --profile ${service.profiles[0] ?? ''} takes it over`,
  )
}

/** Bounds on the memory of containers have one budget in their place. */
export function tellMemory(draft: Draft, replaced: readonly Replaced[]): void {
  const limited = replaced.flatMap(({ service }) => service.memoryLimit ?? [])
  const [first] = limited
  if (first === undefined) return
  const all = limited.map(({ text }) => text).join(' + ')
  draft.note(
    { name: 'memory limits', place: first.place },
    'changed',
    `${all} of ${limited.length} services: one budget bounds the whole program, 450MiB unless memory: {budget: …} says`,
  )
}

/** Rules that lie beside the file and that no mount brought into the container: they were not in force, and are now. */
export function tellRuleFiles(
  draft: Draft,
  service: ComposeService,
  { folder }: ComposeFile,
  { ruleFiles }: PrometheusConfig,
): void {
  const isMounted = (file: string): boolean =>
    service.mounts.some(({ source }) => file === source || file.startsWith(`${source}/`))
  for (const file of ruleFiles.flatMap(({ files }) => files)) {
    if (isMounted(file)) continue
    const near = nearPath(folder, file)
    draft.note(
      service,
      'changed',
      `${near} was mounted nowhere, so these rules were not in force; here they are`,
    )
  }
}
