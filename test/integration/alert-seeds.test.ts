import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { assembleRules } from '../../src/alert/assemble.ts'
import { readAlertmanagerConfig } from '../../src/alert/config/alertmanager-config.ts'
import { readRuleFile } from '../../src/alert/rules/read-rule-file.ts'
import type { AlertingRuleConfig, RuleGroupConfig } from '../../src/alert/rules/rule-config.ts'
import type { TestGroup } from '../../src/alert/rules/unit-test/read-test-file.ts'
import { runTestGroup } from '../../src/alert/rules/unit-test/run-test-group.ts'
import { parseSeries, parseValues } from '../../src/alert/rules/unit-test/series-values.ts'
import { Labels } from '../../src/model/labels.ts'
import { silentLog } from '../../src/self/log.ts'
import { FaultList, formatFault } from '../../src/yaml/fault.ts'
import { parseYaml } from '../../src/yaml/parse.ts'

const seeds = path.resolve(import.meta.dirname, '../../../shared/data/seeds')
const hasSeeds = existsSync(seeds)
if (!hasSeeds) console.log('skipped: the examples from the field are not beside the project')

/** Series, a sample each minute, that make a rule fire and then end it. */
interface Case {
  readonly series: Readonly<Record<string, string>>
  /** Minutes after the start: the last one at which it does not fire yet, one at which it fires, one at which it is over. */
  readonly quietAt: number
  readonly firesAt: number
  readonly overAt: number
  /** What its alert says, besides `alertname`. */
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

const CASES: Readonly<Record<string, Case>> = {
  'koprogo_alerts/HighCPUUsage': {
    // Idle for 3 of 60 seconds: 95 % busy; from the 20th minute on idle all the time.
    series: {
      'node_cpu_seconds_total{instance="web",mode="idle",cpu="0"}': '0+3x20 120+60x20',
      'node_cpu_seconds_total{instance="web",mode="user",cpu="0"}': '0+57x40',
    },
    quietAt: 5,
    firesAt: 10,
    overAt: 30,
    labels: { instance: 'web', severity: 'critical' },
    annotations: {
      summary: 'High CPU usage on web',
      description: 'CPU usage is 95%',
    },
  },
  'koprogo_alerts/HighMemoryUsage': {
    series: {
      'node_memory_MemAvailable_bytes{instance="web"}': '100x10 500x10',
      'node_memory_MemTotal_bytes{instance="web"}': '1000x21',
    },
    quietAt: 4,
    firesAt: 5,
    overAt: 12,
    labels: { instance: 'web', severity: 'critical' },
    annotations: {
      summary: 'High memory usage on web',
      description: 'Memory usage is 90%',
    },
  },
  'koprogo_alerts/DiskSpaceLow': {
    series: {
      'node_filesystem_avail_bytes{instance="web",mountpoint="/"}': '125x10 500x10',
      'node_filesystem_size_bytes{instance="web",mountpoint="/"}': '1000x21',
      // Another file system is nobody's business.
      'node_filesystem_avail_bytes{instance="web",mountpoint="/boot"}': '1x21',
      'node_filesystem_size_bytes{instance="web",mountpoint="/boot"}': '1000x21',
    },
    quietAt: 4,
    firesAt: 5,
    overAt: 12,
    labels: { instance: 'web', mountpoint: '/', severity: 'warning' },
    annotations: { summary: 'Low disk space on web', description: '12.5% remaining' },
  },
  'koprogo_alerts/PostgreSQLDown': {
    series: { 'pg_up{instance="db"}': '1 0x5 1x5' },
    quietAt: 1,
    firesAt: 2,
    overAt: 7,
    labels: { instance: 'db', severity: 'critical' },
    annotations: { summary: 'PostgreSQL is down' },
  },
  'koprogo_alerts/PostgreSQLSlowQueries': {
    // 0.75 s a minute are 12.5 ms a second.
    series: { 'pg_stat_statements_mean_time_seconds{instance="db"}': '0+0.75x15 11.25x20' },
    quietAt: 5,
    firesAt: 10,
    overAt: 25,
    labels: { instance: 'db', severity: 'warning' },
    annotations: {
      summary: 'PostgreSQL P99 latency > 5ms target',
      description: 'Average query time: 0.0125s',
    },
  },
  'koprogo_alerts/ContainerDown': {
    series: { 'up{job="cadvisor",instance="web",name="app"}': '1 0x5 1x5' },
    quietAt: 2,
    firesAt: 3,
    overAt: 7,
    labels: { job: 'cadvisor', instance: 'web', name: 'app', severity: 'critical' },
    annotations: { summary: 'Container app is down' },
  },
  'koprogo_alerts/BackupFailed': {
    // The test begins in 1970: the last backup was 25 hours before it, and a new one is made in the 90th minute.
    series: { 'koprogo_last_backup_timestamp_seconds{instance="web"}': '-90000x89 5400x30' },
    quietAt: 59,
    firesAt: 60,
    overAt: 91,
    labels: { instance: 'web', severity: 'critical' },
    annotations: { summary: 'Backup has not run in 24h' },
  },
  'provisioning_alerts/OrchestratorDown': {
    series: { 'up{job="provisioning-orchestrator",instance="a"}': '1 0x5 1x5' },
    quietAt: 1,
    firesAt: 2,
    overAt: 7,
    labels: { job: 'provisioning-orchestrator', instance: 'a', severity: 'critical' },
    annotations: {
      summary: 'Orchestrator service is down',
      description: 'Orchestrator has been down for more than 1 minute',
    },
  },
  'provisioning_alerts/HighWorkflowFailureRate': {
    series: {
      'provisioning_workflows_failed{instance="a"}': '0+2x15 30x20',
      'provisioning_workflows_total{instance="a"}': '0+10x40',
    },
    quietAt: 5,
    firesAt: 10,
    overAt: 25,
    labels: { instance: 'a', severity: 'warning' },
    annotations: {
      summary: 'High workflow failure rate',
      description: 'More than 10% of workflows are failing',
    },
  },
  'provisioning_alerts/DatabaseConnectionLoss': {
    series: { 'provisioning_database_connected{instance="a"}': '1 0x5 1x5' },
    quietAt: 1,
    firesAt: 2,
    overAt: 7,
    labels: { instance: 'a', severity: 'critical' },
    annotations: { summary: 'Database connection lost' },
  },
  'provisioning_alerts/HighMemoryUsage': {
    series: {
      'node_memory_MemAvailable_bytes{instance="a"}': '50x10 500x10',
      'node_memory_MemTotal_bytes{instance="a"}': '1000x21',
    },
    quietAt: 4,
    firesAt: 5,
    overAt: 12,
    labels: { instance: 'a', severity: 'warning' },
    annotations: { summary: 'High memory usage', description: 'Memory usage is above 90%' },
  },
  'provisioning_alerts/DiskSpaceLow': {
    series: {
      'node_filesystem_avail_bytes{instance="a",mountpoint="/var/lib/provisioning"}':
        '50x10 500x10',
      'node_filesystem_size_bytes{instance="a",mountpoint="/var/lib/provisioning"}': '1000x21',
    },
    quietAt: 4,
    firesAt: 5,
    overAt: 12,
    labels: { instance: 'a', mountpoint: '/var/lib/provisioning', severity: 'warning' },
    annotations: { summary: 'Low disk space', description: 'Less than 10% disk space available' },
  },
  'passenger/PassengerHighWaitQueue': {
    series: { 'passenger_get_wait_list_size{instance="a"}': '0 9x5 0x5' },
    quietAt: 2,
    firesAt: 3,
    overAt: 7,
    labels: { instance: 'a', severity: 'warning' },
    annotations: {
      summary: 'High wait queue size detected',
      description: 'Passenger wait queue size is 9 for instance a',
    },
  },
  'passenger/PassengerHighMemoryUsage': {
    series: {
      'passenger_process_memory{supergroup="shop",pid="1"}': '1500000000x20',
      'passenger_process_memory{supergroup="shop",pid="2"}': '1500000000x10 1000x10',
    },
    quietAt: 4,
    firesAt: 5,
    overAt: 12,
    labels: { supergroup: 'shop', severity: 'warning' },
    annotations: {
      summary: 'High memory usage in shop',
      description: 'Memory usage is 2.794GiB',
    },
  },
  'passenger/PassengerProcessDown': {
    series: { 'passenger_process_count{instance="a"}': '4 1x5 4x5' },
    quietAt: 1,
    firesAt: 2,
    overAt: 7,
    labels: { instance: 'a', severity: 'critical' },
    annotations: {
      summary: 'Low process count detected',
      description: 'Only 1 passenger processes running',
    },
  },
}

/** Files below the folder, relative to it, whose content begins a line with such a key. */
function filesWith(key: string): string[] {
  if (!hasSeeds) return []
  return readdirSync(seeds, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => path.relative(seeds, path.join(entry.parentPath, entry.name)))
    .filter((file) =>
      new RegExp(`^${key}:`, 'm').test(readFileSync(path.join(seeds, file), 'utf8')),
    )
    .sort()
}

interface NamedRule {
  readonly name: string
  readonly group: RuleGroupConfig
  readonly rule: AlertingRuleConfig
}

function alertingRules(): NamedRule[] {
  return filesWith('groups').flatMap((file) =>
    readRuleFile(path.join(seeds, file), { faults: new FaultList() }).flatMap((group) =>
      group.rules.flatMap((rule) =>
        rule.kind === 'alerting' ? [{ name: `${group.name}/${rule.name}`, group, rule }] : [],
      ),
    ),
  )
}

const MINUTE_MS = 60_000

/** The alerts of a rule that fire at some minutes. */
async function firingAt({ group, rule }: NamedRule, series: Case['series'], minutes: number[]) {
  const tests: TestGroup = {
    name: rule.name,
    intervalMs: MINUTE_MS,
    startMs: 0,
    series: Object.entries(series).map(([labels, values]) => ({
      labels: parseSeries(labels),
      values: parseValues(values),
    })),
    // Nothing is expected: what there is comes back as a failure.
    alertTests: minutes.map((minute) => ({
      evalTimeMs: minute * MINUTE_MS,
      alertName: rule.name,
      expected: [],
      place: String(minute),
    })),
    exprTests: [],
    externalLabels: {},
    externalUrl: 'http://localhost:9090',
  }
  const failures = await runTestGroup(tests, [group], {
    evaluationIntervalMs: MINUTE_MS,
    isFuzzy: false,
    delayedNameRemoval: false,
  })
  return minutes.map((minute) =>
    failures.flatMap((failure) => {
      if (failure.kind !== 'alerts') throw new Error(JSON.stringify(failure))
      return failure.test.place === String(minute) ? failure.got : []
    }),
  )
}

describe.skipIf(!hasSeeds)('rules from the field', () => {
  const rules = alertingRules()

  it.each(filesWith('groups'))('%s loads as it is', (file) => {
    const faults = new FaultList()
    expect(readRuleFile(path.join(seeds, file), { faults }).length).toBeGreaterThan(0)
    expect(faults.items.map(formatFault)).toEqual([])
  })

  it('every rule has a case, and every case a rule', () => {
    expect(rules.map(({ name }) => name).sort()).toEqual(Object.keys(CASES).sort())
  })

  it.each(rules)('$name fires and is over', async (named) => {
    const each = CASES[named.name]
    if (each === undefined) throw new Error('no case makes this rule fire')
    const { quietAt, firesAt, overAt } = each
    const [quiet, fires, over] = await firingAt(named, each.series, [quietAt, firesAt, overAt])
    expect(quiet).toEqual([])
    expect(over).toEqual([])
    const labels = Labels.from({ alertname: named.rule.name, ...each.labels }).toObject()
    expect(
      fires?.map((alert) => ({
        labels: alert.labels.toObject(),
        annotations: alert.annotations.toObject(),
      })),
    ).toEqual([{ labels, annotations: each.annotations }])
  })
})

const ENV = {
  ALERT_EMAIL: 'ops@example.org',
  SMTP_USERNAME: 'me',
  SMTP_PASSWORD: 'a password from the environment',
}

describe.skipIf(!hasSeeds)('alertmanager.yml from the field', () => {
  it.each(filesWith('route'))('%s loads and can send', async (seed) => {
    const file = path.join(seeds, seed)
    const text = readFileSync(file, 'utf8')
      .replaceAll('YOUR_SLACK_WEBHOOK_URL', 'https://hooks.slack.com/services/a')
      .replaceAll('<slack-webhook-url>', 'https://hooks.slack.com/services/b')
      .replaceAll('<pagerduty-key>', 'c')
    const faults = new FaultList()
    const node = parseYaml(text, { file, faults, env: ENV })
    const config =
      node && readAlertmanagerConfig(node, { faults, env: ENV, folder: path.dirname(file) })
    const errors = faults.items.filter(({ severity }) => severity === 'error')
    expect(errors.map(formatFault)).toEqual([])
    if (config === undefined) throw new Error('nothing was read')
    const rules = assembleRules(config, {
      log: silentLog(),
      nowMs: Date.now,
      onTemplateError: () => undefined,
    })
    const wanted = config.receivers.map(({ name, entries }) => [name, entries.length])
    const ready = [...rules.receivers.values()].map((each) => [each.name, each.integrations.length])
    expect(ready).toEqual(wanted)
    await rules.close()
  })
})
