import { existsSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { Option, type Command } from 'commander'
import { loadConfig, type VedetteConfig } from '../config.ts'
import type { RulesJson, TargetsJson, TsdbStatusJson } from '../contract/prometheus.ts'
import { packProvider } from '../dashboards/provisioning/pack-provider.ts'
import { examineDashboards } from '../operate/doctor/examine-dashboards.ts'
import { examineFiles } from '../operate/doctor/examine-files.ts'
import { examineMachine } from '../operate/doctor/examine-machine.ts'
import { examineServer, type SeenServer } from '../operate/doctor/examine-server.ts'
import { AREAS, scoreOf, type Diagnosis, type Finding } from '../operate/doctor/finding.ts'
import { metricNamesIn } from '../operate/doctor/metric-names.ts'
import { defaultFreeBytes } from '../start-engine.ts'
import { ApiError, createApiClient, type ApiClient } from './api-client.ts'
import { printable } from './printable.ts'
import type { Exit } from './program.ts'
import { urlOption } from './query-verb.ts'
import { ownTerminal } from './terminal.ts'

interface DoctorOptions {
  readonly url: string
  readonly output: 'text' | 'json'
  readonly data?: string
}

/** `vedette doctor`. */
export function addDoctor(program: Command, exit: Exit): void {
  program
    .command('doctor [path]')
    .summary('what is supported, what is wrong, and what to do about it')
    .description(
      'Reads a configuration (a file or a folder, as "start --config") without starting anything, and says of its keys, rules,\n' +
        'stages and dashboards what is not as they say; looks at this machine; and, when a server runs, at its targets, rules\n' +
        'and metrics. Exit code 1 when something is wrong.',
    )
    .addOption(urlOption())
    .addOption(new Option('--data <folder>', 'the data directory of the server'))
    .addOption(
      new Option('-o, --output <form>', 'how it is told')
        .choices(['text', 'json'] as const)
        .default('text' as const),
    )
    .action(async (given: string | undefined, options: DoctorOptions) => {
      const diagnosis = await diagnose(given, options)
      const told = { score: scoreOf(diagnosis.tallies), ...diagnosis }
      ownTerminal().write(
        options.output === 'json' ? `${JSON.stringify(told, null, 2)}\n` : describe(diagnosis),
      )
      if (diagnosis.findings.some(({ gravity }) => gravity === 'fault')) exit.code = 1
    })
}

async function diagnose(given: string | undefined, options: DoctorOptions): Promise<Diagnosis> {
  const { data, url } = options
  const flags = {
    ...(given === undefined ? {} : { config: given }),
    ...(data === undefined ? {} : { data }),
  }
  const loaded = loadConfig({ flags, env: process.env })
  const config = loaded.ok ? loaded.config : undefined
  const files = examineFiles({ config, faults: loaded.ok ? loaded.warnings : loaded.faults })
  const hints = given === undefined ? [] : findComposeFiles(given)
  if (config === undefined) return { ...files, findings: [...hints, ...files.findings] }
  const dashboards = await examineDashboards(config.dashboards)
  const client = createApiClient(url)
  try {
    const seen = await see(client, config, dashboards.expressions)
    const server = seen === undefined ? [notRunning(client.url)] : examineServer(seen)
    const machine = await examineMachine({ ...config, defaultFreeBytes }, seen !== undefined)
    return {
      findings: [...hints, ...files.findings, ...dashboards.findings, ...machine, ...server],
      tallies: [...files.tallies, ...dashboards.tallies],
    }
  } finally {
    await client.close()
  }
}

/** A compose file is no configuration of ours, but what stands in it can be taken over. */
function findComposeFiles(given: string): readonly Finding[] {
  if (statSync(given, { throwIfNoEntry: false })?.isDirectory() !== true) return []
  const names = readdirSync(given)
  if (names.some((name) => /^vedette\.ya?ml$/.test(name))) return []
  return names
    .filter((name) => /^(?:docker-)?compose[\w.-]*\.ya?ml$/.test(name))
    .map((name) => {
      const file = path.join(given, name)
      const text = `is not read: vedette import compose ${file} makes a vedette.yml of it`
      return { area: 'configuration', gravity: 'advice', place: file, text }
    })
}

function notRunning(url: string): Finding {
  const text =
    'no server answers there: targets, rules and metrics were not looked at (--url names another one)'
  return { area: 'the server', gravity: 'note', place: url, text }
}

/** Undefined when there is no server, or it does not tell. */
async function see(
  client: ApiClient,
  config: VedetteConfig,
  expressions: readonly string[],
): Promise<SeenServer | undefined> {
  try {
    const [targets, rules, tsdb, names] = await Promise.all([
      client.call<TargetsJson>('/api/v1/targets?state=active'),
      client.call<RulesJson>('/api/v1/rules?exclude_alerts=true'),
      client.call<TsdbStatusJson>('/api/v1/status/tsdb?limit=20'),
      client.call<readonly string[]>('/api/v1/label/__name__/values'),
    ])
    const packs = config.packs.packs.map(({ manifest }) => manifest.folder)
    const shipped = await examineDashboards({
      providers: [packProvider(packs.filter((folder) => existsSync(folder)))],
      datasources: [],
    })
    const all = [...expressions, ...shipped.expressions]
    return {
      targets: targets.data,
      rules: rules.data,
      tsdb: tsdb.data,
      metrics: new Set(names.data),
      asked: new Set(all.flatMap((expr) => metricNamesIn(withoutVariables(expr)))),
    }
  } catch (thrown) {
    if (thrown instanceof ApiError) return undefined
    throw thrown
  }
}

/** A range of a variable is a range, and any other variable some text, so that the expression can be read. */
function withoutVariables(expr: string): string {
  return expr
    .replace(/\[\$\w+\]|\[\$\{[^}]*\}\]/g, '[5m]')
    .replace(/\$\{[^}]*\}|\$\w+|\[\[\w+\]\]/g, 'x')
}

const MARKS = { fault: '✗', advice: '!', note: '·' } as const

function describe({ findings, tallies }: Diagnosis): string {
  const parts = AREAS.flatMap((area) => {
    const found = findings.filter((one) => one.area === area)
    const counts = tallies
      .filter((one) => one.area === area)
      .map(({ what, total, supported }) => `${supported} of ${total} ${what} as they are`)
    if (found.length === 0 && counts.length === 0) return []
    const heading = counts.length === 0 ? area : `${area}: ${counts.join(', ')}`
    const lines = found.map(({ gravity, place, text }) => {
      const where = place === '' ? '' : `${printable(place)}: `
      return `  ${MARKS[gravity]} ${where}${printable(text)}`
    })
    return [[heading, ...lines].join('\n')]
  })
  const faults = findings.filter(({ gravity }) => gravity === 'fault').length
  const advice = findings.filter(({ gravity }) => gravity === 'advice').length
  const end =
    faults === 0
      ? `Nothing is wrong${advice === 0 ? '' : `; ${advice} to look at (!)`}.`
      : `${faults} wrong (✗), ${advice} to look at (!).`
  const score = tallies.length === 0 ? '' : `\n${scoreOf(tallies)} % is supported as it is.`
  return `${parts.join('\n\n')}${parts.length === 0 ? '' : '\n\n'}${end}${score}\n`
}
