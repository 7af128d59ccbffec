/**
 * DESIGN.md, "Folders and who may import whom": each folder of src/ and the folders it may import besides itself.
 * Changing this table is a design decision: change DESIGN.md with it and say why in the commit.
 */
export const importTable: Readonly<Record<string, readonly string[]>> = {
  model: [],
  lang: ['model'],
  formats: ['model'],
  contract: ['model'],
  yaml: ['model'],
  self: ['model'],
  outbound: ['yaml', 'model', 'self'],
  engine: ['self', 'model'],
  store: ['formats', 'model', 'self'],
  ingest: ['yaml', 'model', 'self'],
  forward: ['formats', 'outbound', 'yaml', 'model', 'self'],
  operate: [
    ...['config', 'store', 'access', 'dashboards', 'alert'],
    ...['lang', 'formats', 'yaml', 'model', 'self'],
  ],
  // The stages of promtail select lines by LogQL and write labels by Go templates: both are read in lang.
  collect: ['ingest', 'lang', 'formats', 'outbound', 'yaml', 'model', 'self'],
  query: ['lang', 'store', 'yaml', 'model', 'self'],
  alert: ['query', 'lang', 'ingest', 'store', 'outbound', 'contract', 'yaml', 'model', 'self'],
  dashboards: ['store', 'lang', 'contract', 'yaml', 'model', 'self'],
  access: ['store', 'contract', 'yaml', 'model', 'self'],
  // A service of somebody else's, as it were: it knows how pages of metrics are written and nothing of the server that it reports to.
  demo: ['formats', 'model', 'self'],
  http: [
    ...['model', 'lang', 'formats', 'contract', 'yaml', 'self', 'outbound', 'engine', 'store'],
    ...['ingest', 'forward', 'operate', 'collect', 'query', 'alert', 'dashboards', 'access'],
  ],
  cli: [
    ...[
      'config',
      'collectors-config',
      'config-check',
      'logs-config',
      'start',
      'start-alertmanager',
      'start-engine',
      'start-metadata',
      'operate',
      'access',
      'dashboards',
      'alert',
    ],
    ...[
      'demo',
      'collect',
      'query',
      'store',
      'lang',
      'formats',
      'contract',
      'yaml',
      'model',
      'self',
    ],
  ],
}

/** Files directly in src/: they join the parts and may import everything. Each is a place of its own in the table. */
export const rootFiles: readonly string[] = [
  'main',
  'alertmanagers',
  'core',
  'keep-retention',
  'start',
  'start-access',
  'start-alerting',
  'start-alertmanager',
  'start-collectors',
  'start-dashboards',
  'start-engine',
  'start-line-deletions',
  'start-logs',
  'start-metadata',
  'start-otlp',
  'start-own-telemetry',
  'start-otlp-metrics',
  'start-prometheus',
  'start-scraper',
  'start-store',
  'start-syslog',
  'start-tail',
  'start-traces',
  'start-ui',
  'config',
  'config-check',
  'logs-config',
]

/** Folders that also run in the browser: no Node modules (tsconfig.pure.json keeps Node's globals out of them). */
export const pureFolders: readonly string[] = ['model', 'lang', 'formats', 'contract']

/** Runtime dependency → the places that may import it. A package behind one folder can be replaced in one folder. */
export const packageTable: Readonly<Record<string, readonly string[]>> = {
  '@clickhouse/client': ['store'],
  '@grpc/grpc-js': ['http'],
  '@node-rs/argon2': ['access'],
  '@opentelemetry/api': ['demo'],
  '@opentelemetry/api-logs': ['demo'],
  '@opentelemetry/context-async-hooks': ['demo'],
  '@opentelemetry/exporter-logs-otlp-http': ['demo'],
  '@opentelemetry/exporter-metrics-otlp-http': ['demo'],
  '@opentelemetry/exporter-trace-otlp-http': ['demo'],
  '@opentelemetry/resources': ['demo'],
  '@opentelemetry/sdk-logs': ['demo'],
  '@opentelemetry/sdk-metrics': ['demo'],
  '@opentelemetry/sdk-trace-base': ['demo'],
  aws4: ['alert'],
  chdb: ['engine'],
  commander: ['cli', 'main'],
  fastify: ['http'],
  kysely: ['store'],
  libsql: ['store'],
  nodemailer: ['alert'],
  pg: ['store'],
  re2js: ['model'],
  saxes: ['collect'],
  undici: ['outbound', 'collect', 'forward', 'alert', 'http', 'cli', 'operate', 'demo'],
  ws: ['http', 'cli'],
  yaml: ['yaml'],
}

/** Packages that only tests and benchmarks may import. */
export const testPackages: readonly string[] = [
  'vitest',
  'snappy',
  'smtp-server',
  'mailparser',
  'playwright-core',
  'axe-core',
  'jsdom',
  'pino',
  'pino-loki',
  'winston',
  'winston-loki',
  '@opentelemetry/exporter-logs-otlp-grpc',
  '@opentelemetry/exporter-logs-otlp-proto',
  '@opentelemetry/exporter-trace-otlp-grpc',
  '@opentelemetry/exporter-trace-otlp-proto',
]
