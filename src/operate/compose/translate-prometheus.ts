import type { Draft } from './draft.ts'
import { takeConfigFile } from './config-file.ts'
import { flagsOf, type Flag } from './flags-of.ts'
import { hostPathOf, nearPath } from './host-path.ts'
import { listenOn } from './listen-on.ts'
import type { ComposeFile, ComposeService } from './read-compose.ts'

/** Flags that `start` has under the same name. */
const SAME = new Set([
  'web.external-url',
  'web.enable-lifecycle',
  'web.enable-admin-api',
  'query.lookback-delta',
  'query.timeout',
  'query.max-samples',
  'query.max-concurrency',
  'rules.alert.for-outage-tolerance',
  'rules.alert.for-grace-period',
  'rules.alert.resend-delay',
  'rules.max-concurrent-evals',
  'enable-feature',
])

/** Flags that have no meaning here, with the reason. A name that ends in a point stands for all that begin so. */
const LEFT_OUT: readonly (readonly [name: string, reason: string])[] = [
  ['config.file', ''],
  [
    'storage.tsdb.path',
    'the data directory is storage.path; samples of the old one are not taken over',
  ],
  ['web.console.', 'there are no console templates'],
  ['web.enable-remote-write-receiver', 'remote write is always received'],
  ['web.enable-otlp-receiver', 'OTLP is always received'],
  ['web.listen-address', 'ports stand under listen'],
  ['storage.tsdb.', 'it belongs to the old store'],
  ['log.', 'vedette start has --log.level and --log.format'],
]

/** Prometheus. */
export function translatePrometheus(
  draft: Draft,
  service: ComposeService,
  { folder }: ComposeFile,
): void {
  takeConfigFile(draft, service, folder, {
    key: 'prometheus',
    flags: ['config.file'],
    usual: ['/etc/prometheus/prometheus.yml'],
  })
  listenOn(draft, service, 'prometheus', 9090)
  for (const flag of flagsOf(service.command)) translateFlag(draft, service, folder, flag)
  if (service.replicas > 1) {
    draft.note(service.name, 'changed', `${service.replicas} replicas become one process`)
  }
}

function translateFlag(
  draft: Draft,
  service: ComposeService,
  folder: string,
  { name, value }: Flag,
): void {
  const shown = `--${name}${value === undefined ? '' : `=${value}`}`
  if (name === 'storage.tsdb.retention.time' || name === 'storage.tsdb.retention') {
    draft.set(['storage', 'retention_time'], value ?? '')
    draft.note(service.name, 'same', shown)
  } else if (name === 'storage.tsdb.retention.size') {
    draft.set(['storage', 'retention_size'], value ?? '')
    draft.note(service.name, 'same', shown)
  } else if (name === 'web.config.file') {
    const file = hostPathOf(service, value ?? '')
    if (file !== undefined) draft.set(['flags', name], nearPath(folder, file))
    draft.note(service.name, file === undefined ? 'to do' : 'same', shown)
  } else if (SAME.has(name)) {
    const isSwitch = value === undefined || value === 'true' || value === 'false'
    draft.set(['flags', name], isSwitch ? value !== 'false' : value)
    draft.note(service.name, 'same', shown)
  } else {
    const [, reason] = LEFT_OUT.find(([known]) =>
      known.endsWith('.') ? name.startsWith(known) : name === known,
    ) ?? ['', 'there is no such flag here']
    if (reason !== '') draft.note(service.name, 'left out', `${shown}: ${reason}`)
  }
}
