import type { ComposeService } from './compose-service.ts'
import { takeConfigFile } from './config-file.ts'
import type { Draft } from './draft.ts'
import { flagsOf, type Flag } from './flags-of.ts'
import { COMMON_FLAGS, leaveOut, showFlag, type Meaningless } from './leave-out.ts'
import { listenOn } from './listen-on.ts'
import type { ComposeFile } from './read-compose.ts'
import { takeMounts } from './take-mounts.ts'
import { takeVariables } from './take-environment.ts'

const ALERTMANAGER_LEFT_OUT: Meaningless = [
  ['storage.path', 'silences and alerts are kept in storage.path of vedette.yml'],
  ['cluster.', 'alerts are told by one process'],
  ['web.external-url', 'links of alerts lead to --web.external-url of Prometheus'],
  ['data.maintenance-interval', 'silences are written at once'],
  ['alerts.', 'alerts that are over go by themselves'],
  ['auto-gomemlimit', 'this program is not written in Go'],
  ...COMMON_FLAGS,
]

/** Flags of Alertmanager that `start` has under the same name. */
const ALERTMANAGER_SAME = new Set([
  'data.retention',
  'dispatch.start-delay',
  'alerts.per-alertname-limit',
  'silences.max-silences',
  'silences.max-silence-size-bytes',
])

/** Alertmanager. */
export function translateAlertmanager(
  draft: Draft,
  service: ComposeService,
  { folder }: ComposeFile,
): void {
  const taken = takeConfigFile(draft, service, folder, {
    key: 'alertmanager',
    flags: ['config.file'],
    usual: ['/etc/alertmanager/alertmanager.yml'],
    inImage: 'there alerts went to a webhook on 127.0.0.1:5001; here they are shown on the console',
  })
  takeMounts(draft, service, folder, taken)
  takeVariables(draft, service, taken)
  listenOn(draft, service, 'alertmanager', 9093)
  for (const flag of flagsOf(service.command)) {
    if (!ALERTMANAGER_SAME.has(flag.name) || flag.value === undefined) {
      leaveOut(draft, service, flag, ALERTMANAGER_LEFT_OUT)
      continue
    }
    draft.set(['flags', flag.name], flag.value)
    draft.note({ name: service.name, place: flag.place }, 'same', showFlag(flag))
  }
}

/** Flags of Loki, promtail and Tempo. Their other flags say what their files say. */
const FILE_FLAGS: Meaningless = [
  ['config.file', ''],
  ['config.expand-env', '${NAME} is always filled in'],
  ['log.', 'vedette start has --log.level and --log.format'],
  ['print-config-stderr', 'vedette check says what is read'],
  ['log-config-reverse-order', 'vedette check says what is read'],
  ['target', 'all targets are one process'],
  ['mem-ballast-size-mbs', 'this program is not written in Go'],
]

function leaveToFile(draft: Draft, service: ComposeService, flag: Flag): void {
  if (
    FILE_FLAGS.some(([name]) =>
      name.endsWith('.') ? flag.name.startsWith(name) : flag.name === name,
    )
  ) {
    leaveOut(draft, service, flag, FILE_FLAGS)
    return
  }
  draft.note(
    { name: service.name, place: flag.place },
    'to do',
    `${showFlag(flag)}: only its file is read: write it there, by the key of the same name`,
  )
}

/** Loki. */
export function translateLoki(
  draft: Draft,
  service: ComposeService,
  { folder }: ComposeFile,
): void {
  const taken = takeConfigFile(draft, service, folder, {
    key: 'loki',
    flags: ['config.file'],
    usual: ['/etc/loki/local-config.yaml', '/etc/loki/config.yml', '/etc/loki/loki.yml'],
    inImage: 'one process without limits of its own, as here',
  })
  takeMounts(draft, service, folder, taken)
  takeVariables(draft, service, taken)
  listenOn(draft, service, 'loki', 3100)
  for (const flag of flagsOf(service.command)) leaveToFile(draft, service, flag)
}

/** promtail: its files are read where they lie on this host. */
export function translatePromtail(
  draft: Draft,
  service: ComposeService,
  { folder }: ComposeFile,
): void {
  const taken = takeConfigFile(draft, service, folder, {
    key: 'promtail',
    flags: ['config.file'],
    usual: ['/etc/promtail/config.yml', '/etc/promtail/docker-config.yaml'],
    inImage: 'it read /var/log of the container',
  })
  if (taken === undefined && service.image !== '') {
    draft.set(['promtail'], 'host')
    draft.note(service, 'changed', 'without a file of its own the logs of this host are read')
  }
  takeMounts(draft, service, folder, taken)
  takeVariables(draft, service, taken)
  for (const flag of flagsOf(service.command)) leaveToFile(draft, service, flag)
}

/** Tempo. */
export function translateTempo(
  draft: Draft,
  service: ComposeService,
  { folder }: ComposeFile,
): void {
  const taken = takeConfigFile(draft, service, folder, {
    key: 'tempo',
    flags: ['config.file'],
    usual: ['/etc/tempo.yaml', '/etc/tempo.yml', '/etc/tempo/tempo.yaml'],
    inImage: 'the defaults hold',
  })
  takeVariables(draft, service, taken)
  listenOn(draft, service, 'tempo', 3200)
  listenForSpans(draft, service)
  for (const flag of flagsOf(service.command)) leaveToFile(draft, service, flag)
}

/** Jaeger. */
export function translateJaeger(draft: Draft, service: ComposeService): void {
  listenForSpans(draft, service)
  draft.note(
    service,
    'changed',
    'its pages are those of traces in the web UI; traces of its storage are not taken over',
  )
  takeVariables(draft, service, undefined)
  for (const flag of flagsOf(service.command)) leaveOut(draft, service, flag, [])
}

const COLLECTOR_LEFT_OUT: Meaningless = [
  ['config', ''],
  ['feature-gates', 'there are no gates'],
]

/** The OpenTelemetry Collector. */
export function translateCollector(
  draft: Draft,
  service: ComposeService,
  { folder }: ComposeFile,
): void {
  const taken = takeConfigFile(draft, service, folder, {
    key: 'otel',
    flags: ['config'],
    usual: ['/etc/otelcol-contrib/config.yaml', '/etc/otelcol/config.yaml'],
    inImage: 'there what came was written to its log; here it is stored',
  })
  takeMounts(draft, service, folder, taken)
  takeVariables(draft, service, taken)
  listenForSpans(draft, service)
  for (const flag of flagsOf(service.command)) leaveOut(draft, service, flag, COLLECTOR_LEFT_OUT)
}

const SPAN_LISTENERS = [
  ['otlp-grpc', 4317],
  ['otlp-http', 4318],
  ['zipkin', 9411],
  ['jaeger-grpc', 14_250],
  ['jaeger-http', 14_268],
  ['jaeger-udp', 6831],
] as const

function listenForSpans(draft: Draft, service: ComposeService): void {
  for (const [listener, port] of SPAN_LISTENERS) {
    if (service.ports.some(({ container }) => container === port))
      listenOn(draft, service, listener, port)
  }
}

const PUSHGATEWAY_LEFT_OUT: Meaningless = [
  ['persistence.', 'what is pushed is kept in the data directory'],
  ['push.', 'what is pushed is always checked'],
  ...COMMON_FLAGS,
]

/** Pushgateway. */
export function translatePushgateway(draft: Draft, service: ComposeService): void {
  draft.set(['listen', 'pushgateway'], '127.0.0.1:9091')
  listenOn(draft, service, 'pushgateway', 9091)
  draft.note(service, 'same', 'its API; metrics that were pushed before are not taken over')
  for (const flag of flagsOf(service.command)) leaveOut(draft, service, flag, PUSHGATEWAY_LEFT_OUT)
}

const BLACKBOX_LEFT_OUT: Meaningless = [
  ['timeout-offset', 'a probe ends before its scrape does'],
  ['history.limit', 'results of probes are kept as metrics'],
  ['config.', 'vedette check says what is read'],
  ...COMMON_FLAGS,
]

/** blackbox_exporter. */
export function translateBlackbox(
  draft: Draft,
  service: ComposeService,
  { folder }: ComposeFile,
): void {
  const taken = takeConfigFile(draft, service, folder, {
    key: 'blackbox',
    flags: ['config.file'],
    usual: ['/etc/blackbox_exporter/config.yml', '/config/blackbox.yml'],
    inImage: 'its modules are the same here',
  })
  takeMounts(draft, service, folder, taken)
  for (const flag of flagsOf(service.command)) leaveOut(draft, service, flag, BLACKBOX_LEFT_OUT)
}
