import { existsSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { Option, type Command } from 'commander'
import { findConfigFiles } from '../collect/config/find-config.ts'
import { loadConfig, type LoadedConfig, type VedetteConfig } from '../config.ts'
import { examineAccess } from '../operate/doctor/examine-access.ts'
import { examineClock, examineServerClock } from '../operate/doctor/examine-clock.ts'
import { examineDashboards } from '../operate/doctor/examine-dashboards.ts'
import { examineDifferences } from '../operate/doctor/examine-differences.ts'
import { examineFiles } from '../operate/doctor/examine-files.ts'
import { examineFolder } from '../operate/doctor/examine-folder.ts'
import { examineMachine } from '../operate/doctor/examine-machine.ts'
import { examineServer } from '../operate/doctor/examine-server.ts'
import { scoreOf, type Diagnosis, type Finding } from '../operate/doctor/finding.ts'
import { readLokiRetention } from '../operate/doctor/read-loki-retention.ts'
import { defaultFreeBytes } from '../start-engine.ts'
import { FaultList, type ConfigFault } from '../yaml/fault.ts'
import { findFiles } from '../yaml/glob.ts'
import { createApiClient } from './api-client.ts'
import { seeServer, seeTimex } from './doctor-server.ts'
import type { Exit } from './program.ts'
import { urlOption } from './query-verb.ts'
import { describeDiagnosis } from './show-doctor.ts'
import { ownTerminal } from './terminal.ts'

interface DoctorOptions {
  readonly url: string
  readonly output?: 'text' | 'json'
  readonly format?: 'text' | 'json'
  readonly data?: string
  readonly all?: boolean
  readonly machine: boolean
}

/** `vedette doctor`. */
export function addDoctor(program: Command, exit: Exit): void {
  const form = (flags: string, text: string): Option =>
    new Option(flags, text).choices(['text', 'json'] as const)
  program
    .command('doctor [path]')
    .summary('what is supported, what is wrong, and what to do about it')
    .description(
      'Reads a configuration (a file or a folder, as "start --config") without starting anything, and says of its keys, rules,\n' +
        'stages and panels what is not as they say, with a score; what of the folder is not read; looks at this machine; and,\n' +
        'when a server runs, at its targets, rules and metrics. Exit code 1 when something is wrong.',
    )
    .addOption(urlOption())
    .addOption(new Option('--data <folder>', 'the data directory of the server'))
    .option('--all', 'every key, rule, stage and panel, also those that are supported')
    .option('--no-machine', 'the files only: neither this machine nor a server')
    .addOption(form('-o, --output <form>', 'how it is told (default: text)'))
    .addOption(form('--format <form>', 'the same as --output'))
    .action(async (given: string | undefined, options: DoctorOptions) => {
      const diagnosis = await diagnose(given, options)
      const items = options.all === true ? diagnosis.items : []
      const told = { score: scoreOf(diagnosis.tallies), ...diagnosis, items }
      const isJson = (options.output ?? options.format) === 'json'
      ownTerminal().write(
        isJson ? `${JSON.stringify(told, null, 2)}\n` : describeDiagnosis({ ...diagnosis, items }),
      )
      if (diagnosis.findings.some(({ gravity }) => gravity === 'fault')) exit.code = 1
    })
}

async function diagnose(given: string | undefined, options: DoctorOptions): Promise<Diagnosis> {
  const { data } = options
  const flags = {
    ...(given === undefined ? {} : { config: given }),
    ...(data === undefined ? {} : { data }),
  }
  const loaded = loadConfig({ flags, env: process.env })
  const config = loaded.ok ? loaded.config : undefined
  const files = examineFiles({
    config,
    files: loaded.ok ? [] : listFound(given, loaded.faults),
    faults: loaded.ok ? loaded.warnings : loaded.faults,
  })
  const around = examineAround(given, loaded)
  if (config === undefined) return { ...files, findings: [...around, ...files.findings] }
  const silent = examineDifferences(config, readLokiRetention)
  const dashboards = await examineDashboards(config.dashboards)
  const outside = options.machine
    ? await examineOutside(config, options.url, dashboards.expressions)
    : []
  return {
    findings: [...around, ...files.findings, ...silent, ...dashboards.findings, ...outside],
    tallies: [...files.tallies, ...dashboards.tallies],
    items: [...files.items, ...dashboards.items],
  }
}

/** The files that a configuration means, as far as that is known of one that does not load. */
function listFound(given: string | undefined, faults: readonly ConfigFault[]): readonly string[] {
  const { ruleFolders: _, grafana: __, ...found } = findConfigFiles(given, new FaultList())
  const named = Object.values(found).filter((file) => typeof file === 'string')
  const faulty = faults.filter(({ line }) => line > 0).map(({ file }) => file)
  return [...new Set([...named, ...faulty])]
}

/** Compose files, and what else lies in a folder that is not read. */
function examineAround(given: string | undefined, loaded: LoadedConfig): readonly Finding[] {
  if (given === undefined) return []
  const isFolder = statSync(given, { throwIfNoEntry: false })?.isDirectory() === true
  const folder = isFolder ? given : path.dirname(given)
  const hints = isFolder ? findComposeFiles(given) : []
  const isOwn = isFolder || /^vedette\.ya?ml$/.test(path.basename(given))
  if (!isOwn || !existsSync(folder)) return hints
  // What is read is known only of a configuration that loads.
  return loaded.ok ? [...hints, ...examineFolder(folder, filesOf(given, loaded.config))] : hints
}

/** Every file that is read, whatever it is. */
function filesOf(given: string, config: VedetteConfig): readonly string[] {
  const provided = config.dashboards.providers.flatMap(({ paths }) => paths.flatMap(listBelow))
  const { alertmanager, collectors } = config
  return [
    ...[given, ...config.files, ...config.rules.files, ...provided],
    ...(alertmanager?.config.templates.flatMap(({ files }) => files) ?? []),
    ...(collectors.blackbox.file === undefined ? [] : [collectors.blackbox.file]),
    ...config.prometheus.scrapeConfigs.flatMap(({ discovery }) =>
      discovery.file.flatMap(({ files }) => files.flatMap((pattern) => findFiles(pattern))),
    ),
  ]
}

function listBelow(folder: string): readonly string[] {
  const stats = statSync(folder, { throwIfNoEntry: false })
  if (stats?.isDirectory() !== true) return [folder]
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) =>
    path.join(folder, name),
  )
}

async function examineOutside(
  config: VedetteConfig,
  url: string,
  expressions: readonly string[],
): Promise<readonly Finding[]> {
  const client = createApiClient(url)
  try {
    const seen = await seeServer(client, config, expressions)
    const timex = seen === undefined ? undefined : await seeTimex(client)
    return [
      ...(await examineMachine({ ...config, defaultFreeBytes }, seen !== undefined)),
      ...examineAccess({
        logPatterns: (config.tail?.config.jobs ?? []).flatMap(({ discovery }) =>
          discovery.static.flatMap(({ labels }) => labels?.['__path__'] ?? []),
        ),
        watchesContainers: config.prometheus.scrapeConfigs.some(({ jobName }) =>
          /cadvisor|containers/.test(jobName),
        ),
        readsJournal: (config.tail?.config.jobs ?? []).some(({ journal }) => journal !== undefined),
      }),
      ...(await examineClock(timex)),
      ...(seen === undefined ? [notRunning(client.url)] : await examineServerClock(client.url)),
      ...(seen === undefined ? [] : examineServer(seen)),
    ]
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
