import type { Draft } from './draft.ts'
import { takeConfigFile } from './config-file.ts'
import { COMMON_FLAGS, leaveOut, showFlag, type Meaningless } from './leave-out.ts'
import { takeMounts } from './take-mounts.ts'
import { takeVariables } from './take-environment.ts'
import { flagsOf, type Flag } from './flags-of.ts'
import { hostPathOf, nearPath } from './host-path.ts'
import { listenOn } from './listen-on.ts'
import type { ComposeService } from './compose-service.ts'
import type { ComposeFile } from './read-compose.ts'

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

/** Flags that have no meaning here, with the reason. */
const LEFT_OUT: Meaningless = [
  [
    'storage.tsdb.path',
    'the data directory is storage.path; samples of the old one are not taken over',
  ],
  ['web.console.', 'there are no console templates'],
  ['web.enable-remote-write-receiver', 'remote write is always received'],
  ['web.enable-otlp-receiver', 'OTLP is always received'],
  ['web.route-prefix', 'the Prometheus API answers at the top of its port'],
  ['web.page-title', 'the web UI has a title of its own'],
  ['web.cors.origin', 'pages of other origins cannot ask'],
  ['web.read-timeout', 'requests have a bound of their own'],
  ['web.max-connections', 'each listener has a bound of its own'],
  ['storage.tsdb.', 'it belongs to the old store'],
  ['storage.agent.', 'vedette agent is the program that only forwards'],
  ['agent', 'vedette agent is the program that only forwards'],
  ['storage.remote.', 'remote read and write have bounds of their own'],
  ['alertmanager.', 'alerts wait in a queue of their own'],
  ['scrape.', 'targets are scraped at the moment that is theirs'],
  ['enable-agent', 'vedette agent is the program that only forwards'],
  ...COMMON_FLAGS,
]

/** Prometheus. */
export function translatePrometheus(
  draft: Draft,
  service: ComposeService,
  { folder }: ComposeFile,
): void {
  const taken = takeConfigFile(draft, service, folder, {
    key: 'prometheus',
    flags: ['config.file'],
    usual: ['/etc/prometheus/prometheus.yml'],
    inImage: 'there it scraped itself only; here this host is watched, too',
  })
  takeMounts(draft, service, folder, taken)
  takeVariables(draft, service, taken)
  listenOn(draft, service, 'prometheus', 9090)
  for (const flag of flagsOf(service.command)) translateFlag(draft, service, folder, flag)
  if (service.replicas > 1) {
    draft.note(service, 'changed', `${service.replicas} replicas become one process`)
  }
}

function translateFlag(draft: Draft, service: ComposeService, folder: string, flag: Flag): void {
  const { name, value } = flag
  const subject = { name: service.name, place: flag.place }
  const shown = showFlag(flag)
  if (name === 'storage.tsdb.retention.time' || name === 'storage.tsdb.retention') {
    draft.set(['storage', 'retention_time'], value ?? '')
    draft.note(subject, 'same', shown)
  } else if (name === 'storage.tsdb.retention.size') {
    draft.set(['storage', 'retention_size'], value ?? '')
    draft.note(subject, 'same', shown)
  } else if (name === 'web.config.file') {
    const file = hostPathOf(service, value ?? '')
    if (file !== undefined) draft.set(['flags', name], nearPath(folder, file))
    draft.note(subject, file === undefined ? 'to do' : 'same', shown)
  } else if (SAME.has(name)) {
    const isSwitch = value === undefined || value === 'true' || value === 'false'
    draft.set(['flags', name], isSwitch ? value !== 'false' : value)
    draft.note(subject, 'same', shown)
  } else {
    leaveOut(draft, service, flag, LEFT_OUT)
  }
}
