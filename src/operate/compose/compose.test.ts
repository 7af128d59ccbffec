import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Draft } from './draft.ts'
import { flagsOf } from './flags-of.ts'
import { interpolate, keepVariables } from './interpolate.ts'
import { findOriginal } from './originals.ts'
import { printConfig } from './print-config.ts'
import { readComposeFiles } from './read-compose.ts'
import { splitWords } from './split-words.ts'
import { translateCompose } from './translate.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vedette-compose-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, text: string): string {
  const file = path.join(folder, name)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

function translate(text: string, env: Record<string, string> = {}): Draft {
  return translateCompose(readComposeFiles([write('docker-compose.yml', text)], env))
}

const toldBy = (draft: Draft): string[] =>
  draft.notes.map(({ service, outcome, text }) => `${service} ${outcome} ${text}`)

describe('variables of a compose file', () => {
  const env = { SET: 'x', EMPTY: '', OTHER: 'y' }
  it.each([
    ['a${SET}b$SET', 'axbx'],
    ['${NONE}|$NONE|', '||'],
    ['${NONE:-d} ${NONE-d} ${EMPTY:-d} ${EMPTY-d}', 'd d d '],
    ['${NONE:-${OTHER}}', 'y'],
    ['${SET:+on}${NONE:+on}', 'on'],
    ['$$HOME ^/(a|b)($$|/)', '$HOME ^/(a|b)($|/)'],
    ['${SET:?is needed}', 'x'],
  ])('%s', (text, expected) => expect(interpolate(text, env)).toBe(expected))

  it.each([
    ['postgresql://u:${PW}@db', 'postgresql://u:${PW}@db'],
    ['${PW:-secret}', '${PW:-secret}'],
    ['$PW', '${PW}'],
    ['${pw}', undefined],
    ['${PW:+x}', undefined],
  ])('%s in the words of vedette.yml', (text, expected) =>
    expect(keepVariables(text)).toBe(expected),
  )
})

describe('command lines', () => {
  it('are split as a shell does', () => {
    expect(splitWords(`-a "b c" 'd "e"' f\\ g --x="1 2"`)).toEqual([
      '-a',
      'b c',
      'd "e"',
      'f g',
      '--x=1 2',
    ])
  })

  it('hold flags in three forms', () => {
    const words = ['/bin/p', '--a=1', '-b', '2', '--c', '--d', '-e']
    const flags = flagsOf(words.map((text, at) => ({ text, place: `f:${at}` })))
    expect(flags.map(({ name, value, place }) => [name, value, place])).toEqual([
      ['a', '1', 'f:1'],
      ['b', '2', 'f:2'],
      ['c', undefined, 'f:4'],
      ['d', undefined, 'f:5'],
      ['e', undefined, 'f:6'],
    ])
  })
})

describe('images', () => {
  it.each([
    ['prom/prometheus:v2.45.0', 'prometheus'],
    ['quay.io/prometheus/node-exporter@sha256:abc', 'node-exporter'],
    ['registry.example.org:5000/prom/alertmanager', 'alertmanager'],
    ['gcr.io/cadvisor/cadvisor:v0.47.0', 'cadvisor'],
    ['docker.io/grafana/grafana-oss:10', 'grafana'],
    ['otel/opentelemetry-collector-contrib:0.90', 'collector'],
    ['wrouesnel/postgres_exporter', 'postgres-exporter'],
    ['example/prometheus-client', undefined],
    ['postgres:16', undefined],
  ])('%s', (image, expected) => expect(findOriginal(image, 'x')).toBe(expected))
})

const STACK = `
x-common: &common {restart: always}
services:
  prom:
    <<: *common
    image: prom/prometheus:v2.45.0
    command: ['--config.file=/etc/prometheus/prometheus.yml', '--storage.tsdb.retention.time=30d', '--web.enable-lifecycle', '--storage.tsdb.wal-compression', '--query.timeout=1m']
    volumes: ['./prom:/etc/prometheus:ro', 'data:/prometheus']
    ports: ['\${PROM_PORT:-9999}:9090']
  metrics-node:
    image: quay.io/prometheus/node-exporter
    command: --path.rootfs=/host --no-collector.arp --collector.textfile.directory /x
  app:
    image: example/app
    environment: {OTLP: 'http://collector:4318', NAME: app}
    ports: ['127.0.0.1:18080:8080', '9094:9094']
  collector:
    image: otel/opentelemetry-collector:0.90
    ports: [{target: 4318, published: '14318', host_ip: 127.0.0.1}]
  grafana:
    image: grafana/grafana
    environment: [GF_SECURITY_ADMIN_PASSWORD=admin, GF_AUTH_ANONYMOUS_ENABLED=true, 'GF_SERVER_ROOT_URL=https://\${DOMAIN}', GF_INSTALL_PLUGINS=x]
    volumes: ['./graf/dashboards:/etc/grafana/provisioning/dashboards', './graf/datasources:/etc/grafana/provisioning/datasources']
`

describe('a stack', () => {
  it('becomes a vedette.yml', () => {
    write(
      'prom/prometheus.yml',
      `scrape_configs: [{job_name: app, static_configs: [{targets: ['app:8080', 'app:9', 'metrics-node:9100']}]}]`,
    )
    write('.env', 'DOMAIN=m.example.org\n')
    write('graf/dashboards/none.txt', '')
    const draft = translate(STACK)
    expect(printConfig(draft.config)).toBe(
      [
        'storage:',
        '  path: ./vedette-data',
        '  retention_time: "30d"',
        'environment:',
        '  files: [./.env]',
        '  set:',
        '    GF_SERVER_ROOT_URL: "https://${DOMAIN}"',
        'prometheus: ./prom/prometheus.yml',
        'listen:',
        '  prometheus: "127.0.0.1:9999"',
        '  otlp-http: "127.0.0.1:14318"',
        '  webhook: "off"',
        'flags:',
        '  web.enable-lifecycle: true',
        '  query.timeout: "1m"',
        'host:',
        '  collector:',
        '    arp: false',
        '    textfile.directory: /x',
        'access:',
        '  anonymous: viewer',
        'grafana:',
        '  provisioning: ./graf',
        'aliases:',
        '  "metrics-node:9100": node',
        ...[4317, 4318, 8888, 8889].map((port) => `  "collector:${port}": otel-collector`),
        'addresses:',
        '  "app:8080": "127.0.0.1:18080"',
        '',
      ].join('\n'),
    )
    const told = toldBy(draft).join('\n')
    expect(told).toMatch(/^prom changed port 9999 was open on every address/m)
    expect(told).toMatch(
      /^prom left out --storage\.tsdb\.wal-compression: it belongs to the old store$/m,
    )
    expect(told).toMatch(/^collector same otlp-http on 127\.0\.0\.1:14318$/m)
    expect(told).toMatch(/^grafana changed GF_SECURITY_ADMIN_PASSWORD: .*at least 20/m)
    expect(told).toMatch(/^grafana left out GF_INSTALL_PLUGINS/m)
    expect(told).toMatch(/^app to do the job app scrapes app:9, which is not published/m)
    expect(told).toMatch(/^app to do OTLP names collector, which is gone/m)
    expect(told).toMatch(/^app changed it publishes port 9094/m)
    expect(told).toMatch(/^app stays /m)
  })

  it('keeps no secret: what a variable holds is not written', () => {
    const draft = translate(
      `services: {pg: {image: prometheuscommunity/postgres-exporter, environment: {DATA_SOURCE_NAME: 'postgresql://u:\${PW}@db/x'}}}`,
      { PW: 'hunter2' },
    )
    expect(printConfig(draft.config)).toContain('postgresql://u:${PW}@db/x')
    expect(JSON.stringify(draft.notes)).not.toContain('hunter2')
  })

  it('says what a service that stays takes from us', () => {
    const told = toldBy(translate(`services: {caddy: {image: caddy, ports: ['3000:3000']}}`))
    expect(told.join('\n')).toMatch(/caddy to do it publishes port 3000, where ui wants to answer/)
  })
})

describe('what is no compose file', () => {
  it.each([
    ['[]', /docker-compose\.yml:1:1: .*mapping/],
    ['services:\n', /docker-compose\.yml:1:\d+: services: is needed/],
    ['services: {a: b}', /docker-compose\.yml:1:15: a: .*mapping/],
    ['services: {a: {ports: [}', /docker-compose\.yml:1:\d+: not valid YAML/],
  ])('%j is refused where it is wrong', (text, message) => {
    expect(() => translate(text)).toThrow(message)
  })

  it('and one that is not there', () => {
    expect(() => readComposeFiles([path.join(folder, 'none.yml')], {})).toThrow(/cannot be read/)
  })
})
