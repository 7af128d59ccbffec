import type { Draft } from './draft.ts'
import { takeConfigFile } from './config-file.ts'
import { flagsOf } from './flags-of.ts'
import { listenOn } from './listen-on.ts'
import type { ComposeFile, ComposeService } from './read-compose.ts'

/** Alertmanager. */
export function translateAlertmanager(
  draft: Draft,
  service: ComposeService,
  { folder }: ComposeFile,
): void {
  takeConfigFile(draft, service, folder, {
    key: 'alertmanager',
    flags: ['config.file'],
    usual: ['/etc/alertmanager/alertmanager.yml'],
  })
  listenOn(draft, service, 'alertmanager', 9093)
  for (const { name, value = '' } of flagsOf(service.command)) {
    if (name === 'data.retention') {
      draft.set(['flags', name], value)
      draft.note(service.name, 'same', `--${name}=${value}`)
    } else if (name.startsWith('cluster.')) {
      draft.note(service.name, 'left out', `--${name}: alerts are told by one process`)
    } else if (name === 'web.external-url') {
      draft.note(
        service.name,
        'left out',
        `--${name}: links of alerts lead to --web.external-url of Prometheus`,
      )
    }
  }
}

/** Loki. */
export function translateLoki(
  draft: Draft,
  service: ComposeService,
  { folder }: ComposeFile,
): void {
  takeConfigFile(draft, service, folder, {
    key: 'loki',
    flags: ['config.file'],
    usual: ['/etc/loki/local-config.yaml', '/etc/loki/config.yml', '/etc/loki/loki.yml'],
  })
  listenOn(draft, service, 'loki', 3100)
}

/** promtail: its files are read where they lie on this host. */
export function translatePromtail(
  draft: Draft,
  service: ComposeService,
  { folder }: ComposeFile,
): void {
  takeConfigFile(draft, service, folder, {
    key: 'promtail',
    flags: ['config.file'],
    usual: ['/etc/promtail/config.yml', '/etc/promtail/docker-config.yaml'],
  })
  for (const { source, target } of service.mounts) {
    if (source === target || /\.ya?ml$/.test(target)) continue
    draft.note(
      service.name,
      'to do',
      `paths below ${target} in its file are ${source} on this host`,
    )
  }
}

/** Tempo, Jaeger. */
export function translateTempo(
  draft: Draft,
  service: ComposeService,
  { folder }: ComposeFile,
): void {
  takeConfigFile(draft, service, folder, {
    key: 'tempo',
    flags: ['config.file'],
    usual: ['/etc/tempo.yaml', '/etc/tempo.yml', '/etc/tempo/tempo.yaml'],
  })
  listenOn(draft, service, 'tempo', 3200)
  listenForSpans(draft, service)
}

export function translateJaeger(draft: Draft, service: ComposeService): void {
  listenForSpans(draft, service)
  draft.note(
    service.name,
    'changed',
    'its pages are those of traces in the web UI; traces of its storage are not taken over',
  )
}

/** The OpenTelemetry Collector. */
export function translateCollector(
  draft: Draft,
  service: ComposeService,
  { folder }: ComposeFile,
): void {
  takeConfigFile(draft, service, folder, {
    key: 'otel',
    flags: ['config'],
    usual: ['/etc/otelcol-contrib/config.yaml', '/etc/otelcol/config.yaml'],
  })
  listenForSpans(draft, service)
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

/** Pushgateway. */
export function translatePushgateway(draft: Draft, service: ComposeService): void {
  draft.set(['listen', 'pushgateway'], '127.0.0.1:9091')
  listenOn(draft, service, 'pushgateway', 9091)
  draft.note(service.name, 'same', 'its API; metrics that were pushed before are not taken over')
}

/** blackbox_exporter. */
export function translateBlackbox(
  draft: Draft,
  service: ComposeService,
  { folder }: ComposeFile,
): void {
  takeConfigFile(draft, service, folder, {
    key: 'blackbox',
    flags: ['config.file'],
    usual: ['/etc/blackbox_exporter/config.yml', '/config/blackbox.yml'],
  })
}
