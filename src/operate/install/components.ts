import { Problem } from '../../model/problem.ts'

/**
 * The parts that an installation may choose from, with the names of the programs that they replace. `listeners` are closed where
 * the part is not chosen; `section` is switched on where it is.
 */
interface Component {
  readonly name: string
  readonly replaces: readonly string[]
  readonly about: string
  readonly listeners: readonly string[]
  readonly section?: string
  /** Chosen when nothing is named. */
  readonly isDefault: boolean
}

const COMPONENTS = [
  {
    name: 'metrics',
    replaces: ['prometheus', 'node-exporter', 'node_exporter'],
    about: 'this host, scraping, rules; always there',
    listeners: [],
    isDefault: true,
  },
  {
    name: 'dashboards',
    replaces: ['grafana', 'ui'],
    about: 'the web UI',
    listeners: ['ui'],
    isDefault: true,
  },
  {
    name: 'alerts',
    replaces: ['alertmanager'],
    about: 'the API of Alertmanager',
    listeners: ['alertmanager', 'webhook'],
    isDefault: true,
  },
  {
    name: 'logs',
    replaces: ['loki', 'promtail'],
    about: 'the logs of this host, the API of Loki',
    listeners: ['loki'],
    isDefault: true,
  },
  {
    name: 'traces',
    replaces: ['tempo', 'otel-collector', 'opentelemetry-collector'],
    about: 'OTLP for all signals, the API of Tempo',
    listeners: ['tempo', 'otlp-grpc', 'otlp-http'],
    isDefault: true,
  },
  {
    name: 'postgres',
    replaces: ['postgres-exporter', 'postgres_exporter'],
    about: 'PostgreSQL',
    listeners: [],
    section: 'postgres: {}',
    isDefault: false,
  },
  {
    name: 'containers',
    replaces: ['cadvisor'],
    about: 'containers of this host',
    listeners: [],
    section: 'containers: {}',
    isDefault: false,
  },
  {
    name: 'passenger',
    replaces: ['passenger-exporter'],
    about: 'Phusion Passenger',
    listeners: [],
    section: 'passenger: {}',
    isDefault: false,
  },
  {
    name: 'pushgateway',
    replaces: [],
    about: 'the API of the Pushgateway',
    listeners: [],
    section: 'listen.pushgateway',
    isDefault: false,
  },
] as const satisfies readonly Component[]

export type ComponentName = (typeof COMPONENTS)[number]['name']

export const DEFAULT_COMPONENTS: ReadonlySet<ComponentName> = new Set(
  COMPONENTS.filter(({ isDefault }) => isDefault).map(({ name }) => name),
)

/** Reads `prometheus,grafana,…`: own names and those of the programs. Throws a `Problem` that lists them all. */
export function readComponents(text: string): ReadonlySet<ComponentName> {
  const words = text.split(',').map((word) => word.trim().toLowerCase())
  return new Set<ComponentName>(['metrics', ...words.filter((word) => word !== '').map(find)])
}

function find(word: string): ComponentName {
  const found = COMPONENTS.find(
    ({ name, replaces }) => name === word || replaces.some((other) => other === word),
  )
  if (found !== undefined) return found.name
  throw new Problem(
    'bad_data',
    `there is no component ${word}; there are:\n${describeComponents()}`,
  )
}

/** The `--components` of an agent. It stands alone: what it collects is said in its configuration. */
export const AGENT = 'agent'

/** The vedette.yml of a new agent. */
export function writeFirstAgentConfig(): string {
  return [
    '# Made by vedette install, and never changed by it again: this file is yours.',
    '# The agent collects this host, and what is said here or in a prometheus.yml, promtail.yml or otel-collector.yml beside it.',
    '# `systemctl reload vedette-agent` takes changes over.',
    'promtail: host',
    '',
  ].join('\n')
}

/** A line for each component. */
export function describeComponents(): string {
  return COMPONENTS.map(({ name, replaces, about }) => {
    const others = replaces.length === 0 ? '' : ` (or ${replaces.join(', ')})`
    return `  ${name.padEnd(12)} ${about}${others}`
  }).join('\n')
}

/** The vedette.yml of a new installation: `dataFolder` is absolute. */
export function writeFirstConfig(chosen: ReadonlySet<ComponentName>, dataFolder: string): string {
  const closed = COMPONENTS.filter(({ name }) => !chosen.has(name)).flatMap(
    ({ listeners }): readonly string[] => listeners,
  )
  const listen = [
    ...closed.map((name) => `  ${name}: off`),
    ...(chosen.has('pushgateway') ? ['  pushgateway: 127.0.0.1:9091'] : []),
  ]
  const sections = COMPONENTS.flatMap((one) =>
    chosen.has(one.name) && 'section' in one && one.section.endsWith('{}') ? [one.section] : [],
  )
  return [
    '# Made by vedette install, and never changed by it again: this file is yours.',
    '# `vedette check /etc/vedette` says what is wrong with it; `systemctl reload vedette` takes changes over.',
    '# A prometheus.yml, alertmanager.yml, loki.yml, promtail.yml or grafana/provisioning beside it is read as it is.',
    `storage: {path: ${JSON.stringify(dataFolder)}}`,
    ...(chosen.has('logs') ? ['promtail: host'] : []),
    ...sections,
    ...(listen.length === 0
      ? ['# Everything answers on 127.0.0.1 only; docs/access.md says how to open it to others.']
      : ['listen:', ...listen]),
    '',
  ].join('\n')
}
