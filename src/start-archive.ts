import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { VedetteConfig } from './config.ts'
import type { Core } from './core.ts'
import type { ArchiveJson } from './contract/disk.ts'
import { countSetAside, type ArchiveDisk } from './engine/archive-disk.ts'
import { engineFolderOf } from './engine/data-dir.ts'
import type { ArchiveOption, EngineHandle } from './engine/supervise.ts'
import type { MetricFamily } from './model/metric-family.ts'
import { messageOf } from './model/problem.ts'
import {
  readArchiveNote,
  writeArchiveNote,
  type ArchiveNote,
} from './operate/archive/archive-note.ts'
import {
  nameOfPlace,
  type ArchivePlace,
  type ArchiveSettings,
} from './operate/archive/archive-section.ts'
import { probeArchive } from './operate/archive/probe-archive.ts'
import {
  listUpgradeBackups,
  removeUpgradeBackups,
  UPGRADE_BACKUP_KEPT_MS,
} from './operate/upgrade/upgrade-backups.ts'
import {
  joinRanges,
  listDueParts,
  moveToArchive,
  readArchived,
  type ArchivedShare,
  type DuePart,
} from './store/archive.ts'
import { archiveAway, type ArchivedSignal, type ArchiveGate } from './store/archive-gate.ts'
import type { StoreClient } from './store/client.ts'

const SIGNALS = ['metrics', 'logs', 'traces'] as const
/** How often it is looked whether the archive has come back, or whether there is something to move. */
const LOOK_EVERY_MS = 30_000
const STOP_PATIENCE_MS = 500
/** An engine that could not start with the archive is not started with it again before this, doubled each time. */
const FIRST_REFUSAL_MS = 30_000
const LONGEST_REFUSAL_MS = 3_600_000

/** What it needs of the program. */
export interface ArchiveCore extends Pick<Core, 'log' | 'registry' | 'ends'> {
  readonly config: () => Pick<VedetteConfig, 'archive' | 'dataFolder'>
}

/**
 * The archive of the data folder: says to the engine which second disk to use, to the stores what cannot be answered while it is away, and
 * moves old parts there. Without a section `archive` it only knows what was archived before.
 */
export class Archive implements ArchiveGate {
  readonly #core: ArchiveCore
  readonly #lookEveryMs: number
  readonly #settings: ArchiveSettings | undefined
  readonly #dataFolder: string
  #note: ArchiveNote | undefined
  /** Why it cannot be used now. */
  #away: string | undefined
  #refusals = 0
  #notBeforeMs = 0
  #shares: ReadonlyMap<ArchivedSignal, ArchivedShare> = new Map()
  #movedBytes = 0
  #isHeld = false
  #awaySinceMs: number | undefined
  #fault: { readonly reason: string; readonly atMs: number } | undefined
  #unreadableParts = 0
  #working: Promise<void> | undefined
  readonly #stop = new AbortController()

  /** Throws a `Problem` when the data folder's own note of it is damaged. */
  constructor(core: ArchiveCore, lookEveryMs = LOOK_EVERY_MS) {
    this.#core = core
    this.#lookEveryMs = lookEveryMs
    const { archive, dataFolder } = core.config()
    this.#settings = archive
    this.#dataFolder = dataFolder
    this.#note = readArchiveNote(dataFolder)
    if (this.#note !== undefined && archive === undefined) {
      this.#away = 'vedette.yml has no section `archive` any more: put it back'
      this.#awaySinceMs = Date.now()
      if (this.#hasData)
        core.log.error(`the archive ${this.#note.place} is away`, { reason: this.#away })
    }
    if (this.#note !== undefined || archive !== undefined)
      core.registry.collect(() => this.#families())
  }

  /** For the engine; undefined without a section `archive`. */
  get option(): ArchiveOption | undefined {
    const settings = this.#settings
    if (settings === undefined) return undefined
    return {
      place: async () => {
        if (Date.now() < this.#notBeforeMs) return undefined
        return (await this.#probe(settings)) ? diskOf(settings.place) : undefined
      },
      onRefused: (reason) => {
        this.#refusals += 1
        const waitMs = Math.min(LONGEST_REFUSAL_MS, FIRST_REFUSAL_MS * 2 ** (this.#refusals - 1))
        this.#notBeforeMs = Date.now() + waitMs
        this.#turnAway(settings, reason.slice(0, 500))
      },
    }
  }

  /** Why it cannot be used now; undefined when it can, and when nothing was ever archived. */
  get away(): string | undefined {
    return this.#away
  }

  /** For people who look at the state of the disk; undefined where there never was an archive. */
  describe(): ArchiveJson | undefined {
    const settings = this.#settings
    const note = this.#note
    if (settings === undefined && !this.#hasData) return undefined
    return {
      place: settings === undefined ? (note?.place ?? '') : nameOfPlace(settings.place),
      afterMs: settings?.afterMs ?? null,
      away: this.#away ?? null,
      awaySinceMs: this.#awaySinceMs ?? null,
      signals: SIGNALS.flatMap((signal) => {
        const share = this.#shares.get(signal)
        const range = share?.range ?? note?.ranges[signal]
        if (range === undefined) return []
        const { startMs: fromMs, endMs: toMs } = range
        return [{ signal, fromMs, toMs, rows: share?.rows ?? null, bytes: share?.bytes ?? null }]
      }),
      movedMs: note?.movedMs ?? null,
      movedBytes: this.#movedBytes,
      isHeld: this.#isHeld,
      fault: this.#fault ?? null,
      unreadableParts: this.#unreadableParts,
    }
  }

  refuse(signal: ArchivedSignal, startMs: number, endMs: number): void {
    const range = this.#note?.ranges[signal]
    if (this.#away === undefined || range === undefined || this.#note === undefined) return
    if (startMs < range.endMs && endMs >= range.startMs)
      throw archiveAway(this.#note.place, this.#away)
  }

  /** Begins to move, and to look for an archive that is away. Ends with the program. */
  begin(client: StoreClient, engine: EngineHandle): void {
    const settings = this.#settings
    if (settings === undefined) return
    const look = (): void => {
      this.#working ??= this.#look(settings, client, engine).finally(
        () => (this.#working = undefined),
      )
    }
    engine.whenReady(this.#stop.signal).then(look, () => undefined)
    const timer = setInterval(look, this.#lookEveryMs)
    timer.unref()
    this.#core.ends.push(async () => {
      clearInterval(timer)
      this.#stop.abort()
      // A part under way is given up with the engine: it stays where it was.
      await Promise.race([this.#working, sleep(STOP_PATIENCE_MS, undefined, { ref: false })])
    })
  }

  get #hasData(): boolean {
    return Object.keys(this.#note?.ranges ?? {}).length > 0
  }

  async #look(settings: ArchiveSettings, client: StoreClient, engine: EngineHandle): Promise<void> {
    if (!engine.ready || this.#stop.signal.aborted) return
    try {
      if (this.#away !== undefined) {
        if (Date.now() >= this.#notBeforeMs && (await this.#probe(settings)))
          engine.restart('the archive is back')
        return
      }
      await this.#moveAll(settings, client)
      this.#refusals = 0
      this.#fault = undefined
    } catch (thrown) {
      if (this.#stop.signal.aborted) return
      const reason = messageOf(thrown).slice(0, 500)
      this.#fault = { reason, atMs: Date.now() }
      this.#core.log.warn(
        'old data could not be moved to the archive now; it stays where it is and is tried again',
        { reason },
      )
    }
  }

  async #moveAll(settings: ArchiveSettings, client: StoreClient): Promise<void> {
    await this.#takeStock(settings, client)
    if (this.#isHeldByUpgrade()) return
    const due = await listDueParts(client, settings.signals, Date.now() - settings.afterMs)
    let bytes = 0
    for (const part of due) {
      if (this.#stop.signal.aborted) break
      const startedMs = performance.now()
      await this.#move(part, client)
      bytes += part.bytes
      const restMs = (part.bytes / settings.bytesPerSecond) * 1000 - (performance.now() - startedMs)
      if (restMs > 0)
        await sleep(restMs, undefined, { signal: this.#stop.signal }).catch(() => undefined)
    }
    if (bytes === 0) return
    this.#core.log.info('old data was moved to the archive', { parts: due.length, bytes })
    await this.#takeStock(settings, client)
  }

  /** As long as there is a way back from an upgrade, parts stay where it looks for them. Moving them would free nothing either: that backup holds their files. */
  #isHeldByUpgrade(): boolean {
    for (const folder of removeUpgradeBackups(
      this.#dataFolder,
      Date.now() - UPGRADE_BACKUP_KEPT_MS,
    ))
      this.#core.log.info('removed the backup of an upgrade of more than a week ago', { folder })
    const isHeld = listUpgradeBackups(this.#dataFolder).length > 0
    if (isHeld && !this.#isHeld)
      this.#core.log.info('nothing is moved to the archive while the backup of an upgrade is kept')
    this.#isHeld = isHeld
    return isHeld
  }

  /** What is noted is never less than what is there: first the note, then the move. */
  async #move(part: DuePart, client: StoreClient): Promise<void> {
    const note = this.#note
    if (note === undefined) return
    const range = joinRanges(note.ranges[part.signal], part.range)
    this.#keep({ ...note, ranges: { ...note.ranges, [part.signal]: range } })
    await moveToArchive(client, part)
    this.#movedBytes += part.bytes
    if (this.#note !== undefined) this.#keep({ ...this.#note, movedMs: Date.now() })
  }

  async #takeStock(settings: ArchiveSettings, client: StoreClient): Promise<void> {
    this.#shares = await readArchived(client)
    const missing = countSetAside(
      path.join(engineFolderOf(this.#dataFolder), 'db'),
      diskOf(settings.place),
    )
    this.#unreadableParts = missing
    if (missing > 0) {
      this.#core.log.error(
        `parts of the archive ${nameOfPlace(settings.place)} cannot be read: their objects are gone, or refused`,
        { parts: missing },
      )
      return
    }
    // What retention has dropped since is noted no more.
    const ranges = Object.fromEntries(
      [...this.#shares].map(([signal, { range }]) => [signal, range]),
    )
    if (this.#note !== undefined) this.#keep({ ...this.#note, ranges })
  }

  async #probe(settings: ArchiveSettings): Promise<boolean> {
    const place = nameOfPlace(settings.place)
    const note = this.#note ?? { id: randomUUID(), place, ranges: {} }
    const reason = await probeArchive(settings.place, note)
    if (reason !== undefined) {
      this.#turnAway(settings, reason)
      return false
    }
    if (this.#away !== undefined) this.#core.log.info(`the archive ${place} is back`)
    this.#away = undefined
    this.#awaySinceMs = undefined
    this.#keep({ ...note, place })
    return true
  }

  #turnAway({ place }: ArchiveSettings, reason: string): void {
    if (reason !== this.#away) {
      this.#core.log.error(
        `the archive ${nameOfPlace(place)} is away: data here goes on being served and written, queries that reach into archived days are refused; it is looked for every ${LOOK_EVERY_MS / 1000} s`,
        { reason },
      )
    }
    this.#away = reason
    this.#awaySinceMs ??= Date.now()
  }

  #keep(note: ArchiveNote): void {
    if (JSON.stringify(note) === JSON.stringify(this.#note)) return
    writeArchiveNote(this.#dataFolder, note)
    this.#note = note
  }

  #families(): readonly MetricFamily[] {
    const gauge = (name: string, help: string, metrics: MetricFamily['metrics']): MetricFamily => ({
      ...{ name, help, type: 'gauge', metrics },
    })
    const shares = [...this.#shares]
    return [
      gauge('vedette_archive_up', 'Whether the archive can be used.', [
        { suffix: '', labels: [], value: this.#away === undefined ? 1 : 0 },
      ]),
      gauge(
        'vedette_archive_size_bytes',
        'What lies in the archive.',
        shares.map(([signal, { bytes }]) => ({
          suffix: '',
          labels: ['signal', signal],
          value: bytes,
        })),
      ),
      {
        ...{ name: 'vedette_archive_moved_bytes_total', help: 'What was moved to the archive.' },
        type: 'counter',
        metrics: [{ suffix: '', labels: [], value: this.#movedBytes }],
      },
    ]
  }
}

/** As the engine names it. */
export function diskOf(place: ArchivePlace): ArchiveDisk {
  if (place.kind === 'folder') return place
  const { endpoint, bucket, prefix, region, accessKey, secretKey, cacheBytes } = place
  return {
    ...{ kind: 's3', url: `${endpoint}/${bucket}/${prefix}`, region, cacheBytes },
    ...{ accessKeyId: accessKey, secretAccessKey: secretKey.reveal() },
  }
}
