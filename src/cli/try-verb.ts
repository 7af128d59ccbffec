import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Option, type Command } from 'commander'
import { loadConfig, type VedetteConfig } from '../config.ts'
import type { GettableAlertJson } from '../contract/alertmanager.ts'
import { parseDurationMs } from '../model/duration.ts'
import { messageOf, Problem } from '../model/problem.ts'
import { compareStacks, type TwoStacks } from '../operate/try/compare-stacks.ts'
import { keepLasting, type Comparison } from '../operate/try/difference.ts'
import { shadowConfig } from './shadow-config.ts'
import type { StackApi } from '../operate/try/stack-api.ts'
import { createLog } from '../self/log.ts'
import { start, type Vedette } from '../start.ts'
import { formatFault } from '../yaml/fault.ts'
import { createAlertmanagerClient, type AlertmanagerClient } from './alertmanager-client.ts'
import { createApiClient, type ApiClient } from './api-client.ts'
import type { Exit } from './program.ts'
import { printable } from './printable.ts'
import { readHostPort } from './read-address.ts'
import { showComparison } from './show-try.ts'
import { untilSignal } from './signals.ts'
import { ownTerminal, type Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

interface TryOptions {
  readonly prometheus: string
  readonly alertmanager?: string
  readonly grafanaFolder?: string
  readonly remoteWrite?: boolean
  readonly listen?: string
  readonly warmUp: string
  readonly tolerance: string
  readonly keep?: boolean
  readonly output: 'text' | 'json'
}

/** `vedette try`: beside a running stack, with its configuration. */
export function addTry(program: Command, exit: Exit): void {
  program
    .command('try <path>')
    .summary('run beside an existing stack and say where it answers otherwise')
    .description(
      'Runs a Vedette beside a running Prometheus with the same configuration (a prometheus.yml, a vedette.yml or a folder):\n' +
        'it scrapes the same targets, or takes what that one sends by remote write, evaluates the same rules, and after a while\n' +
        'compares targets, metrics, rules, alerts, receivers and panels of dashboards. Nothing leaves it: notifications are\n' +
        'recorded and not sent. It uses ports of its own and a scratch folder, which is removed at the end. Exit code 1 when\n' +
        'something differs.',
    )
    .option('--prometheus <url>', 'the Prometheus that runs', 'http://127.0.0.1:9090')
    .option(
      '--alertmanager <url>',
      'the Alertmanager that runs: who hears of what is compared, too',
    )
    .option('--grafana-folder <folder>', 'dashboards whose panels are compared')
    .option('--remote-write', 'take what that Prometheus sends, and scrape nothing')
    .option(
      '--listen <host:port>',
      'where it answers (with --remote-write 127.0.0.1:19090, else any free port)',
    )
    .option('--warm-up <duration>', 'how long it watches before it compares', '10m')
    .option('--tolerance <share>', 'how far values may be apart', '0.05')
    .option('--keep', 'leave the scratch folder')
    .addOption(
      new Option('-o, --output <form>', 'how it is told')
        .choices(['text', 'json'] as const)
        .default('text' as const),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (given: string, options: TryOptions) => {
      exit.code = await runTry(given, options, ownTerminal())
    })
}

const EXAMPLES = `
Examples:
  vedette try /etc/prometheus/prometheus.yml
  vedette try . --alertmanager http://127.0.0.1:9093 --grafana-folder grafana/provisioning --warm-up 30m
  vedette try /etc/prometheus --remote-write`

/** How often the pushes of the other one are looked for. */
const LOOK_MS = 500
/** Targets that are scraped more seldom are compared as if they were not. */
const SLOWEST_MS = 60_000
const REMOTE_WRITE_ADDRESS = '127.0.0.1:19090'

async function runTry(given: string, options: TryOptions, terminal: Terminal): Promise<number> {
  const warmUpMs = parseDurationMs(options.warmUp)
  if (warmUpMs === undefined || warmUpMs <= 0)
    throw new UsageError('--warm-up: must be a duration such as 10m')
  const toleranceShare = Number(options.tolerance)
  if (!(toleranceShare >= 0 && toleranceShare < 1))
    throw new UsageError('--tolerance: must be a share such as 0.05')
  const { config, env } = read(given)
  const there = createApiClient(options.prometheus)
  const scratch = mkdtempSync(path.join(tmpdir(), 'vedette-try-'))
  try {
    await checkReachable(there)
    const server = await start({
      config: shadowConfig(config, {
        dataFolder: path.join(scratch, 'data'),
        listen: readListen(options),
        isScraping: options.remoteWrite !== true,
      }),
      load: () => ({ ok: false, faults: [] }),
      log: createLog({ level: 'error' }),
      flags: {},
      env,
    })
    try {
      return await watch({ server, config, there, options, terminal, warmUpMs, toleranceShare })
    } finally {
      await server.stop()
    }
  } finally {
    await there.close()
    if (options.keep === true) terminal.remark(`kept: ${scratch}\n`)
    else rmSync(scratch, { recursive: true, force: true })
  }
}

function read(given: string): { readonly config: VedetteConfig; readonly env: NodeJS.ProcessEnv } {
  const loaded = loadConfig({ path: given, flags: {}, env: process.env })
  if (loaded.ok) return { config: loaded.config, env: {} }
  const errors = loaded.faults.filter(({ severity }) => severity === 'error').map(formatFault)
  throw new Problem('bad_data', `the configuration does not load:\n  ${errors.join('\n  ')}`)
}

function readListen({ listen, remoteWrite }: TryOptions): { host: string; port: number } {
  if (listen === undefined && remoteWrite !== true) return { host: '127.0.0.1', port: 0 }
  return readHostPort(listen ?? REMOTE_WRITE_ADDRESS, '--listen')
}

/** Before anything is started. */
async function checkReachable(client: ApiClient): Promise<void> {
  try {
    await client.call('/api/v1/status/buildinfo')
  } catch (thrown) {
    const [reason = ''] = messageOf(thrown).split('. Start a server')
    throw new Problem('unavailable', `--prometheus: ${reason}`, { cause: thrown })
  }
}

interface Watch {
  readonly server: Vedette
  readonly config: VedetteConfig
  readonly there: ApiClient
  readonly options: TryOptions
  readonly terminal: Terminal
  readonly warmUpMs: number
  readonly toleranceShare: number
}

/** Resolves to the exit code. */
async function watch(watched: Watch): Promise<number> {
  const { server, options, terminal, warmUpMs } = watched
  const end = new AbortController()
  void untilSignal().then(() => end.abort())
  await server.ready
  const here = createApiClient(server.prometheusUrl ?? '')
  const managers = openAlertmanagers(watched)
  try {
    const sinceMs = await untilFed(here, watched, end.signal)
    terminal.remark(
      `It watches for ${options.warmUp}; then both are compared. Ctrl-C ends it and removes everything.\n`,
    )
    const isWarm = sinceMs !== undefined && (await sleep(warmUpMs, end.signal))
    if (!isWarm) {
      terminal.remark('ended before anything was compared\n')
      return 1
    }
    const stacks = describeStacks(watched, { here, sinceMs, managers })
    const found = await compareTwice(stacks, end.signal)
    terminal.write(
      options.output === 'json' ? `${JSON.stringify(found, null, 2)}\n` : showComparison(found),
    )
    return found.differences.length === 0 ? 0 : 1
  } finally {
    await here.close()
    for (const manager of managers ?? []) await manager.close()
  }
}

/** What differs only for a moment, while one of them has scraped already, is not told. */
async function compareTwice(stacks: TwoStacks, signal: AbortSignal): Promise<Comparison> {
  const first = await compareStacks(stacks, Date.now())
  if (first.differences.length === 0 || !(await sleep(2 * stacks.scrapeMs, signal))) return first
  return keepLasting(first, await compareStacks(stacks, Date.now()))
}

function openAlertmanagers({
  options,
  server,
}: Watch): readonly [AlertmanagerClient, AlertmanagerClient] | undefined {
  const own = server.urls.get('alertmanager')
  if (options.alertmanager === undefined || own === undefined) return undefined
  return [createAlertmanagerClient(options.alertmanager), createAlertmanagerClient(own)]
}

function describeStacks(
  { config, there, options, toleranceShare }: Watch,
  seen: {
    readonly here: ApiClient
    readonly sinceMs: number
    readonly managers: readonly [AlertmanagerClient, AlertmanagerClient] | undefined
  },
): TwoStacks {
  const { managers } = seen
  const { global, scrapeConfigs } = config.prometheus
  const isScraping = options.remoteWrite !== true
  const intervals = scrapeConfigs.map(({ intervalMs }) => intervalMs)
  const alertsOf = (client: AlertmanagerClient): Promise<readonly GettableAlertJson[]> =>
    client.call('GET', '/api/v2/alerts')
  return {
    there: apiOf(there),
    here: apiOf(seen.here),
    alerts:
      managers === undefined
        ? undefined
        : () => Promise.all([alertsOf(managers[0]), alertsOf(managers[1])]),
    dashboardsFolder: options.grafanaFolder,
    isScraping,
    sinceMs: seen.sinceMs,
    scrapeMs: Math.min(SLOWEST_MS, Math.max(1000, ...intervals)),
    toleranceShare,
    externalLabels: isScraping ? {} : global.externalLabels,
  }
}

function apiOf(client: ApiClient): StackApi {
  return {
    url: client.url,
    call: async <T>(where: string, parameters?: Readonly<Record<string, string>>) =>
      (await client.call<T>(where, parameters)).data,
  }
}

/** Resolves to when samples began to come; undefined when it is told to end before. */
async function untilFed(
  here: ApiClient,
  { options, terminal, there }: Watch,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (options.remoteWrite !== true) {
    terminal.remark(`It scrapes what ${printable(there.url)} scrapes.\n`)
    return Date.now()
  }
  terminal.remark(
    `Add these lines to the prometheus.yml of ${printable(there.url)}, and let it read them (SIGHUP):\n` +
      `remote_write:\n  - url: ${here.url}/api/v1/write\n`,
  )
  while (!signal.aborted) {
    const { data } = await here.call<readonly string[]>('/api/v1/label/job/values')
    if (data.length > 0) return Date.now()
    await sleep(LOOK_MS, signal)
  }
  return undefined
}

/** False when it is told to end before. */
function sleep(durationMs: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false)
    const done = (isWhole: boolean) => () => {
      clearTimeout(timer)
      resolve(isWhole)
    }
    const timer = setTimeout(done(true), durationMs)
    signal.addEventListener('abort', done(false), { once: true })
  })
}
