import { realpath, stat, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import type { Labels } from '../../../model/labels.ts'
import { messageOf } from '../../../model/problem.ts'
import type { Log } from '../../../self/log.ts'
import type { Outbox } from '../outbox.ts'
import type { FilePosition } from '../positions/position-record.ts'
import type { Positions } from '../positions/positions.ts'
import type { ReadClock } from '../read-clock.ts'
import type { StageProgram } from '../stages/entry.ts'
import type { TailMetrics } from '../tail-metrics.ts'
import { CompressedRead } from './compressed-read.ts'
import type { FileEvents } from './file-events.ts'
import { FileLines } from './file-lines.ts'
import { FileTail } from './file-tail.ts'
import { hasHead } from './file-head.ts'
import { findMoved } from './find-moved.ts'
import { findPosition } from './find-position.ts'
import { globFiles, matchesPath } from './glob-files.ts'
import { isForbidden, openFile, type OpenFile } from './open-file.ts'
import type { ReadSlots } from './read-slots.ts'
import type { TextForm } from './split-lines.ts'
import { isCompressedName, type Compression } from './uncompress.ts'

/** A folder in which files come and go all the time is looked through once a second. */
const SCAN_PAUSE_MS = 1000
const SETTLE_MS = 50
const POLL_MS = 1000
/** Growth that no event told of, so often, means that events do not come here, as on a network share. */
const MISSED_EVENTS = 3
/** Files are named once each as long as there are not more. */
const MAX_SAID = 1000

/** What all targets share. */
export interface FileDeps {
  readonly positions: Positions
  readonly outbox: Outbox
  readonly clock: ReadClock
  readonly slots: ReadSlots
  readonly events: FileEvents
  readonly metrics: TailMetrics
  readonly log: Log
  /** What this program writes itself, which is never read: that would not end. */
  readonly ownFolder: string
  /** Positions that are being read now. */
  readonly inUse: Set<FilePosition>
  /** Where the files are met first that another program has read. */
  readonly takenOver: ReadonlyMap<string, number>
}

export interface FileTargetOptions {
  readonly job: string
  readonly pattern: string
  /** '' for none. */
  readonly exclude: string
  readonly labels: Labels
  readonly program: StageProgram
  readonly form: TextForm
  /** Undefined: files are text. */
  readonly compression: Compression | undefined
  readonly scanIntervalMs: number
  readonly maxFiles: number
  /** Whether it is worth a warning when one of the files cannot be read. */
  readonly isAskedFor: boolean
  /** Whether a file that matches is one of logs; asked once for each. */
  readonly accepts: (file: string, handle: FileHandle) => Promise<boolean>
  /** Where a file begins that is met for the first time; 0 for its start. */
  readonly firstOffset: (handle: FileHandle, sizeBytes: number) => Promise<number>
}

/** The files of one pattern with one set of labels: finds them, follows them, and lets go of those that are gone. */
export class FileTarget {
  readonly #options: FileTargetOptions
  readonly #deps: FileDeps
  readonly #log: Log
  /** By path: the file that is there now. */
  readonly #tails = new Map<string, FileTail | CompressedRead>()
  /** Renamed ones that are read to their end. */
  readonly #leaving = new Set<FileTail | CompressedRead>()
  /** Where links lead, by the path that events name. */
  readonly #linked = new Map<string, string>()
  readonly #said = new Set<string>()
  /** Files that are none of logs, by path, with their inode. */
  readonly #rejected = new Map<string, number>()
  /** That this user may not read, of those that nobody asked for. */
  readonly #forbidden = new Set<string>()
  /** Of which events told since the last scan. */
  readonly #heard = new Set<string>()
  #missed = 0
  #turn: Promise<void> = Promise.resolve()
  #scanTimer: NodeJS.Timeout | undefined
  #pollTimer: NodeJS.Timeout | undefined
  #scanning: Promise<void> | undefined
  #scannedMs = Number.NEGATIVE_INFINITY
  #isFirstScan = true
  /** While files are opened that were renamed before the start: the ones in their places come after all of them. */
  #isReadingMoved = false
  /** Since the last scan there are watches that there were not before. */
  #isWatchNew = false
  /** Something has changed since the last scan began. */
  #isScanOld = false
  /** Files of which another program's position was taken over: what comes to their place later is read from its start. */
  readonly #takenOver = new Set<string>()
  #isStopped = false
  readonly #listener = (file: string, isNew: boolean): void => this.#hear(file, isNew)

  constructor(options: FileTargetOptions, deps: FileDeps) {
    this.#options = options
    this.#deps = deps
    this.#log = deps.log.child({ job: options.job })
  }

  start(): void {
    this.#deps.metrics.targetsActive.inc()
    this.#scanSoon(0)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#scanTimer)
    clearInterval(this.#pollTimer)
    this.#deps.events.leave(this.#listener)
    this.#deps.metrics.targetsActive.dec()
    await this.#scanning
    await this.#turn
    await Promise.all([...this.#tails.values(), ...this.#leaving].map((tail) => tail.stop()))
  }

  #hear(event: string, isNew: boolean): void {
    const file = this.#linked.get(event) ?? event
    const known = this.#tails.get(file)
    this.#heard.add(file)
    known?.wake()
    if (!isNew) return
    this.#lookAgain()
    if (this.#isNamed(file)) void this.#consider(file)
  }

  /** Soon, and also when a scan is under way, which may be past what has changed. */
  #lookAgain(): void {
    this.#isScanOld = true
    this.#scanSoon(SETTLE_MS)
  }

  #scanSoon(delayMs: number): void {
    if (this.#isStopped || this.#scanning !== undefined) return
    const leastMs = this.#scannedMs + SCAN_PAUSE_MS - performance.now()
    clearTimeout(this.#scanTimer)
    this.#scanTimer = setTimeout(
      () => {
        this.#scanning = this.#scan().finally(() => {
          this.#scanning = undefined
          this.#scannedMs = performance.now()
          this.#scanSoon(this.#isScanOld ? SETTLE_MS : this.#options.scanIntervalMs)
        })
      },
      Math.max(delayMs, leastMs),
    )
  }

  async #scan(): Promise<void> {
    const { pattern, maxFiles } = this.#options
    this.#isScanOld = false
    try {
      const found = await globFiles(pattern, maxFiles)
      if (found.isCut) {
        this.#sayOnce(pattern, 'too many files match a pattern: some are not read', { maxFiles })
      }
      const files = found.files.filter((file) => !this.#isExcluded(file))
      const folders = new Set(found.folders)
      this.#linked.clear()
      if (this.#isFirstScan) await this.#readMoved(false)
      for (const file of files) {
        if (this.#isStopped) return
        await this.#noteLink(file, folders)
        await this.#consider(file)
      }
      if (this.#isFirstScan) await this.#readMoved(true)
      const { isWhole, hasNew } = this.#deps.events.follow(this.#listener, folders)
      if (!isWhole) this.#poll()
      // Nobody told what happened between the look into a folder and its being watched.
      if (hasNew) this.#isScanOld = true
      this.#isWatchNew = hasNew
      const now = new Set(files)
      for (const [file, tail] of this.#tails) if (!now.has(file)) tail.wake()
      this.#heard.clear()
      if (this.#isFirstScan && this.#forbidden.size > 0) {
        this.#log.info('some log files may not be read by this user', {
          files: this.#forbidden.size,
        })
      }
      this.#isFirstScan = false
    } catch (thrown) {
      this.#log.warn('log files cannot be looked for', { pattern, reason: messageOf(thrown) })
    }
  }

  /** A link is watched where it leads, too. */
  async #noteLink(file: string, folders: Set<string>): Promise<void> {
    const real = await realpath(file).catch(() => file)
    if (real === file) return
    folders.add(path.dirname(real))
    this.#linked.set(real, file)
  }

  /** Begins to read a file that is not read yet; wakes the reader of one that has grown without an event. One file at a time. */
  #consider(file: string): Promise<void> {
    this.#turn = this.#considerAfter(this.#turn, file)
    return this.#turn
  }

  async #considerAfter(turn: Promise<void>, file: string): Promise<void> {
    await turn
    if (this.#isStopped) return
    const known = this.#tails.get(file)
    const now = await stat(file, { bigint: true }).catch(() => undefined)
    if (now === undefined) known?.wake()
    else if (known?.position.inode === String(now.ino) && known.isInPlace) {
      this.#checkGrowth(file, known, Number(now.size))
    } else await this.#open(file)
  }

  async #open(file: string): Promise<void> {
    try {
      if (await this.#isRejected(file)) return
      const opened = await openFile(file)
      if ('what' in opened) {
        const { what } = opened
        // A wildcard that matches folders means the files beside them.
        if (what === 'a folder') this.#log.debug('a folder is not read', { file })
        else if (what !== undefined)
          this.#sayOnce(file, 'not a regular file: it is not read', { what })
        return
      }
      await this.#read(file, opened)
    } catch (thrown) {
      if (this.#options.isAskedFor || !isForbidden(thrown)) {
        this.#sayOnce(file, 'a log file cannot be read', { reason: messageOf(thrown) })
      } else this.#forbidden.add(file)
    }
  }

  /** Whether it is still the file that was looked into and is none of logs. */
  async #isRejected(file: string): Promise<boolean> {
    const rejected = this.#rejected.get(file)
    if (rejected === undefined) return false
    const now = await stat(file).catch(() => undefined)
    if (now?.ino === rejected) return true
    this.#rejected.delete(file)
    return false
  }

  #checkGrowth(file: string, tail: FileTail | CompressedRead, sizeBytes: number): void {
    tail.position.seenMs = Date.now()
    if (tail.hasSeen(sizeBytes)) return
    const isTold = this.#heard.has(file) || this.#isWatchNew
    if (!isTold && ++this.#missed >= MISSED_EVENTS) this.#poll()
    tail.wake()
  }

  #poll(): void {
    if (this.#pollTimer !== undefined || this.#isStopped) return
    this.#pollTimer = setInterval(() => {
      for (const tail of this.#tails.values()) tail.wake()
    }, POLL_MS)
    this.#pollTimer.unref()
  }

  /** Follows an open file, unless there is a reason not to; then it is closed. */
  async #read(file: string, opened: OpenFile, isAside = false): Promise<void> {
    try {
      if (await this.#isWanted(file, opened)) {
        await this.#follow(file, opened, isAside)
        return
      }
    } catch (thrown) {
      await opened.handle.close()
      throw thrown
    }
    await opened.handle.close()
  }

  async #isWanted(file: string, { handle, stats }: OpenFile): Promise<boolean> {
    const inode = String(stats.ino)
    const own = [...this.#tails.values(), ...this.#leaving]
    // Renamed, and still being read under the name that it had.
    if (own.some((tail) => tail.isReadingOn && tail.position.inode === inode)) return false
    if (!this.#isReadable(file)) return false
    if (await this.#options.accepts(file, handle)) return true
    this.#rejected.set(file, Number(stats.ino))
    return false
  }

  /** `isAside`: another file is at its path already and stays there. */
  async #follow(file: string, opened: OpenFile, isAside: boolean): Promise<void> {
    const { job, form, program, labels, compression } = this.#options
    const { positions, outbox, clock, inUse, metrics, slots } = this.#deps
    const { position, isKnown } = await findPosition(opened, {
      ...{ positions, inUse, job, file },
      firstOffset: (handle, sizeBytes) => this.#firstOffset(file, handle, sizeBytes),
    })
    position.seenMs = Date.now()
    const lines = new FileLines({
      ...{ outbox, clock, position, program, form },
      labels: labels.with({ filename: file }),
    })
    const figures = metrics.openFile(file)
    const onEnd = (): void => {
      inUse.delete(position)
      metrics.closeFile(file)
      this.#leaving.delete(tail)
      if (this.#tails.get(file) === tail) this.#tails.delete(file)
    }
    const onLeft = (): void => {
      this.#leaving.add(tail)
      if (this.#tails.get(file) === tail) this.#tails.delete(file)
      if (this.#isReadingMoved) return
      void this.#consider(file)
      // What is left may be elsewhere now, and count as read there until now.
      this.#lookAgain()
    }
    const before = isAside ? undefined : this.#tails.get(file)
    if (before !== undefined) {
      // It was renamed, and may not have noticed yet.
      this.#leaving.add(before)
      before.wake()
    }
    // All that is there at the start is known before the first of it is read, which takes long: what is renamed meanwhile is found again.
    const after = this.#isFirstScan
      ? Promise.all([before?.readOut, this.#scanning])
      : before?.readOut
    const place = { ...opened, file, position, lines, form, positions, outbox }
    const common = { ...place, figures, onEnd, log: this.#log }
    const tail =
      compression === undefined
        ? new FileTail({ ...common, slots, after, onLeft })
        : new CompressedRead({ ...common, compression })
    if (isAside) this.#leaving.add(tail)
    else this.#tails.set(file, tail)
    this.#log.debug('reading a log file', { file, offset: position.offset, known: isKnown })
  }

  #isReadable(file: string): boolean {
    const { compression } = this.#options
    if (compression !== undefined || !isCompressedName(file)) return true
    this.#sayOnce(file, 'a compressed file is read only with decompression enabled', {})
    return false
  }

  #firstOffset(file: string, handle: FileHandle, sizeBytes: number): Promise<number> {
    const taken = this.#takenOver.has(file) ? undefined : this.#deps.takenOver.get(file)
    this.#takenOver.add(file)
    if (taken !== undefined && taken <= sizeBytes) return Promise.resolve(taken)
    // A file that appears later is read from its start.
    return this.#isFirstScan ? this.#options.firstOffset(handle, sizeBytes) : Promise.resolve(0)
  }

  /**
   * Files that were renamed while the program was down have the rest of their lines, which comes before that of the new ones.
   * `isLate`: those that were renamed after that was looked for, and before they were opened.
   */
  async #readMoved(isLate: boolean): Promise<void> {
    const { job, compression } = this.#options
    if (compression !== undefined) return
    const own = [...this.#deps.positions.of(job)].filter(
      (each) => this.#isNamed(each.path) && !this.#deps.inUse.has(each),
    )
    this.#isReadingMoved = !isLate
    for (const { position, file } of await findMoved(own)) {
      if (this.#isStopped) break
      try {
        const opened = await openFile(file)
        if ('what' in opened) continue
        if (await hasHead(opened.handle, position.head)) {
          const isAside = isLate && this.#tails.has(position.path)
          await this.#read(position.path, opened, isAside)
        } else await opened.handle.close()
      } catch (thrown) {
        this.#sayOnce(file, 'a log file cannot be read', { reason: messageOf(thrown) })
      }
    }
    this.#isReadingMoved = false
  }

  #isExcluded(file: string): boolean {
    const { exclude } = this.#options
    if (file.startsWith(`${this.#deps.ownFolder}/`)) return true
    return exclude !== '' && matchesPath(exclude, file)
  }

  #isNamed(file: string): boolean {
    return matchesPath(this.#options.pattern, file) && !this.#isExcluded(file)
  }

  #sayOnce(file: string, message: string, fields: Readonly<Record<string, string | number>>): void {
    if (this.#said.has(file) || this.#said.size > MAX_SAID) return
    this.#said.add(file)
    this.#log.warn(message, { file, ...fields })
  }
}
