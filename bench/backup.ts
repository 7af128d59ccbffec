// How long a backup and a restore take: 50 million samples, 5 million lines and 5 million spans, each by itself, made in the engine with the entropy of real ones.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { loadConfig } from '../src/config.ts'
import { startEngine } from '../src/engine/supervise.ts'
import { folderTarget } from '../src/operate/backup/folder-target.ts'
import { Repository } from '../src/operate/backup/repository.ts'
import { silentLog } from '../src/self/log.ts'
import { backUp, restoreBackup } from '../src/start-backup.ts'
import { StoreClient } from '../src/store/client.ts'
import { migrate } from '../src/store/migrate.ts'

const { values: args } = parseArgs({
  options: {
    signals: { type: 'string', default: 'samples,lines,spans' },
    // Of the full number, for a trial.
    scale: { type: 'string', default: '1' },
    folder: { type: 'string', default: tmpdir() },
  },
})
const BAR_SECONDS = 60
/** Of the engine that makes the rows; that of backup and restore has the default. */
const ENGINE_BYTES = 2048 * 1024 * 1024
const BUDGET_BYTES = 450 * 1024 * 1024
const PER_INSERT = 250_000
const START_MS = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 3 * 86_400_000

interface Signal {
  readonly rows: number
  readonly table: string
  /** Rows `first` to `first + count` of what is made. */
  readonly insert: (first: number, count: number) => string
}

const ms = (every: number): string =>
  `toInt64(${START_MS}) + intDiv(number, 10000) * ${every} + number % 10000 % 977`
const SIGNALS: Readonly<Record<string, Signal>> = {
  // Ten thousand series every 15 s: a third counters, a third gauges that move, a third that stand still.
  samples: {
    rows: 50_000_000,
    table: 'samples',
    insert: (first, count) =>
      `INSERT INTO {db}.samples (keep, mh, id, ts, v) SELECT 0, toUInt32(cityHash64(number % 200)), cityHash64(number % 10000),
         fromUnixTimestamp64Milli(${ms(15_000)}, 'UTC'),
         multiIf(number % 3 = 0, intDiv(number, 10000) * 17 + cityHash64(number) % 40, number % 3 = 1, round(50 + 20 * sin(number / 3e6) + (cityHash64(number) % 1000) / 100, 2), toFloat64(number % 10000))
       FROM numbers(${first}, ${count})`,
  },
  // Access logs of two hundred streams with ids, addresses and durations.
  lines: {
    rows: 5_000_000,
    table: 'lines',
    insert: (first, count) =>
      `INSERT INTO {db}.lines (keep, id, ts, seq, body, meta) SELECT 0, cityHash64(number % 200), fromUnixTimestamp64Nano((toInt64(${START_MS}) + intDiv(number, 20)) * 1000000 + number % 1000000, 'UTC'), 0,
         concat('level=', ['info','info','info','warn','error'][cityHash64(number) % 5 + 1], ' method=GET path=/api/v1/', ['users','orders','items','login'][cityHash64(number, 1) % 4 + 1], '/', toString(cityHash64(number, 2) % 100000),
           ' status=', toString([200, 200, 200, 404, 500][cityHash64(number, 3) % 5 + 1]), ' duration=', toString(cityHash64(number, 4) % 90000 / 100), 'ms remote=10.', toString(cityHash64(number, 5) % 256), '.', toString(cityHash64(number, 6) % 256), '.7 request_id=', lower(hex(cityHash64(number, 7)))), map()
       FROM numbers(${first}, ${count})`,
  },
  spans: {
    rows: 5_000_000,
    table: 'spans',
    insert: (first, count) =>
      `INSERT INTO {db}.spans (keep, res, ts, dur, trace, span, parent, name, kind, status, message, state, scope, attrs, events, links)
       SELECT 0, cityHash64(number % 20), fromUnixTimestamp64Nano((toInt64(${START_MS}) + intDiv(number, 20)) * 1000000 + number % 1000000, 'UTC'), toInt64(cityHash64(number, 1) % 90000000),
         reinterpretAsFixedString(toUInt128(cityHash64(intDiv(number, 8))) * 18446744073709551557 + intDiv(number, 8)), cityHash64(number, 2), if(number % 8 = 0, 0, cityHash64(number - 1, 2)), concat('GET /api/', toString(number % 40)), 1 + number % 5, if(cityHash64(number) % 50 = 0, 2, 0), '', '', '["otel","1.0",{}]',
         map('http.method', 'sGET', 'http.route', concat('s/api/', toString(number % 40)), 'http.status_code', 'i200', 'net.peer.ip', concat('s10.0.', toString(cityHash64(number, 3) % 256), '.', toString(cityHash64(number, 4) % 256)), 'user.id', concat('i', toString(cityHash64(number, 5) % 100000))), '', ''
       FROM numbers(${first}, ${count})`,
  },
}

const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now()
  await work()
  return (performance.now() - begun) / 1000
}

async function fill(dataDir: string, { rows, table, insert }: Signal): Promise<number> {
  const engine = await startEngine({ dataDir, memoryBudgetBytes: ENGINE_BYTES, log: silentLog() })
  const { url, socketPath } = engine
  const client = new StoreClient({ url, socketPath, database: 'vedette' })
  try {
    await engine.whenReady()
    await migrate(client)
    const wanted = Math.round(rows * Number(args.scale))
    for (let first = 0; first < wanted; first += PER_INSERT) {
      await client.command(insert(first, Math.min(PER_INSERT, wanted - first)), {
        max_insert_block_size: 65_536,
        min_insert_block_size_rows: 250_000,
        max_partitions_per_insert_block: 0,
      })
    }
    const [row] = await client.rows(`SELECT count() AS n FROM {db}.${table}`)
    return Number(row?.['n'])
  } finally {
    await client.close()
    await engine.stop()
  }
}

async function measure(name: string, signal: Signal): Promise<void> {
  const folder = mkdtempSync(path.join(args.folder, 'vedette-bench-backup-'))
  const dataFolder = path.join(folder, 'data')
  try {
    mkdirSync(dataFolder)
    const rows = await fill(dataFolder, signal)
    const loaded = loadConfig({ flags: { data: dataFolder, promtail: 'off' }, env: {} })
    if (!loaded.ok) throw new Error('the defaults are no configuration')
    const target = folderTarget(path.join(folder, 'target'))
    const repository = await Repository.open(target, { passphrase: undefined, create: true })
    let bytes = 0
    const backup = await seconds(async () => {
      const taken = await backUp(loaded.config, repository, { log: silentLog(), isFull: true })
      bytes = taken.doneBytes
    })
    const manifest = await repository.manifest()
    const restore = await seconds(() =>
      restoreBackup(
        repository,
        manifest,
        { dataFolder: path.join(folder, 'back'), configFolder: path.join(folder, 'back-config') },
        { log: silentLog(), memoryBudgetBytes: BUDGET_BYTES },
      ),
    )
    const isWithin = backup <= BAR_SECONDS && restore <= BAR_SECONDS
    console.log(
      `| ${rows.toLocaleString('en-US')} ${name} | ${(bytes / 1024 ** 2).toFixed(0)} MiB | ${backup.toFixed(1)} s | ${restore.toFixed(1)} s | ${isWithin ? 'within' : 'OVER'} ${BAR_SECONDS} s |`,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const [load = 0] = loadavg()
if (load > 0.5) {
  console.log(
    `the machine is not quiet (load ${load.toFixed(1)}, ${readFileSync('/proc/loadavg', 'utf8').split(' ')[3]} running): these figures are upper bounds`,
  )
}
console.log('| rows | size | backup | restore | bar |\n|---|---|---|---|---|')
for (const name of args.signals.split(',')) {
  const signal = SIGNALS[name]
  if (signal === undefined)
    throw new Error(`--signals: ${name} is none of ${Object.keys(SIGNALS).join(', ')}`)
  await measure(name, signal)
}
