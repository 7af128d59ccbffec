import type { Core } from './core.ts'
import type { MetricFamily } from './model/metric-family.ts'
import { messageOf } from './model/problem.ts'
import type { WorkShare } from './model/work-share.ts'
import type { BackupSettings } from './operate/backup/backup-section.ts'
import { outdated } from './operate/backup/keep.ts'
import { readLastBackup } from './operate/backup/last-backup.ts'
import { openTarget } from './operate/backup/open-target.ts'
import { Repository } from './operate/backup/repository.ts'
import { backUpWith } from './start-backup.ts'
import type { StoreClient } from './store/client.ts'
import type { Metadata } from './store/metadata/metadata.ts'

/** The first one of a server that has never had one waits so long, for it to have started. */
const FIRST_AFTER_MS = 60_000
/** After one that failed. */
const RETRY_MS = 10 * 60_000
const LOOK_EVERY_MS = 15_000

/** What is backed up. */
export interface ScheduledSource {
  /** Undefined with a ClickHouse. */
  readonly client: StoreClient | undefined
  readonly metadata: Metadata
  readonly env: Readonly<Record<string, string | undefined>>
  /** Of members of a cluster one takes backups. */
  readonly work: WorkShare | undefined
}

/** Taking backups, as a piece of shared work. */
const WORK_KEY = 'backups'

/** Takes backups as `backup:` says, and tells metrics of the newest one, also of one that was taken by hand. */
export function startScheduledBackups(core: Core, source: ScheduledSource): void {
  const { registry, log, config } = core
  const failures = registry.counter(
    'vedette_backup_failures_total',
    'Scheduled backups that failed.',
  )
  registry.collect(() => familiesOf(config().dataFolder, config().backup?.metric))
  let running: Promise<void> | undefined
  let notBeforeMs = Date.now() + FIRST_AFTER_MS
  const look = (): void => {
    const settings = config().backup
    if (settings === undefined || running !== undefined || Date.now() < notBeforeMs) return
    if (source.work?.isMine(WORK_KEY) === false) return
    const last = readLastBackup(config().dataFolder)
    if (last !== undefined && Date.now() - last.timeMs < settings.everyMs) return
    running = takeOne(core, source, settings)
      .catch((thrown: unknown) => {
        failures.inc()
        notBeforeMs = Date.now() + RETRY_MS
        log.error('a backup failed; it is tried again in ten minutes', {
          reason: messageOf(thrown),
        })
      })
      .finally(() => (running = undefined))
  }
  const timer = setInterval(look, LOOK_EVERY_MS)
  timer.unref()
  core.ends.push(() => clearInterval(timer))
}

async function takeOne(
  core: Core,
  source: ScheduledSource,
  settings: BackupSettings,
): Promise<void> {
  const passphrase = settings.passphrase?.reveal()
  const target = openTarget(settings.target, source.env)
  const repository = await Repository.open(target, { passphrase, create: true })
  try {
    const isOwn = source.metadata.kind === 'sqlite'
    const taken = await backUpWith(core.config(), repository, {
      client: source.client,
      metadata: isOwn ? source.metadata : undefined,
      isFull: false,
    })
    const { id, newBytes, rows } = taken
    core.log.info('a backup was taken', { id, rows, new_bytes: newBytes, target: target.name })
    if (taken.archive?.state === 'missing') {
      core.log.warn('the backup lacks what lies in the archive; no older one is removed for it', {
        ...{ id, archive: taken.archive.place, reason: taken.archive.reason },
      })
      return
    }
    const old =
      settings.keep === undefined ? [] : outdated(await repository.ids(), settings.keep, Date.now())
    if (old.length > 0) await repository.remove(old)
  } finally {
    await repository.close()
  }
}

function familiesOf(dataFolder: string, second: string | undefined): readonly MetricFamily[] {
  const last = readLastBackup(dataFolder)
  if (last === undefined) return []
  const gauge = (name: string, help: string, value: number): MetricFamily => ({
    ...{ name, help, type: 'gauge' },
    metrics: [{ suffix: '', labels: [], value }],
  })
  const help = 'When the newest backup was taken.'
  return [
    gauge('vedette_last_backup_timestamp_seconds', help, last.timeMs / 1000),
    gauge('vedette_last_backup_size_bytes', 'Of its content, not packed.', last.sizeBytes),
    gauge('vedette_last_backup_duration_seconds', 'How long it took.', last.tookMs / 1000),
    ...(second === undefined ? [] : [gauge(second, help, last.timeMs / 1000)]),
  ]
}
