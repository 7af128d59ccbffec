import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** Stacks that tests take over: one of our own, and those of the field where they are at hand. */
export interface FieldStack {
  readonly name: string
  /** Joined in this order; none: the folder is looked at as it is. */
  readonly compose: readonly string[]
  /** How many rules of its own must be in force, and how many dashboards of its own. */
  readonly rules: number
  readonly dashboards: number
}

const seed = (name: string, compose: readonly string[], rules: number): FieldStack => ({
  ...{ name: `seeds/${name}`, compose, rules, dashboards: 0 },
})
const config = (name: string, compose: readonly string[], rules: number): FieldStack => ({
  ...{ name: `configs/${name}`, compose, rules, dashboards: 0 },
})

export const FIELD_STACKS: readonly FieldStack[] = [
  { name: 'own', compose: ['docker-compose.yml'], rules: 2, dashboards: 1 },
  seed('koprogo', ['docker-compose.monitoring.yml'], 7),
  seed('messa01', ['docker-compose.yml'], 0),
  seed('passenger', ['docker-compose.prod.yml', 'docker-compose.ha.yml'], 0),
  seed('provisioning', [], 5),
  seed('jips', [], 0),
  config('stefanprodan__dockprom', ['docker-compose.yml'], 7),
  config('job-agent__infrastructure', ['docker-compose.observability.yml'], 0),
  config('mosrahmani__eivanpay-monitoring', [], 33),
  config('0xtr1gger__prometheus_grafana_lab', [], 5),
  config('DRYTRIX__TimeTracker', [], 0),
  config('HarshavardhanBhosale__production-observability-platform', [], 0),
  config('coplane__monitoring-stack', [], 0),
  config('samber__awesome-prometheus-alerts', [], 95),
  config('tfsantosbr__observability-grafana-stack', [], 0),
  config('vegasbrianc__prometheus', [], 0),
  config('vvnfrnds__Observability', [], 0),
  config('wefspy__BookingCinemaTickets', [], 0),
]

const shared = path.join(import.meta.dirname, '../../../shared/data')
export const hasFieldStacks = existsSync(shared)

/** What a person fills in. */
export const PLACEHOLDERS: Readonly<Record<string, string>> = {
  ALERT_EMAIL: 'ops@example.org',
  SMTP_USERNAME: 'ops',
  SMTP_PASSWORD: 'a secret',
  POSTGRES_USER: 'u',
  POSTGRES_PASSWORD: 'another secret',
  POSTGRES_DB: 'd',
  MONITORING_DOMAIN: 'monitor.example.org',
  GRAFANA_ADMIN_PASSWORD: 'correct horse battery staple',
  GRAFANA_PASSWORD: 'correct horse battery staple',
  HOOK_URL: 'https://hooks.example.org/one',
}

/** Placeholders in files. */
const FILLED: readonly (readonly [string, string])[] = [
  ['YOUR_SLACK_WEBHOOK_URL', 'https://hooks.example.org/two'],
  ['<slack-webhook-url>', 'https://hooks.example.org/three'],
  ['<pagerduty-key>', '0123456789abcdef'],
  ['<slack-token>', 'token'],
]

/** Where files of the collection of configurations belong, by the folder of their kind. */
const PLACES: Readonly<Record<string, string>> = {
  'docker-compose': '.',
  prometheus: 'prometheus',
  rules: 'prometheus/rules',
  'grafana-provisioning': 'grafana/provisioning',
  'otel-collector': 'otel-collector',
}

/** Some projects lay them out in another way, which their compose or prometheus files tell. */
const OWN_PLACES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  stefanprodan__dockprom: { rules: 'prometheus' },
  'job-agent__infrastructure': { loki: '.', tempo: '.', 'otel-collector': '.' },
}

/** Puts a stack into a folder of its own, as its people have it, with its placeholders filled in. */
export function layOut({ name }: FieldStack): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'vedette-stack-'))
  const [kind, project = ''] = name.split('/')
  if (kind === 'own')
    cpSync(path.join(import.meta.dirname, 'stacks/own'), folder, { recursive: true })
  else if (kind === 'seeds') cpSync(path.join(shared, name), folder, { recursive: true })
  else layOutConfigs(project, folder)
  fillIn(folder)
  return folder
}

function layOutConfigs(project: string, folder: string): void {
  for (const kind of readdirSync(path.join(shared, 'configs'))) {
    const from = path.join(shared, 'configs', kind, project)
    if (!existsSync(from)) continue
    // Rules beside a prometheus.yml are below it.
    const isAlone =
      kind === 'rules' && !existsSync(path.join(shared, 'configs/prometheus', project))
    const usual = isAlone ? 'rules' : (PLACES[kind] ?? kind)
    const place = path.join(folder, OWN_PLACES[project]?.[kind] ?? usual)
    for (const name of readdirSync(from)) {
      // `dashboards__dashboard.yml` was `dashboards/dashboard.yml`.
      const to = path.join(place, kind === 'grafana-provisioning' ? name.replace('__', '/') : name)
      mkdirSync(path.dirname(to), { recursive: true })
      cpSync(path.join(from, name), to)
    }
  }
}

function fillIn(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(folder, name)
    if (!/\.(?:ya?ml|rules)$/.test(name)) continue
    const text = readFileSync(file, 'utf8')
    const filled = FILLED.reduce((all, [from, to]) => all.replaceAll(from, to), text)
    if (filled === text) continue
    rmSync(file)
    writeFileSync(file, filled)
  }
}
