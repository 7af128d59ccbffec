import { closeSync, openSync, renameSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const TICK_MS = 20
const PADDING =
  'a realistic line of a web service that says what it did and how long that took '.repeat(2)

/**
 * Writes numbered lines into a file at a steady rate, as a program with a logger does, and rotates it by renaming as logrotate does.
 * Line `k` is `textOf(k)`.
 */
export class RotatingWriter {
  readonly file: string
  /** Lines written so far. */
  written = 0
  writtenBytes = 0
  rotations = 0
  #fd: number
  #isStopping = false
  readonly #finished: Promise<void>

  constructor(file: string, bytesPerSecond: number) {
    this.file = file
    this.#fd = openSync(file, 'a')
    this.#finished = this.#run(bytesPerSecond)
  }

  static textOf(k: number): string {
    return `level=info seq=${k} ${PADDING}`
  }

  /** `file` becomes `file.1`, the next time `file.2`. */
  rotate(): void {
    closeSync(this.#fd)
    renameSync(this.file, `${this.file}.${++this.rotations}`)
    this.#fd = openSync(this.file, 'a')
  }

  async finish(): Promise<void> {
    this.#isStopping = true
    await this.#finished
    closeSync(this.#fd)
  }

  async #run(bytesPerSecond: number): Promise<void> {
    const begunMs = performance.now()
    while (!this.#isStopping) {
      const due = ((performance.now() - begunMs) / 1000) * bytesPerSecond
      let text = ''
      // After a stop of the whole machine the rest comes in pieces.
      while (this.writtenBytes + text.length < due && text.length < 4 * 1024 * 1024) {
        text += `${RotatingWriter.textOf(this.written++)}\n`
      }
      if (text !== '') writeSync(this.#fd, text)
      this.writtenBytes += text.length
      await sleep(TICK_MS)
    }
  }
}
