/** The programs of a monitoring stack that this one replaces. */
export type Original =
  | 'prometheus'
  | 'alertmanager'
  | 'grafana'
  | 'loki'
  | 'promtail'
  | 'tempo'
  | 'collector'
  | 'node-exporter'
  | 'cadvisor'
  | 'postgres-exporter'
  | 'pushgateway'
  | 'blackbox-exporter'
  | 'jaeger'

interface Known {
  readonly original: Original
  /** Of the image, without registry, tag and digest. */
  readonly image: RegExp
  /** Ports that it opens unless told otherwise. */
  readonly ports: readonly number[]
}

const KNOWN: readonly Known[] = [
  {
    original: 'prometheus',
    image: /^(?:prom|bitnami|ubuntu|prometheus)\/prometheus$/,
    ports: [9090],
  },
  {
    original: 'alertmanager',
    image: /^(?:prom|bitnami|ubuntu|prometheus)\/(?:prometheus-)?alertmanager$/,
    ports: [9093, 9094],
  },
  {
    original: 'grafana',
    image: /^(?:grafana|bitnami|ubuntu)\/grafana(?:-oss|-enterprise)?$/,
    ports: [3000],
  },
  { original: 'loki', image: /^(?:grafana|bitnami)\/(?:grafana-)?loki$/, ports: [3100] },
  { original: 'promtail', image: /^(?:grafana|bitnami)\/(?:grafana-)?promtail$/, ports: [9080] },
  {
    original: 'tempo',
    image: /^(?:grafana|bitnami)\/(?:grafana-)?tempo$/,
    ports: [3200, 4317, 4318],
  },
  {
    original: 'collector',
    image: /(?:^|\/)opentelemetry-collector(?:-contrib|-k8s)?$/,
    ports: [4317, 4318, 8888, 8889],
  },
  {
    original: 'node-exporter',
    image: /^(?:prom|bitnami|prometheus)\/node-exporter$/,
    ports: [9100],
  },
  { original: 'cadvisor', image: /(?:^|\/)cadvisor$/, ports: [8080] },
  { original: 'postgres-exporter', image: /(?:^|\/)postgres[-_]exporter$/, ports: [9187] },
  {
    original: 'pushgateway',
    image: /^(?:prom|bitnami|prometheus)\/pushgateway$/,
    ports: [9091],
  },
  {
    original: 'blackbox-exporter',
    image: /^(?:prom|bitnami|prometheus)\/blackbox-exporter$/,
    ports: [9115],
  },
  {
    original: 'jaeger',
    image: /^jaegertracing\/(?:all-in-one|jaeger|jaeger-collector)$/,
    ports: [4317, 4318, 14250, 14268, 16686],
  },
]

/**
 * Which program an image is; for a service that names none (a file that changes another one) its own name decides. Undefined for
 * everything else.
 */
export function findOriginal(image: string, service: string): Original | undefined {
  const repository = image
    .replace(/@sha256:.*$/, '')
    .replace(/:[^/:]*$/, '')
    .replace(/^(?:[\w.-]+\.[a-z]+(?::\d+)?|localhost(?::\d+)?)\//, '')
  const found = KNOWN.find((one) => one.image.test(repository))
  if (found !== undefined || image !== '') return found?.original
  const name = service.replaceAll('_', '-').toLowerCase()
  return KNOWN.find(({ original }) => original === name)?.original
}

/** The ports on which other services reach it. */
export function portsOf(original: Original): readonly number[] {
  return KNOWN.find((one) => one.original === original)?.ports ?? []
}
