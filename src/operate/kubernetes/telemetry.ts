import { inNamespace, NAME, selectorLabels, type Manifest } from './manifest.ts'
import { METRICS_SECRET, serverHost } from './names.ts'
import type { ClusterSettings } from './read-settings.ts'
import { HEADLESS_LABEL } from './services.ts'

/** For a Prometheus of prometheus-operator elsewhere in the cluster; Vedette scrapes itself without it. */
export function serviceMonitor({ namespace }: ClusterSettings): Manifest {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: inNamespace(namespace, NAME),
    spec: {
      selector: {
        matchLabels: selectorLabels('server'),
        matchExpressions: [{ key: HEADLESS_LABEL, operator: 'DoesNotExist' }],
      },
      namespaceSelector: { matchNames: [namespace] },
      endpoints: [
        {
          port: 'prometheus',
          path: '/metrics',
          interval: '30s',
          authorization: {
            type: 'Bearer',
            credentials: { name: METRICS_SECRET, key: 'token' },
          },
        },
      ],
    },
  }
}

/**
 * What the OpenTelemetry operator puts into pods that ask for it
 * (https://github.com/open-telemetry/opentelemetry-operator, config/crd/bases/opentelemetry.io_instrumentations.yaml).
 */
export function instrumentation(settings: ClusterSettings): Manifest {
  const host = serverHost(settings)
  const env = [{ name: 'OTEL_EXPORTER_OTLP_PROTOCOL', value: 'http/protobuf' }]
  return {
    apiVersion: 'opentelemetry.io/v1alpha1',
    kind: 'Instrumentation',
    metadata: inNamespace(settings.namespace, NAME),
    spec: {
      exporter: { endpoint: `http://${host}:4318` },
      propagators: ['tracecontext', 'baggage'],
      sampler: { type: 'parentbased_traceidratio', argument: '1' },
      // Both languages send metrics and lines, too.
      env: [
        { name: 'OTEL_TRACES_EXPORTER', value: 'otlp' },
        { name: 'OTEL_METRICS_EXPORTER', value: 'otlp' },
        { name: 'OTEL_LOGS_EXPORTER', value: 'otlp' },
      ],
      java: { env },
      python: {
        env: [...env, { name: 'OTEL_PYTHON_LOGGING_AUTO_INSTRUMENTATION_ENABLED', value: 'true' }],
      },
    },
  }
}
