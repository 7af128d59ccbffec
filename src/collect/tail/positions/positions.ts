import { mkdir, open, readFile, rename, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { messageOf } from '../../../model/problem.ts'
import type { Log } from '../../../self/log.ts'
import {
  decodeChange,
  encodeChange,
  isRecord,
  parse,
  readPosition,
  type FileHead,
  type FilePosition,
  type Mark,
  type PositionChange,
} from './position-record.ts'

/** A file that was not in its place for so long is forgotten. */
const FORGET_MS = 86_400_000
const MAX_FILES = 20_000
/** A longer journal is folded into the positions before its time. */
const MAX_JOURNAL_BYTES = 4 * 1024 * 1024

export interface PositionsOptions {
  /** Made when it is not there. */
  readonly folder: string
  readonly log: Log
  readonly nowMs?: () => number
}

/**
 * How far everything is read, over restarts. `positions.json` holds all of it and is replaced as a whole (written aside, synced,
 * renamed); what changes between is appended to `positions.log`, which names the `positions.json` that it belongs to. So a crash
 * at any moment leaves the state before or after a change.
 */
export class Positions {
  readonly #folder: string
  readonly #log: Log
  readonly #nowMs: () => number
  readonly #files = new Map<number, FilePosition>()
  readonly #byTarget = new Map<string, Set<FilePosition>>()
  readonly #cursors = new Map<string, string>()
  /** True when nothing was known before: positions of another program may be taken over. */
  readonly isNew: boolean
  #generation: number
  #lastId = 0
  #journal: FileHandle | undefined
  #journalBytes = 0
  #turn: Promise<void> = Promise.resolve()
  /** Since `positions.json` was written. */
  #isChanged = false
  #isFailing = false

  private constructor(options: PositionsOptions, generation: number) {
    this.#folder = options.folder
    this.#log = options.log
    this.#nowMs = options.nowMs ?? Date.now
    this.#generation = generation
    this.isNew = generation === 0
  }

  /** Rejects when the folder cannot be made or written. A file of positions that is not readable is said and begun anew. */
  static async open(options: PositionsOptions): Promise<Positions> {
    await mkdir(options.folder, { recursive: true })
    const text = await readIfThere(path.join(options.folder, 'positions.json'))
    const saved = text === undefined ? undefined : parse(text)
    const generation = isRecord(saved) ? saved['generation'] : undefined
    const isGood = typeof generation === 'number'
    if (text !== undefined && !isGood) {
      options.log.error(
        'the positions of log files are not readable: files are read from their start',
        {
          file: path.join(options.folder, 'positions.json'),
        },
      )
    }
    const positions = new Positions(options, isGood ? generation : 0)
    if (isRecord(saved)) positions.#restore(saved)
    await positions.#replay()
    await positions.checkpoint()
    return positions
  }

  cursor(key: string): string | undefined {
    return this.#cursors.get(key)
  }

  /** Forgets cursors of sources that will not come again. */
  forgetCursors(isOld: (key: string, cursor: string) => boolean): void {
    for (const [key, cursor] of this.#cursors) {
      if (isOld(key, cursor)) this.note([{ kind: 'cursor', key, cursor: '' }])
    }
  }

  /** What is known of the files of a target. */
  of(target: string): Iterable<FilePosition> {
    return this.#byTarget.get(target) ?? []
  }

  /** The latest time that was given to a line; 0 when none was. */
  latestNs(): bigint {
    let latest = 0n
    for (const { marks } of this.#files.values()) {
      for (const { from, to, baseNs } of marks) {
        const end = baseNs + BigInt(to - from)
        if (end > latest) latest = end
      }
    }
    return latest
  }

  create(
    file: { readonly target: string; readonly path: string; readonly inode: string },
    head: FileHead,
    offset: number,
  ): FilePosition {
    const position: FilePosition = {
      ...{ id: ++this.#lastId, ...file, head, offset, marks: [], seenMs: this.#nowMs() },
    }
    this.#add(position)
    this.#write([{ kind: 'file', position }])
    return position
  }

  /** What stands in the position was changed: its path or its head. */
  changed(position: FilePosition): void {
    this.#write([{ kind: 'file', position }])
  }

  drop(position: FilePosition): void {
    this.#remove(position)
    this.#write([{ kind: 'drop', id: position.id }])
  }

  /** Writes changes down; resolves once they are durable. A fault is said once, and collection goes on without. */
  async noteDurably(changes: readonly PositionChange[]): Promise<void> {
    this.#write(changes)
    await this.#then(() => this.#journal?.datasync())
  }

  /** Applies and writes changes; they are durable after the next `noteDurably` or `checkpoint`, and survive a crash of this process. */
  note(changes: readonly PositionChange[]): void {
    for (const change of changes) this.#apply(change)
    this.#write(changes)
  }

  /** Folds everything into `positions.json`, when there is something new. */
  async checkpoint(): Promise<void> {
    this.#forgetOld()
    await this.#then(() =>
      this.#journal === undefined || this.#isChanged ? this.#save() : undefined,
    )
  }

  async close(): Promise<void> {
    await this.checkpoint()
    await this.#then(async () => {
      await this.#journal?.close()
      this.#journal = undefined
    })
  }

  #write(changes: readonly PositionChange[]): void {
    if (changes.length === 0) return
    this.#isChanged = true
    const text = changes.map((change) => `${encodeChange(change)}\n`).join('')
    void this.#then(async () => {
      await this.#journal?.appendFile(text)
      this.#journalBytes += text.length
      if (this.#journalBytes > MAX_JOURNAL_BYTES) await this.#save()
    })
  }

  /** One thing after the other. */
  #then(work: () => Promise<void> | undefined): Promise<void> {
    this.#turn = this.#after(this.#turn, work)
    return this.#turn
  }

  async #after(turn: Promise<void>, work: () => Promise<void> | undefined): Promise<void> {
    await turn
    try {
      await work()
      this.#isFailing = false
    } catch (thrown) {
      if (!this.#isFailing) {
        this.#log.error(
          'positions of log files cannot be written: after a crash lines may come twice',
          { folder: this.#folder, reason: messageOf(thrown) },
        )
      }
      this.#isFailing = true
    }
  }

  async #save(): Promise<void> {
    const generation = this.#generation + 1
    this.#isChanged = false
    const target = path.join(this.#folder, 'positions.json')
    const aside = `${target}.new`
    const state = {
      generation,
      files: [...this.#files.values()],
      cursors: Object.fromEntries(this.#cursors),
    }
    const file = await open(aside, 'w', 0o600)
    try {
      await file.writeFile(
        JSON.stringify(state, (_, value: unknown) =>
          typeof value === 'bigint' ? String(value) : value,
        ),
      )
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(aside, target)
    await syncFolder(this.#folder)
    this.#generation = generation
    await this.#journal?.close()
    this.#journal = undefined
    this.#journal = await open(path.join(this.#folder, 'positions.log'), 'w', 0o600)
    await this.#journal.appendFile(`${JSON.stringify({ generation })}\n`)
    this.#journalBytes = 0
  }

  #restore(saved: Readonly<Record<string, unknown>>): void {
    const { files, cursors } = saved
    for (const item of Array.isArray(files) ? files : []) {
      const position = readPosition(item)
      // Nothing could be seen while the program was down.
      if (position !== undefined) this.#add({ ...position, seenMs: this.#nowMs() })
    }
    for (const [key, cursor] of isRecord(cursors) ? Object.entries(cursors) : []) {
      if (typeof cursor === 'string') this.#cursors.set(key, cursor)
    }
  }

  async #replay(): Promise<void> {
    const text = await readIfThere(path.join(this.#folder, 'positions.log'))
    const [first = '', ...lines] = (text ?? '').split('\n')
    const header = parse(first)
    if (!isRecord(header) || header['generation'] !== this.#generation) return
    for (const line of lines) {
      const change = line === '' ? undefined : decodeChange(line)
      if (change !== undefined) this.#apply(change)
      if (change?.kind === 'mark') this.#remember(change.id, change.mark)
    }
  }

  /** Marks are written down again by each reader of a file. */
  #remember(id: number, mark: Mark): void {
    const marks = this.#files.get(id)?.marks
    if (marks?.some(({ from }) => from === mark.from) === false) marks.push(mark)
  }

  #apply(change: PositionChange): void {
    switch (change.kind) {
      case 'file': {
        const known = this.#files.get(change.position.id)
        if (known !== undefined) this.#remove(known)
        this.#add(change.position)
        return
      }
      case 'drop': {
        const position = this.#files.get(change.id)
        if (position !== undefined) this.#remove(position)
        return
      }
      case 'offset': {
        const position = this.#files.get(change.id)
        if (position === undefined) return
        position.offset = change.offset
        position.marks = position.marks.filter(({ to }) => to > change.offset)
        return
      }
      case 'cursor':
        if (change.cursor === '') this.#cursors.delete(change.key)
        else this.#cursors.set(change.key, change.cursor)
        return
      case 'mark':
        // Who reads the file keeps its marks itself.
        return
      default:
        change satisfies never
    }
  }

  #add(position: FilePosition): void {
    this.#lastId = Math.max(this.#lastId, position.id)
    this.#files.set(position.id, position)
    const same = this.#byTarget.get(position.target)
    if (same === undefined) this.#byTarget.set(position.target, new Set([position]))
    else same.add(position)
  }

  #remove(position: FilePosition): void {
    this.#files.delete(position.id)
    this.#byTarget.get(position.target)?.delete(position)
  }

  #forgetOld(): void {
    const least = this.#nowMs() - FORGET_MS
    for (const position of this.#files.values()) {
      if (position.seenMs < least || this.#files.size > MAX_FILES) this.#remove(position)
    }
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined
    throw thrown
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
