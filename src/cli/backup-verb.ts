import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Option, type Command } from 'commander'
import { formatDurationMs } from '../model/duration.ts'
import { messageOf } from '../model/problem.ts'
import type { ArchiveSettings } from '../operate/archive/archive-section.ts'
import { ARCHIVE_MODES } from '../operate/backup/backup-section.ts'
import { outdated, parseKeep, timeOf, type Keep } from '../operate/backup/keep.ts'
import { objectsOf, type BackedUpArchive, type Manifest } from '../operate/backup/manifest.ts'
import { openTarget } from '../operate/backup/open-target.ts'
import { Repository } from '../operate/backup/repository.ts'
import { passphraseFault } from '../operate/backup/seal.ts'
import type { ArchiveMode } from '../operate/backup/take-backup.ts'
import { backUp, restoreBackup, verifyBackup, type RestoreArchive } from '../start-backup.ts'
import { loadPlace } from './load-place.ts'
import type { Exit } from './program.ts'
import { withAccessPlace, type AccessPlace } from './open-access.ts'
import { mebibytes } from './mebibytes.ts'
import { formatMinute, formatTable } from './table.ts'
import { ownTerminal, type Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'
import { warningLog } from './warning-log.ts'

interface TargetOptions {
  readonly passphraseFile?: string
}

interface BackupOptions extends AccessPlace, TargetOptions {
  readonly full?: boolean
  readonly incremental?: boolean
  readonly keep?: Keep
  readonly archive?: ArchiveMode
}

/** How a backup that refers to an archive is to be treated. */
interface ArchiveOptions {
  readonly config?: string
  readonly withoutArchive?: boolean
}

interface RestoreOptions extends TargetOptions, ArchiveOptions {
  readonly data: string
  readonly id?: string
  readonly takeArchive?: boolean
}

interface VerifyOptions extends TargetOptions, ArchiveOptions {
  readonly id?: string
  readonly scratch: string
}

/** `vedette backup …` and `vedette restore`. */
export function addBackup(program: Command, exit: Exit): void {
  const backup = program
    .command('backup')
    .helpCommand(false)
    .summary('take, list, prove and remove backups')
    .description(
      'Backups of everything: samples, lines, spans, dashboards, users, silences, the state of alerts, the configuration. A target\n' +
        'is a folder, or s3://BUCKET/PREFIX with keys, region and address in the environment, as tools for S3 read them.',
    )
  withPassphrase(withAccessPlace(backup.command('create <target>', { isDefault: true })))
    .description(
      'Takes a backup of one point of time, while the server runs or not. Every one after the first writes only what is new.',
    )
    .option('--incremental', 'only what is new is written; it is so without this, too')
    .option('--full', 'write everything again')
    .addOption(
      new Option(
        '--keep <number|duration>',
        'remove older backups: 7 of them stay, or those of 30d',
      ).argParser(readKeep),
    )
    .addOption(
      new Option(
        '--archive <mode>',
        'what lies in the archive: include it, or refer to the objects of its bucket (default: as configured, else include)',
      ).choices(ARCHIVE_MODES),
    )
    .action(async (target: string, options: BackupOptions) =>
      runBackup(target, options, ownTerminal()),
    )
  addOthers(program, backup, exit)
}

/** What is done with backups that are there. */
function addOthers(program: Command, backup: Command, exit: Exit): void {
  withPassphrase(backup.command('list <target>'))
    .description('Lists the backups, the oldest first.')
    .action(async (target: string, options: TargetOptions) =>
      runList(target, options, ownTerminal()),
    )
  withPassphrase(backup.command('verify <target>'))
    .description(
      'Brings a backup back into a scratch folder, has every byte and every row proven, and removes it.',
    )
    .option('--id <id>', 'which one (default: the newest)')
    .addOption(new Option('--scratch <folder>', 'where there is room for it').default(tmpdir()))
    .option(
      '--config <path>',
      'of the server: has the keys of an archive that the backup refers to',
    )
    .option('--without-archive', 'do not look at the archive that the backup refers to')
    .action(async (target: string, options: VerifyOptions) => {
      exit.code = await runVerify(target, options, ownTerminal())
    })
  withPassphrase(program.command('restore <target>'))
    .summary('bring a backup back')
    .description(
      'Brings a backup back into an empty data directory. Files of the configuration are laid into DATA-config beside it, under\n' +
        'the paths that they had. Nothing that is there is overwritten.',
    )
    .addOption(new Option('--data <folder>', 'the data directory').makeOptionMandatory())
    .option('--id <id>', 'which one (default: the newest)')
    .option('--config <path>', 'with an archive: what lay in one goes there, not on the first disk')
    .option(
      '--take-archive',
      'the archive that the backup refers to belongs to the restored server from now on, and to no other',
    )
    .option('--without-archive', 'leave out what the backup refers to')
    .action(async (target: string, options: RestoreOptions) =>
      runRestore(target, options, ownTerminal()),
    )
}

function withPassphrase(command: Command): Command {
  return command.option(
    '--passphrase-file <file>',
    'a file with the passphrase that they are encrypted with (or VEDETTE_BACKUP_PASSPHRASE)',
  )
}

function readKeep(text: string): Keep {
  const keep = parseKeep(text)
  if (keep === undefined)
    throw new UsageError('--keep: a number of backups, such as 7, or an age, such as 30d')
  return keep
}

/** Opens the backups of a target for some work. */
async function withRepository<T>(
  target: string,
  options: TargetOptions,
  work: (repository: Repository) => Promise<T>,
  create = false,
): Promise<T> {
  const passphrase = readPassphrase(options)
  const repository = await Repository.open(openTarget(target, process.env), { passphrase, create })
  try {
    return await work(repository)
  } finally {
    await repository.close()
  }
}

function readPassphrase({ passphraseFile }: TargetOptions): string | undefined {
  const given = process.env['VEDETTE_BACKUP_PASSPHRASE']
  if (passphraseFile === undefined) return given === '' ? undefined : given
  const text = readFile(passphraseFile).replace(/\r?\n$/, '')
  const fault = passphraseFault(text)
  if (fault !== undefined) throw new UsageError(`the passphrase ${fault}`)
  return text
}

async function runBackup(
  target: string,
  options: BackupOptions,
  terminal: Terminal,
): Promise<void> {
  const config = loadPlace(options)
  await withRepository(
    target,
    options,
    async (repository) => {
      const startedMs = terminal.nowMs()
      const taken = await backUp(config, repository, {
        log: warningLog(terminal),
        isFull: options.full === true,
        ...(options.archive === undefined ? {} : { archiveMode: options.archive }),
        onProgress: progressOf(terminal),
      })
      const took = formatDurationMs(Math.max(1000, terminal.nowMs() - startedMs))
      terminal.write(
        `${taken.id}: ${taken.rows.toLocaleString('en-US')} rows, ${mebibytes(taken.doneBytes)}, of which ${mebibytes(taken.newBytes)} are new, in ${took}\n`,
      )
      if (taken.archive !== undefined) terminal.remark(`${describeArchive(taken.archive)}\n`)
      if (config.clickhouse !== undefined) {
        terminal.remark(
          'samples, lines and spans lie in the ClickHouse and are not in it: use BACKUP there\n',
        )
      }
      if (config.metadata.url !== undefined) {
        terminal.remark(
          'users, dashboards and silences lie in the PostgreSQL and are not in it: use pg_dump\n',
        )
      }
      if (options.keep === undefined) return
      if (taken.archive?.state === 'missing') {
        terminal.remark('no older backup is removed: they may have what this one lacks\n')
        return
      }
      const old = outdated(await repository.ids(), options.keep, terminal.nowMs())
      if (old.length === 0) return
      await repository.remove(old)
      terminal.write(`removed ${old.join(', ')}\n`)
    },
    true,
  )
}

async function runList(target: string, options: TargetOptions, terminal: Terminal): Promise<void> {
  await withRepository(target, options, async (repository) => {
    const manifests: Manifest[] = []
    for (const id of await repository.ids()) manifests.push(await repository.manifest(id))
    const rows = manifests.map((manifest) => [
      manifest.id,
      formatMinute(manifest.timeMs),
      manifest.tables.reduce((sum, table) => sum + table.rows, 0).toLocaleString('en-US'),
      mebibytes(bytesOf(manifest)),
      manifest.archive?.state ?? '-',
      manifest.version,
    ])
    terminal.write(formatTable(['id', 'taken', 'rows', 'size', 'archive', 'by'], rows))
  })
}

async function runVerify(
  target: string,
  options: VerifyOptions,
  terminal: Terminal,
): Promise<number> {
  return withRepository(target, options, async (repository) => {
    const manifest = await repository.manifest(options.id)
    const faults = await verifyBackup(repository, manifest, options.scratch, {
      log: warningLog(terminal),
      memoryBudgetBytes: BUDGET_BYTES,
      ...(options.withoutArchive === true ? { archive: 'left' } : verifiedArchive(options)),
    })
    if (manifest.archive !== undefined) terminal.remark(`${describeArchive(manifest.archive)}\n`)
    for (const fault of faults) terminal.write(`${fault}\n`)
    const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0).toLocaleString('en-US')
    terminal.write(
      faults.length === 0
        ? `${manifest.id} is whole: ${rows} rows in ${manifest.tables.length} tables came back and were proven\n`
        : `${manifest.id} is damaged\n`,
    )
    return faults.length === 0 ? 0 : 1
  })
}

async function runRestore(
  target: string,
  options: RestoreOptions,
  terminal: Terminal,
): Promise<void> {
  await withRepository(target, options, async (repository) => {
    const manifest = await repository.manifest(options.id)
    const dataFolder = path.resolve(options.data)
    const configFolder = `${dataFolder}-config`
    const startedMs = terminal.nowMs()
    await restoreBackup(
      repository,
      manifest,
      { dataFolder, configFolder },
      {
        ...{ log: warningLog(terminal), memoryBudgetBytes: BUDGET_BYTES },
        ...(options.withoutArchive === true ? { archive: 'left' } : restoredArchive(options)),
      },
    )
    if (manifest.archive !== undefined) terminal.remark(`${describeArchive(manifest.archive)}\n`)
    const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0).toLocaleString('en-US')
    const took = formatDurationMs(Math.max(1000, terminal.nowMs() - startedMs))
    terminal.write(
      `${rows} rows of ${new Date(timeOf(manifest.id)).toISOString()} are in ${dataFolder}, the configuration in ${configFolder}, in ${took}\n`,
    )
  })
}

/** One sentence on what became of what lay in the archive. */
function describeArchive({ state, place, rows, reason }: BackedUpArchive): string {
  const count = rows.toLocaleString('en-US')
  switch (state) {
    case 'included':
      return `${count} rows of the archive ${place} are in it`
    case 'referenced':
      return `${count} rows stay in the archive ${place}: the backup refers to its objects, and needs them`
    case 'missing':
      return `what lies in the archive ${place} is NOT in it: ${reason}`
    default:
      return state satisfies never
  }
}

function verifiedArchive(options: ArchiveOptions): { readonly archive?: ArchiveSettings } {
  const archive = readArchive(options)
  return archive === undefined ? {} : { archive }
}

function restoredArchive(options: RestoreOptions): { readonly archive?: RestoreArchive } {
  const settings = readArchive(options)
  if (settings === undefined) return {}
  return { archive: { settings, isTakenOver: options.takeArchive === true } }
}

function readArchive({ config }: ArchiveOptions): ArchiveSettings | undefined {
  if (config === undefined) return undefined
  const { archive } = loadPlace({ config })
  if (archive === undefined) throw new UsageError(`--config: ${config} has no section archive`)
  return archive
}

/** The engine of a restore: the default of the whole program. */
const BUDGET_BYTES = 450 * 1024 * 1024

function bytesOf(manifest: Manifest): number {
  return objectsOf(manifest).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
}

/** A line that is rewritten, on a terminal only. */
function progressOf(terminal: Terminal): (told: { readonly doneBytes: number }) => void {
  if (!terminal.isInteractive) return () => undefined
  return ({ doneBytes }) => terminal.remark(`\r${mebibytes(doneBytes)} \x1b[K`)
}

function readFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (thrown) {
    throw new UsageError(`--passphrase-file: ${messageOf(thrown)}`)
  }
}
