import { Option, type Command } from 'commander'
import { parseSeriesSelector } from '../lang/promql/parse.ts'
import { matcher, type Matcher } from '../model/matcher.ts'
import { messageOf } from '../model/problem.ts'
import { listExported, nameOfDay, type ExportWish } from '../operate/archive/export-archive.ts'
import { openTarget } from '../operate/backup/open-target.ts'
import { exportArchive, readArchiveShares } from '../start-export.ts'
import { loadPlace } from './load-place.ts'
import { withAccessPlace, type AccessPlace } from './open-access.ts'
import { mebibytes } from './mebibytes.ts'
import { formatTable } from './table.ts'
import { ownTerminal, type Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'
import { warningLog } from './warning-log.ts'

const SIGNALS = ['metrics', 'logs', 'traces'] as const
type Signal = (typeof SIGNALS)[number]
const DAY_MS = 86_400_000

interface ExportOptions extends AccessPlace {
  readonly signal: readonly Signal[]
  readonly from?: number
  readonly to?: number
  readonly match?: string
  readonly compression: ExportWish['compression']
}

/** `vedette archive …`. */
export function addArchive(program: Command): void {
  const archive = program
    .command('archive')
    .helpCommand(false)
    .summary('export old data as Parquet, see what is archived')
    .description(
      'Old data as files for other tools, and what lies in the archive that vedette.yml names (archive).',
    )
  withAccessPlace(archive.command('export <target>'))
    .summary('write Parquet files')
    .description(
      'Writes a Parquet file for each signal and UTC day that is over, to a folder or to s3://BUCKET/PREFIX (with keys, region and\n' +
        'address in the environment), while the server runs or not. A file that is there is not made again: the same command goes on\n' +
        'where it was interrupted, and adds new days.',
    )
    .addOption(
      new Option('--format <format>', 'the only one there is')
        .choices(['parquet'])
        .default('parquet'),
    )
    .addOption(
      new Option('--signal <signal...>', 'which ones').choices(SIGNALS).default(SIGNALS, 'all'),
    )
    .addOption(new Option('--from <day>', 'the first day, such as 2026-10-01').argParser(readDay))
    .addOption(
      new Option('--to <day>', 'the day after the last (default: today)').argParser(readDay),
    )
    .option('--match <selector>', 'only series or streams such as {job="node"}; not for traces')
    .addOption(
      new Option('--compression <name>', 'of the files')
        .choices(['zstd', 'snappy'])
        .default('zstd'),
    )
    .action(async (target: string, options: ExportOptions) =>
      runExport(target, options, ownTerminal()),
    )
  withAccessPlace(archive.command('list [target]'))
    .summary('what lies in the archive, or in a target of export')
    .description(
      'Without a target: what lies in the archive of the server. With one: the files that were exported to it.',
    )
    .action(async (target: string | undefined, options: AccessPlace) => {
      await (target === undefined
        ? runListArchive(options, ownTerminal())
        : runListTarget(target, ownTerminal()))
    })
}

function readDay(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(ms)) throw new UsageError(`${text}: a day is written as 2026-10-01`)
  return ms / DAY_MS
}

async function runExport(place: string, options: ExportOptions, terminal: Terminal): Promise<void> {
  const wish = readWish(options, Math.floor(terminal.nowMs() / DAY_MS))
  const target = openTarget(place, process.env)
  let [files, bytes, skipped] = [0, 0, 0]
  try {
    await exportArchive(loadPlace(options), target, wish, {
      log: warningLog(terminal),
      onFile: ({ key, sizeBytes, isNew }) => {
        if (isNew) terminal.write(`${key}  ${mebibytes(sizeBytes)}\n`)
        files += isNew ? 1 : 0
        skipped += isNew ? 0 : 1
        bytes += sizeBytes
      },
    })
  } finally {
    await target.close()
  }
  const before = skipped === 0 ? '' : `, ${skipped} were there already`
  terminal.write(`${files} files of ${mebibytes(bytes)} are in ${target.name}${before}\n`)
}

function readWish(options: ExportOptions, today: number): ExportWish {
  const { signal, from = 0, to = today, match, compression } = options
  if (to > today)
    throw new UsageError(`--to: ${nameOfDay(today)} is not over yet: only whole days are exported`)
  if (match !== undefined && signal.includes('traces')) {
    throw new UsageError('--match is for metrics and logs: name them with --signal metrics')
  }
  const matchers = match === undefined ? [] : readSelector(match)
  return { signals: signal, fromDay: from, toDay: to, matchers, match, compression }
}

function readSelector(text: string): readonly Matcher[] {
  const parsed = parseSeriesSelector(text)
  if (!parsed.ok) {
    throw new UsageError(
      `--match: not a selector such as {job="node"}: ${parsed.faults[0]?.message ?? text}`,
    )
  }
  try {
    return parsed.matchers.map(({ name, op, value }) => matcher(name, op, value))
  } catch (thrown) {
    throw new UsageError(`--match: ${messageOf(thrown)}`)
  }
}

async function runListTarget(place: string, terminal: Terminal): Promise<void> {
  const target = openTarget(place, process.env)
  try {
    const rows = (await listExported(target)).map(({ key, sizeBytes }) => [
      key,
      mebibytes(sizeBytes),
    ])
    terminal.write(formatTable(['file', 'size'], rows))
  } finally {
    await target.close()
  }
}

async function runListArchive(options: AccessPlace, terminal: Terminal): Promise<void> {
  const shares = await readArchiveShares(loadPlace(options), warningLog(terminal))
  const rows = [...shares].map(([signal, { parts, rows: count, bytes, range }]) => [
    signal,
    nameOfDay(range.startMs / DAY_MS),
    nameOfDay(range.endMs / DAY_MS - 1),
    count.toLocaleString('en-US'),
    mebibytes(bytes),
    String(parts),
  ])
  terminal.write(formatTable(['signal', 'from', 'to', 'rows', 'size', 'parts'], rows))
}
