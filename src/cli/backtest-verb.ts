import { Option, type Command } from 'commander'
import { runBacktest } from '../alert/backtest/run-backtest.ts'
import {
  readAlertmanagerFile,
  type AlertmanagerConfig,
} from '../alert/config/alertmanager-config.ts'
import { readRuleFile } from '../alert/rules/read-rule-file.ts'
import type { RuleGroupConfig } from '../alert/rules/rule-config.ts'
import type { BacktestJson } from '../contract/alert-backtest.ts'
import { parseDurationMs } from '../model/duration.ts'
import { Labels } from '../model/labels.ts'
import { FaultList, formatFault } from '../yaml/fault.ts'
import { createApiClient, type ApiClient } from './api-client.ts'
import { historyOf, readServerGlobals, removesNamesLate } from './backtest-history.ts'
import { printable } from './printable.ts'
import type { Exit } from './program.ts'
import { withProgress } from './progress.ts'
import { readTime } from './query-range.ts'
import { urlOption } from './query-verb.ts'
import { showBacktest } from './show-backtest.ts'
import { ownTerminal, type Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

export interface BacktestVerbOptions {
  readonly from: string
  readonly to: string
  readonly alertmanager?: string
  readonly interval?: string
  readonly output: 'text' | 'json'
  readonly url: string
}

/** Where the server does not tell its own (config.go of Prometheus, DefaultGlobalConfig). */
const DEFAULT_INTERVAL_MS = 60_000

/** `vedette rules backtest`. */
export function addRules(program: Command, exit: Exit): void {
  program
    .command('rules')
    .summary('try rules on what is stored')
    .command('backtest')
    .summary('when would these rules have fired, and who would have been told')
    .description(
      'Replays rule files on the history of a server: when each alert would have been pending and firing, as a timeline. With an\n' +
        'alertmanager.yml also who would have been told, and when. Nothing is stored, and nothing is sent. Recording rules of the\n' +
        'files are evaluated too, and feed the alerts. Exit code 1 when a file is wrong.',
    )
    .argument('<file...>', 'rule files')
    .optionsGroup('When:')
    .option('--from <time>', 'where it begins', '-1d')
    .option('--to <time>', 'where it ends', 'now')
    .option('--interval <duration>', 'of groups that say none (default: that of the server)')
    .optionsGroup('What:')
    .option('--alertmanager <file>', 'an alertmanager.yml: tell what would have been sent')
    .addOption(
      new Option('-o, --output <form>', 'how to show it').choices(['text', 'json']).default('text'),
    )
    .optionsGroup('Where:')
    .addOption(urlOption())
    .addHelpText('after', EXAMPLES)
    .action(async (files: string[], options: BacktestVerbOptions) => {
      exit.code = await runBacktestVerb(files, options, ownTerminal())
    })
}

const EXAMPLES = `
A <time> is 2026-01-31T12:00:00Z, 1769860800 (Unix seconds), -1h (an hour ago) or now.

Examples:
  vedette rules backtest rules/disk.yml
  vedette rules backtest rules/*.yml --from -7d --to -1d --alertmanager alertmanager.yml`

/** Resolves to the exit code. */
export async function runBacktestVerb(
  files: readonly string[],
  options: BacktestVerbOptions,
  terminal: Terminal,
): Promise<number> {
  const nowMs = terminal.nowMs()
  const fromMs = readTime(options.from, '--from', nowMs)
  const toMs = readTime(options.to, '--to', nowMs)
  if (fromMs >= toMs) throw new UsageError('--from must be before --to')
  const faults = new FaultList()
  const groups = files.flatMap((file) => readRuleFile(file, { faults }))
  const other = groups.find(({ language }) => language !== 'promql')
  if (other !== undefined) {
    throw new UsageError(
      `${other.file}: group ${JSON.stringify(other.name)} is on ${other.language === 'logql' ? 'logs' : 'traces'}: only rules on metrics can be replayed`,
    )
  }
  const alertmanager = readAlertmanager(options.alertmanager, faults)
  if (faults.hasErrors) {
    const errors = faults.items.filter(({ severity }) => severity === 'error')
    terminal.remark(errors.map((fault) => `${printable(formatFault(fault))}\n`).join(''))
    return 1
  }
  const begun = performance.now()
  const client = createApiClient(options.url)
  try {
    const work = (): Promise<BacktestJson> =>
      replay(client, { groups, alertmanager, fromMs, toMs, interval: options.interval })
    const result = await withProgress(`replaying ${files.join(', ')}`, work)
    terminal.write(
      options.output === 'json'
        ? `${JSON.stringify(result, undefined, 2)}\n`
        : showBacktest(result, {
            columns: terminal.columns,
            color: terminal.color,
            localOffsetMs: -new Date(fromMs).getTimezoneOffset() * 60_000,
            tookMs: performance.now() - begun,
          }),
    )
    return 0
  } finally {
    await client.close()
  }
}

interface Wanted {
  readonly groups: readonly RuleGroupConfig[]
  readonly alertmanager: AlertmanagerConfig | undefined
  readonly fromMs: number
  readonly toMs: number
  readonly interval: string | undefined
}

async function replay(client: ApiClient, wanted: Wanted): Promise<BacktestJson> {
  const { groups, alertmanager, fromMs, toMs, interval } = wanted
  const ownMs = interval === undefined ? undefined : parseDurationMs(interval)
  if (interval !== undefined && (ownMs === undefined || ownMs <= 0)) {
    throw new UsageError(
      `--interval: must be a duration such as 30s or 1m, not ${JSON.stringify(interval)}`,
    )
  }
  // Whether it can be reached is better told before all else.
  await client.call('/api/v1/query', { query: '1' })
  const server = await readServerGlobals(client)
  return runBacktest({
    groups,
    history: historyOf(client),
    fromMs,
    toMs,
    intervalMs: ownMs ?? server?.intervalMs ?? DEFAULT_INTERVAL_MS,
    queryOffsetMs: server?.queryOffsetMs ?? 0,
    external: { labels: Labels.from(server?.externalLabels ?? {}), url: client.url },
    delayedNameRemoval: await removesNamesLate(client),
    alertmanager,
  })
}

function readAlertmanager(
  file: string | undefined,
  faults: FaultList,
): AlertmanagerConfig | undefined {
  return file === undefined ? undefined : readAlertmanagerFile(file, { faults, env: process.env })
}
