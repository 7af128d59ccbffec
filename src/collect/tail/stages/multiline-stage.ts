import type { GroupRegex } from '../../../model/group-regex.ts'
import type { YamlNode } from '../../../yaml/node.ts'
import { earliest } from './chain.ts'
import type { LogEntry, TakeEntry } from './entry.ts'
import { readGoDurationMs, readRegex, readSettings } from './settings.ts'
import type { RunningStage, StageEnv, StageSpec } from './stage.ts'

const DEFAULT_MAX_LINES = 128
const DEFAULT_MAX_WAIT_MS = 3000

/** A block is given on when it is longer, in UTF-16 units, whatever the settings say. */
export const MAX_JOINED_LENGTH = 4 * 1024 * 1024

/** Streams that are joined apart; past it all blocks are given on, so that labels of endless values do not fill the memory. */
const MAX_STREAMS = 2000

interface MultilineSettings {
  readonly firstline: GroupRegex
  /** 0: no bound. */
  readonly maxLines: number
  readonly maxWaitMs: number
}

/** `multiline`: joins the lines of a stream into blocks, each of which begins with a line that `firstline` accepts. */
export function readMultiline(node: YamlNode): StageSpec['compile'] | undefined {
  const names = ['firstline', 'max_wait_time', 'max_lines']
  const settings = readSettings(node, names, (map) => {
    const firstline = readRegex(map, 'firstline')
    const maxLines = map.key('max_lines').asInteger({ min: 0 }) ?? DEFAULT_MAX_LINES
    const maxWaitMs = readGoDurationMs(map.key('max_wait_time')) ?? DEFAULT_MAX_WAIT_MS
    return firstline && { firstline, maxLines, maxWaitMs }
  })
  if (settings === undefined) return undefined
  return ({ nowMs }) => ({ open: (next) => new Multiline(settings, nowMs, next) })
}

/** The lines of one stream. */
interface Block {
  /** Gives the block its time, labels and extracted values, also after a part of it was given on. */
  start: LogEntry
  /** Empty while nothing is held back. */
  text: string
  lineCount: number
  startOffset: number
  endOffset: number
  /** When the last line came, in Unix milliseconds. */
  lastMs: number
}

class Multiline implements RunningStage {
  readonly #settings: MultilineSettings
  readonly #nowMs: StageEnv['nowMs']
  readonly #next: TakeEntry
  readonly #blocks = new Map<string, Block>()

  constructor(settings: MultilineSettings, nowMs: StageEnv['nowMs'], next: TakeEntry) {
    this.#settings = settings
    this.#nowMs = nowMs
    this.#next = next
  }

  push(entry: LogEntry): void {
    const { key } = entry.labels
    const isFirst = this.#settings.firstline.test(entry.line)
    let block = this.#blocks.get(key)
    if (block === undefined) {
      // What comes before the first line that begins a block goes through as it is.
      if (!isFirst) {
        this.#next(entry)
        return
      }
      if (this.#blocks.size >= MAX_STREAMS) this.#forgetAll()
      const { startOffset, endOffset } = entry
      block = { start: entry, text: '', lineCount: 0, startOffset, endOffset, lastMs: 0 }
      this.#blocks.set(key, block)
    }
    if (isFirst) {
      this.#give(block)
      block.start = entry
    }
    this.#append(block, entry)
  }

  #append(block: Block, entry: LogEntry): void {
    // Promtail's rule: an empty line at the beginning leaves no trace.
    if (block.lineCount === 0) block.startOffset = entry.startOffset
    block.text += block.text === '' ? entry.line : `\n${entry.line}`
    block.lineCount++
    block.endOffset = entry.endOffset
    block.lastMs = this.#nowMs()
    const isFull = block.lineCount === this.#settings.maxLines
    if (isFull || block.text.length > MAX_JOINED_LENGTH) this.#give(block)
  }

  #give(block: Block): void {
    if (block.lineCount === 0) return
    const { start, text, startOffset, endOffset } = block
    block.text = ''
    block.lineCount = 0
    if (text === '') return
    this.#next(start.copy(text, startOffset, endOffset))
  }

  #forgetAll(): void {
    for (const block of this.#blocks.values()) this.#give(block)
    this.#blocks.clear()
  }

  flush(nowMs: number, force: boolean): void {
    for (const block of this.#blocks.values()) {
      if (force || nowMs - block.lastMs >= this.#settings.maxWaitMs) this.#give(block)
    }
  }

  heldFrom(): number | undefined {
    return earliest(this.#blocks.values(), ({ lineCount, startOffset }) =>
      lineCount === 0 ? undefined : startOffset,
    )
  }
}
