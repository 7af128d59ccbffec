import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Draft } from './draft.ts'
import { judgePlugins } from './judge-plugins.ts'
import { printConfig } from './print-config.ts'
import { readComposeFiles, type ComposeOptions } from './read-compose.ts'
import { translateCompose } from './translate.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vedette-forms-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, text: string): string {
  const file = path.join(folder, name)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

interface Asked extends ComposeOptions {
  readonly env?: Readonly<Record<string, string>>
}

function translate(texts: readonly string[], { env = {}, ...options }: Asked = {}): Draft {
  const files = texts.map((text, at) => write(at === 0 ? 'c.yml' : `c${at}.yml`, text))
  return translateCompose(readComposeFiles(files, env, options))
}

/** Paths of the scratch folder are shown as `.`. */
const told = (draft: Draft): string =>
  draft.notes
    .map(({ place, service, outcome, text }) => `${place} ${service} ${outcome}: ${text}`)
    .join('\n')
    .replaceAll(folder, '.')
const config = (draft: Draft): string => printConfig(draft.config).replaceAll(folder, '.')

const PROMETHEUS = 'scrape_configs: []\n'

describe('several files', () => {
  it('are joined: commands replaced, mappings by key, mounts by target, ports added', () => {
    write('prod.yml', PROMETHEUS)
    const draft = translate([
      `
services:
  prometheus:
    image: prom/prometheus
    command: [--config.file=/p.yml, --storage.tsdb.retention.time=1d]
    volumes: [./dev.yml:/p.yml]
  grafana:
    image: grafana/grafana
    environment: {GF_SECURITY_ADMIN_USER: boss, GF_SERVER_ROOT_URL: http://a.example.org}
`,
      `
services:
  prometheus:
    command: [--config.file=/p.yml, --storage.tsdb.retention.time=30d]
    volumes: [./prod.yml:/p.yml]
    ports: [127.0.0.1:9095:9090]
  grafana:
    environment: [GF_SERVER_ROOT_URL=https://b.example.org]
`,
    ])
    expect(config(draft)).toContain('retention_time: "30d"\nprometheus: ./prod.yml\n')
    expect(config(draft)).toContain('GF_SECURITY_ADMIN_USER: boss\n')
    expect(config(draft)).toContain('GF_SERVER_ROOT_URL: "https://b.example.org"')
    expect(told(draft)).toMatch(/^c1\.yml:4 prometheus same: --storage.tsdb.retention.time=30d$/m)
    expect(told(draft)).toMatch(/^c1\.yml:6 prometheus same: prometheus on 127.0.0.1:9095$/m)
  })

  it('a file that changes another one says so when it is read alone', () => {
    const draft = translate(['services: {prometheus: {restart: always}, loki: {build: ./loki}}'])
    expect(told(draft)).toMatch(/prometheus to do: nothing here says .* Name both, the base first/)
    expect(told(draft)).toMatch(/loki to do: its configuration .* is built into its image/)
  })

  it('may include others, and extend their services', () => {
    write('base/prometheus.yml', PROMETHEUS)
    write(
      'base/base.yml',
      'services: {watch: {image: prom/prometheus, volumes: [./prometheus.yml:/etc/prometheus/prometheus.yml]}}',
    )
    write('more.yml', 'services: {push: {image: prom/pushgateway}}')
    const draft = translate([
      `
include: [more.yml]
services:
  common: &logging {image: prom/alertmanager, command: [--data.retention=1h]}
  prometheus:
    extends: {file: base/base.yml, service: watch}
    ports: ['9090:9090']
  second:
    <<: *logging
    extends: common
`,
    ])
    expect(config(draft)).toContain('prometheus: ./base/prometheus.yml\n')
    expect(config(draft)).toContain('pushgateway: "127.0.0.1:9091"')
    expect(config(draft)).toContain('data.retention: "1h"')
  })

  it.each([
    ['services: {a: {extends: b}}', /c\.yml:1:\d+: extends: there is no service b/],
    ['services: {a: {extends: a}}', /more than 10/],
    ['include: [c.yml]', /more than 10/],
  ])('%s is refused', (text, message) => expect(() => translate([text])).toThrow(message))
})

describe('forms of other versions', () => {
  it('the first has no services:', () => {
    const draft = translate([
      `node-exporter:\n  image: prom/node-exporter\n  net: host\n  mem_limit: 64m\n`,
    ])
    expect(told(draft)).toMatch(/c\.yml:1 node-exporter same: the metrics of this host/)
    expect(told(draft)).toMatch(/memory limits changed: 64m of 1 services/)
  })

  it('a stack of a swarm has configs and secrets', () => {
    write('p.yml', PROMETHEUS)
    write('a.yml', 'route: {receiver: a}\nreceivers: [{name: a}]\n')
    const draft = translate([
      `
version: '3.8'
configs: {prom: {file: ./p.yml}, am: {file: ./a.yml}, far: {external: true}}
secrets: {dsn: {file: ./dsn}}
services:
  prometheus:
    image: prom/prometheus
    configs: [{source: prom, target: /etc/prometheus/prometheus.yml}]
    deploy: {replicas: 2, placement: {constraints: [node.role == manager]}}
  alertmanager:
    image: prom/alertmanager
    command: [--config.file=/am]
    configs: [am]
  postgres-exporter:
    image: prometheuscommunity/postgres-exporter
    secrets: [dsn]
    environment: {DATA_SOURCE_URI: db.example.org/x, DATA_SOURCE_PASS_FILE: /run/secrets/dsn}
  loki: {image: grafana/loki, configs: [far]}
`,
    ])
    expect(config(draft)).toContain('prometheus: ./p.yml\n')
    expect(config(draft)).toContain('alertmanager: ./a.yml\n')
    expect(config(draft)).toContain('DATA_SOURCE_PASS_FILE: ./dsn\n')
    expect(told(draft)).toMatch(/prometheus changed: 2 replicas become one process/)
    expect(told(draft)).toMatch(/loki changed: its configuration .* is that of the image/)
  })

  it('a profile that nobody asked for sleeps', () => {
    const text = `services: {cadvisor: {image: gcr.io/cadvisor/cadvisor, profiles: [all]}, x: {image: x}}`
    expect(config(translate([text]))).not.toContain('containers')
    expect(told(translate([text]))).toMatch(/cadvisor left out: only the profile all starts it/)
    expect(config(translate([text], { profiles: ['all'] }))).toContain('containers: {}')
  })
})

describe('variables', () => {
  it('that have to be set are said with their place', () => {
    const text = `services:\n  grafana:\n    image: grafana/grafana:\${TAG:?say which}\n`
    expect(() => translate([text])).toThrow(/c\.yml:3:\d+: image: .*TAG has to be set: say which/)
    expect(() => translate([text], { env: { TAG: '10' } })).not.toThrow()
  })

  it('of an env_file are read from there, and no secret is shown', () => {
    write('g.env', 'GF_SECURITY_ADMIN_PASSWORD=admin\nGF_SMTP_PASSWORD=hunter2\n')
    const draft = translate([
      `services: {grafana: {image: grafana/grafana, env_file: [g.env, {path: no.env, required: false}, gone.env]}}`,
    ])
    expect(config(draft)).toContain('environment:\n  files: [./g.env]\n')
    // The short password of the file is not taken: the first start generates one.
    expect(config(draft)).toContain('GF_SECURITY_ADMIN_PASSWORD: ""')
    expect(told(draft)).toMatch(/g\.env grafana changed: GF_SECURITY_ADMIN_PASSWORD: .*at least/)
    expect(told(draft)).toMatch(/grafana left out: GF_SMTP_PASSWORD: mails/)
    expect(told(draft)).toMatch(/grafana to do: \.\/gone\.env is not there/)
    expect(told(draft)).not.toMatch(/no\.env|hunter2/)
  })

  it('that the file of a service is filled in from stay', () => {
    write(
      'am.yml',
      `route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{api_url: '\${HOOK}'}]}]`,
    )
    const draft = translate([
      `services: {am: {image: prom/alertmanager, volumes: [./am.yml:/etc/alertmanager/alertmanager.yml], environment: {HOOK: '\${SLACK_HOOK}', TZ: UTC}}}`,
    ])
    expect(config(draft)).toContain('HOOK: "${SLACK_HOOK}"')
    expect(told(draft)).toMatch(/am left out: TZ: nothing that is read names it/)
  })

  it('of another file than .env are read when it is named', () => {
    write('.env', 'PORT=1')
    const envFile = write('prod.env', 'PORT=3007\n')
    const text = `services: {g: {image: grafana/grafana, ports: ['127.0.0.1:\${PORT}:3000']}}`
    expect(config(translate([text], { envFile }))).toContain('ui: "127.0.0.1:3007"')
    expect(config(translate([text], { envFile }))).toContain('files: [./prod.env]')
  })
})

describe('mounts', () => {
  it('are written down where files are not found without', () => {
    write('etc/prom.yml', 'rule_files: [rules/*.yml, /alerts/*.yml]\n')
    write('my-rules/a.yml', 'groups: []')
    write('other/b.yml', 'groups: []')
    write(
      'etc/promtail.yml',
      `scrape_configs: [{job_name: a, static_configs: [{labels: {__path__: /logs/*.log}}]}]`,
    )
    const draft = translate([
      `
services:
  prometheus:
    image: prom/prometheus
    volumes: [./etc/prom.yml:/etc/prometheus/prometheus.yml, ./my-rules:/etc/prometheus/rules, ./other:/alerts, ./data:/prometheus]
  promtail:
    image: grafana/promtail
    volumes: [./etc/promtail.yml:/etc/promtail/config.yml, ./app/logs:/logs:ro, /var/log:/var/log]
`,
    ])
    expect(config(draft)).toContain(
      [
        'mounts:',
        '  /etc/prometheus/rules: ./my-rules',
        '  /etc/prometheus/prometheus.yml: ./etc/prom.yml',
        '  /alerts: ./other',
        '  /logs: ./app/logs',
        '',
      ].join('\n'),
    )
    expect(told(draft)).toMatch(/promtail changed: paths below \/logs in its files are read from/)
    expect(told(draft)).not.toContain('was mounted nowhere')
  })

  it('that the container did not have are told: their rules were not in force', () => {
    write('prometheus.yml', 'rule_files: [/etc/prometheus/alerts/*.yml]\n')
    write('alerts/a.yml', 'groups: []')
    const draft = translate([
      `services: {prometheus: {image: prom/prometheus, volumes: ['./prometheus.yml:/etc/prometheus/prometheus.yml']}}`,
    ])
    expect(told(draft)).toMatch(/prometheus changed: \.\/alerts\/a\.yml was mounted nowhere/)
  })
})

describe('exporters', () => {
  it('node_exporter: collectors, folders of its container, names of old, its port', () => {
    const draft = translate([
      `
services:
  host:
    image: prom/node-exporter
    command: ['--collector.textfile.directory=/text', '--collector.filesystem.ignored-mount-points=^/x', '--no-collector.arp', '--collector.nothing', '--web.listen-address=:9200', '--web.max-requests=4']
    volumes: ['./text:/text']
    ports: ['9100:9200']
`,
    ])
    expect(config(draft)).toContain('textfile.directory: ./text\n')
    expect(config(draft)).toContain('filesystem.mount-points-exclude: "^/x"\n    arp: false')
    expect(config(draft)).toContain('"host:9200": node')
    expect(told(draft)).toMatch(/host left out: --collector\.nothing: /)
    expect(told(draft)).toMatch(/host left out: --web.max-requests=4: one request/)
    expect(told(draft)).toMatch(/host changed: port 9100 is closed/)
  })

  it('cAdvisor: its flags are keys of containers', () => {
    const draft = translate([
      `services: {c: {image: gcr.io/cadvisor/cadvisor, command: '--docker_only=true --disable_metrics=percpu,disk --whitelisted_container_labels=a,b --housekeeping_interval=30s --port=9080 --containerd=/rootfs/run/c.sock', volumes: ['/:/rootfs:ro']}}`,
    ])
    expect(config(draft)).toContain(
      'containers:\n  docker_only: true\n  disable_metrics: "percpu,disk"\n  whitelisted_container_labels: "a,b"\n  containerd: "unix:///run/c.sock"\n',
    )
    expect(config(draft)).toContain('"c:9080": cadvisor')
    expect(told(draft)).toMatch(/c left out: --housekeeping_interval=30s: containers are measured/)
  })

  it('postgres_exporter: flags, and a server that only containers know by its name', () => {
    write('q.yml', '{}')
    const draft = translate(
      [
        `
services:
  pg:
    image: quay.io/prometheuscommunity/postgres-exporter
    command: [--collector.stat_statements, --no-collector.replication, --auto-discover-databases, --extend.query-path=/q.yml, --collector.unheard]
    environment: {DATA_SOURCE_NAME: 'postgresql://u:\${PW}@db:5432/x'}
    volumes: [./q.yml:/q.yml]
  db: {image: postgres, ports: ['127.0.0.1:15432:5432']}
`,
      ],
      { env: { PW: 'hunter2' } },
    )
    expect(config(draft)).toContain('DATA_SOURCE_NAME: "postgresql://u:${PW}@127.0.0.1:15432/x"')
    expect(config(draft)).toContain('stat_statements: true\n    replication: false')
    expect(config(draft)).toContain('queries: [./q.yml]')
    expect(config(draft)).toContain('PG_EXPORTER_AUTO_DISCOVER_DATABASES: "true"')
    expect(told(draft)).toMatch(/pg left out: --collector\.unheard: there is no such collector/)
    const alone = translate([
      `services: {pg: {image: bitnami/postgres-exporter, environment: {DATA_SOURCE_NAME: 'postgresql://u@postgres:5432/x'}}}`,
    ])
    expect(told(alone)).toMatch(/pg to do: DATA_SOURCE_NAME: postgres is a name of the containers/)
  })
})

describe('a service that stays', () => {
  it('says which lines of its own files lead to one that is gone', () => {
    write('caddy/Caddyfile', ':9090 {\n  reverse_proxy prometheus:9090\n}\n')
    const draft = translate([
      `services: {prometheus: {image: prom/prometheus}, caddy: {image: caddy, volumes: ['./caddy:/etc/caddy', '/etc/ssl:/ssl', './gone:/x']}}`,
    ])
    expect(told(draft)).toMatch(/^\.\/caddy\/Caddyfile:2 caddy to do: it leads to prometheus/m)
  })
})

describe('what a container has and a program does not need', () => {
  it('is listed with the reason', () => {
    const draft = translate([
      `
services:
  loki:
    image: grafana/loki
    command: [-config.file=/etc/loki/local-config.yaml, -config.expand-env=true, -querier.max-concurrent=4]
    restart: always
    healthcheck: {test: x}
    networks: [a]
    depends_on: [x]
    x-mine: 1
    blkio_config: {}
    labels: ['traefik.http.routers.loki.rule=Host(\`logs.example.org\`)']
`,
    ])
    const text = told(draft)
    expect(text).toMatch(/c\.yml:6 loki left out: restart: not needed: the service of systemd/)
    expect(text).toMatch(/c\.yml:7 loki left out: healthcheck: not needed/)
    expect(text).toMatch(/depends_on: not needed: it is one program$/m)
    expect(text).toMatch(/networks: not needed: it is one program on this host$/m)
    expect(text).toMatch(/blkio_config: it is not known here/)
    expect(text).toMatch(/loki to do: traefik\.http\.routers\.loki\.rule=Host\(`logs/)
    expect(text).toMatch(/loki to do: -*querier\.max-concurrent=4: only its file is read/)
    expect(text).not.toContain('x-mine')
    expect(text).toMatch(/loki left out: --config.expand-env=true/)
  })

  it.each([
    ['grafana-piechart-panel,yesoreyeram-infinity-datasource 2.1.0', 1, 1],
    ['https://x.example.org/a.zip;grafana-worldmap-panel', 0, 1],
    ['', 0, 0],
  ])('plugins %j', (text, drawn, missing) => {
    const judged = judgePlugins(text)
    expect([judged.drawn.length, judged.missing.length]).toEqual([drawn, missing])
  })
})
