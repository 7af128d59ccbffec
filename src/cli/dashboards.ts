import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Option, type Command } from 'commander'
import { builtInPacksFolder } from '../alert/rules/packs-part.ts'
import { scanFolder } from '../dashboards/provisioning/scan-folder.ts'
import type { ImportedDashboardJson } from '../contract/dashboards.ts'
import { messageOf, Problem } from '../model/problem.ts'
import {
  openDashboardPlace,
  type DashboardPlace,
  type DashboardPlaceOptions,
} from './dashboards-place.ts'
import { printable } from './printable.ts'
import type { Exit } from './program.ts'
import { formatTable } from './table.ts'
import { UsageError } from './usage-error.ts'

/** `vedette dashboards list|install|export|import`. */
export function addDashboards(program: Command, exit: Exit): void {
  const dashboards = program
    .command('dashboards')
    .helpCommand(false)
    .summary('list, import, export and install dashboards')
    .description(
      'Works on the dashboards of a server: over its web UI’s API with --url or --token, otherwise in its data directory,\n' +
        'whether it runs or not.',
    )
    .addHelpText('after', EXAMPLES)
  withPlace(dashboards.command('list').summary('list dashboards'))
    .option('-o, --output <format>', 'table or json', 'table')
    .action((options: DashboardPlaceOptions & { output: string }) =>
      at(options, (place) => list(place, options.output)),
    )
  withPlace(
    dashboards.command('export').summary('write dashboards as JSON that Grafana takes, too'),
  )
    .requiredOption('--id <uid>', 'which; all writes every one')
    .option('--output <path>', 'a file, or a folder for several (default: the terminal)')
    .action((options: DashboardPlaceOptions & ExportOptions) =>
      at(options, (place) => exportTo(place, options)),
    )
  withPlace(
    dashboards.command('import <file...>').summary('save dashboards of Grafana, of any age'),
  )
    .option('--folder <uid>', 'the folder that they go into')
    .option('--overwrite', 'replace what has the same uid or name')
    .action((files: string[], options: DashboardPlaceOptions & ImportOptions) =>
      at(options, (place) => importFiles(place, files, options, exit)),
    )
  withPlace(dashboards.command('install [name...]').summary('save dashboards that ship'))
    .description(
      'Saves dashboards that come with this program, by the name of their pack; without names it lists the packs. A server shows\n' +
        'its own without this: what is installed stays as it is when the program is renewed.',
    )
    .option('--all', 'those of every pack')
    .option('--folder <uid>', 'the folder that they go into')
    .option('--overwrite', 'replace what has the same uid or name')
    .action((names: string[], options: DashboardPlaceOptions & InstallOptions) =>
      install(names, options, exit),
    )
}

const EXAMPLES = `
Examples:
  vedette dashboards list
  vedette dashboards import node-exporter-full.json --overwrite
  vedette dashboards export --id all --output backup/
  VEDETTE_TOKEN=vdt_… vedette dashboards import *.json --url https://monitoring.example.org`

interface ExportOptions {
  readonly id: string
  readonly output?: string
}

interface ImportOptions {
  readonly folder?: string
  readonly overwrite?: boolean
}

interface InstallOptions extends ImportOptions {
  readonly all?: boolean
}

function withPlace(command: Command): Command {
  return command
    .addOption(
      new Option('--url <url>', 'the web UI of a server; may hold user:password@').env(
        'VEDETTE_UI_URL',
      ),
    )
    .addOption(new Option('--token <token>', 'a token of that server').env('VEDETTE_TOKEN'))
    .addOption(new Option('--data <folder>', 'the data directory of a server (default: data)'))
    .addOption(new Option('--config <path>', 'what the server is started with, if anything'))
}

async function at(
  options: DashboardPlaceOptions,
  work: (place: DashboardPlace) => Promise<void>,
): Promise<void> {
  const { url, token, data, config } = options
  const place = await openDashboardPlace({
    ...(url === undefined ? {} : { url }),
    ...(token === undefined ? {} : { token }),
    ...(data === undefined ? {} : { data }),
    ...(config === undefined ? {} : { config }),
  })
  try {
    await work(place)
  } finally {
    await place.close()
  }
}

async function list(place: DashboardPlace, output: string): Promise<void> {
  const all = (await place.list()).toSorted((a, b) =>
    a.folder + a.title < b.folder + b.title ? -1 : 1,
  )
  if (output === 'json') process.stdout.write(`${JSON.stringify(all, undefined, 2)}\n`)
  else if (all.length === 0) process.stdout.write('no dashboards\n')
  else {
    const rows = all.map(({ uid, folder, title, tags }) => [uid, folder, title, tags.join(', ')])
    process.stdout.write(formatTable(['ID', 'FOLDER', 'TITLE', 'TAGS'], rows))
  }
}

async function exportTo(place: DashboardPlace, { id, output }: ExportOptions): Promise<void> {
  if (id !== 'all') {
    const text = `${JSON.stringify(await place.export(id), undefined, 2)}\n`
    if (output === undefined) process.stdout.write(text)
    else writeTo(isFolder(output) ? path.join(output, `${id}.json`) : output, text)
    return
  }
  if (output === undefined || !isFolder(output)) {
    throw new UsageError('--output: must be a folder that is there when every dashboard is written')
  }
  for (const { uid } of await place.list()) {
    const text = `${JSON.stringify(await place.export(uid), undefined, 2)}\n`
    writeTo(path.join(output, `${uid}.json`), text)
  }
}

function isFolder(name: string): boolean {
  return name.endsWith('/') || (existsSync(name) && existsSync(`${name}/.`))
}

function writeTo(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (cause) {
    throw new Problem('unavailable', `cannot write ${file}: ${messageOf(cause)}`, { cause })
  }
  process.stderr.write(`wrote ${printable(file)}\n`)
}

/** Each file by itself: one that is wrong does not keep the others from being saved. */
async function importFiles(
  place: DashboardPlace,
  files: readonly string[],
  { folder, overwrite = false }: ImportOptions,
  exit: Exit,
): Promise<void> {
  for (const file of files) {
    try {
      const json = readFileSync(file, 'utf8')
      const options = { overwrite, ...(folder === undefined ? {} : { folder }) }
      const imported = await place.add(json, options)
      process.stdout.write(describeImport(imported))
    } catch (thrown) {
      exit.code = 1
      process.stderr.write(`${printable(file)}: ${printable(messageOf(thrown))}\n`)
    }
  }
}

/** What was saved, and what of it is not as it says. */
function describeImport({ uid, title, url, report }: ImportedDashboardJson): string {
  const lines = [`saved ${title} (${uid}) at ${url}`]
  for (const { panelTitle, kind, name, reason } of report.unsupported) {
    const where = panelTitle === undefined || panelTitle === '' ? '' : `panel "${panelTitle}": `
    lines.push(`  ${where}${kind} ${name}: ${reason}`)
  }
  if (report.migrated.length > 0)
    lines.push(`  panels of older kinds that were renewed: ${report.migrated.length}`)
  return lines.map((line) => `${printable(line)}\n`).join('')
}

async function install(
  names: readonly string[],
  options: DashboardPlaceOptions & InstallOptions,
  exit: Exit,
): Promise<void> {
  const { files } = await scanFolder(builtInPacksFolder())
  const shipped = files.flatMap(({ file, name }) => {
    const [pack = '', folder] = name.split('/')
    return folder === 'dashboards' ? [{ pack, file }] : []
  })
  const packs = [...new Set(shipped.map(({ pack }) => pack))]
  const unknown = names.find((name) => !packs.includes(name))
  if (unknown !== undefined) {
    throw new UsageError(
      `there is no pack ${unknown} with dashboards. There are: ${packs.join(', ')}`,
    )
  }
  if (names.length === 0 && options.all !== true) {
    process.stdout.write(`packs with dashboards: ${packs.join(', ')}\n`)
    return
  }
  const wanted = shipped
    .filter(({ pack }) => options.all === true || names.includes(pack))
    .map(({ file }) => file)
  await at(options, (place) => importFiles(place, wanted, options, exit))
}
