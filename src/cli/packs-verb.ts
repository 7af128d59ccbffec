import { existsSync, renameSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import {
  builtInPacksFolder,
  packFolders,
  readPacksPart,
  type Pack,
} from '../alert/rules/packs-part.ts'
import { loadConfig } from '../config.ts'
import { Problem } from '../model/problem.ts'
import { FaultList, formatFault } from '../yaml/fault.ts'
import { suggestName } from '../yaml/suggest.ts'
import { planEnable, type FileChange } from './enable-packs.ts'
import { lineDiff } from './line-diff.ts'
import { printable } from './printable.ts'
import { formatTable } from './table.ts'

interface EnableOptions {
  readonly config: string
  readonly target?: readonly string[]
  readonly dryRun?: boolean
}

/** `vedette packs list|enable`. */
export function addPacks(program: Command): void {
  const packs = program
    .command('packs')
    .helpCommand(false)
    .summary('list what can be watched, and write what brings its data here')
    .description(
      'A pack is what one needs to watch one thing: rules, dashboards, runbook. Its rules are on by themselves while its data is\n' +
        'there; enable writes into the configuration what brings the data here.',
    )
    .addHelpText('after', EXAMPLES)
  packs
    .command('list')
    .summary('list the packs')
    .option(
      '--config <path>',
      'the configuration, for the packs beside it and what it says of packs',
    )
    .action((options: { config?: string }) => {
      process.stdout.write(listPacks(findPacks(options.config)))
    })
  packs
    .command('enable <name...>')
    .summary('write what brings the data of packs here')
    .description(
      'Adds a section to the vedette.yml, or a job to the prometheus.yml in force, and shows what it added. What is there already\n' +
        'stays as it is; a file that cannot be added to safely is left alone. A running server takes it at its next reload.',
    )
    .requiredOption(
      '--config <path>',
      'the configuration: a folder, a vedette.yml or a prometheus.yml',
    )
    .option('--target <address...>', 'where it is, instead of the usual place')
    .option('--dry-run', 'only show what would be written')
    .action((names: string[], options: EnableOptions) => {
      process.stdout.write(enable(names, options))
    })
}

const EXAMPLES = `
Examples:
  vedette packs list
  vedette packs enable passenger traefik --config /etc/vedette
  vedette packs enable http --target https://shop.example.org --config vedette.yml --dry-run`

function findPacks(config: string | undefined): readonly Pack[] {
  if (config !== undefined) {
    const loaded = loadConfig({ path: config, flags: {}, env: process.env })
    if (loaded.ok) return loaded.config.packs.packs
  }
  const folder = config === undefined ? undefined : path.dirname(path.resolve(config, 'x'))
  const folders = folder === undefined ? [builtInPacksFolder()] : packFolders(folder)
  return readPacksPart({ node: undefined, folders, rules: [] }, new FaultList()).packs
}

const WRITES = { section: 'a section', scrape: 'a scrape job' } as const

function listPacks(packs: readonly Pack[]): string {
  const rows = packs.map(({ manifest, mode, groups }) => {
    const alerts = groups.flatMap(({ rules }) => rules.filter(({ kind }) => kind === 'alerting'))
    const { name, title, enable: how } = manifest
    return [name, title, String(alerts.length), mode, how === undefined ? '' : WRITES[how.kind]]
  })
  return formatTable(['PACK', 'WATCHES', 'ALERTS', 'RULES', 'ENABLE WRITES'], rows)
}

function enable(names: readonly string[], options: EnableOptions): string {
  const packs = choosePacks(names, options.config)
  const manifests = packs.map(({ manifest }) => manifest)
  const { changes, notes } = planEnable(manifests, options.config, options.target ?? [])
  const diff = changes.map(({ file, before, after }) => lineDiff(file, before, after)).join('')
  const isDry = options.dryRun === true
  if (!isDry) writeAll(changes, options.config)
  const told = [
    ...notes,
    ...packs.flatMap(({ manifest: { name }, mode }) =>
      mode === 'off' ? [`${name}: its rules stay off: packs.${name}.enabled is false`] : [],
    ),
    ...(isDry && changes.length > 0 ? ['nothing was written (--dry-run)'] : []),
  ]
  return diff + told.map((line) => `${printable(line)}\n`).join('')
}

function choosePacks(names: readonly string[], config: string): readonly Pack[] {
  const known = findPacks(config)
  const all = known.map(({ manifest }) => manifest.name)
  return names.map((name) => {
    const found = known.find(({ manifest }) => manifest.name === name)
    if (found !== undefined) return found
    const near = suggestName(name, all)
    const hint = near === undefined ? '' : ` (did you mean ${near}?)`
    throw new Problem('not_found', `there is no pack ${name}${hint}. There are: ${all.join(', ')}`)
  })
}

/** Writes the files, and takes them back when the server would refuse what they are now and did not refuse what they were. */
function writeAll(changes: readonly FileChange[], config: string): void {
  const faultsOf = (): readonly string[] => {
    const loaded = loadConfig({ path: config, flags: {}, env: process.env })
    if (loaded.ok) return []
    return loaded.faults.filter(({ severity }) => severity === 'error').map(formatFault)
  }
  const hadFaults = existsSync(config) && faultsOf().length > 0
  for (const { file, after } of changes) replaceFile(file, after)
  const faults = faultsOf()
  if (faults.length === 0 || hadFaults) return
  for (const { file, before } of changes) {
    if (before === undefined) rmSync(file)
    else replaceFile(file, before)
  }
  throw new Problem('bad_data', `the files are as before, since with the change: ${faults[0]}`)
}

/** In one step, so that nobody reads half a file; the file keeps its place behind a link, and its mode. */
function replaceFile(file: string, text: string): void {
  const stats = statSync(file, { throwIfNoEntry: false })
  const place = stats === undefined ? file : realpathSync(file)
  const beside = `${place}.${randomBytes(6).toString('hex')}`
  try {
    writeFileSync(beside, text, { flag: 'wx', mode: stats === undefined ? 0o640 : stats.mode })
    renameSync(beside, place)
  } catch (thrown) {
    rmSync(beside, { force: true })
    throw new Problem('forbidden', `${file} cannot be written: ${String(thrown)}`, {
      cause: thrown,
    })
  }
}
