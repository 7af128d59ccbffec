import {
  closeSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { it, type ExpectStatic } from 'vitest'
import { createRandom, type Random } from '../../../test/e2e/tools/random.ts'
import { fileJob, TailKit } from './testing/tail-kit.ts'

/** Far away: what events do not tell must be found by the scans of the start. */
const CONFIG = `target_config: {sync_period: 1h}${fileJob()}`
/** The first scan, one more for what happened during it, and a busy machine. */
const PATIENCE = { timeout: 20_000, interval: 50 }
/** So long files change, then nothing more happens that could tell what was missed. */
const WORKING_MS = [10, 30, 60, 100, 200, 1000] as const
/** So long the first scan takes in the background of what changes. */
const QUIET_FILES = 150
const NAMES = ['a.log', 'b.log', 'c.log'] as const
const SEEDS = Array.from({ length: 16 }, (_, i) => i + 1)

interface OpenLog {
  readonly fd: number
  /** Lines that were written. */
  readonly lines: string[]
}

/** Programs that write logs, and whatever rotates them, at random. */
class Writers {
  readonly #kit: TailKit
  readonly #random: Random
  readonly #files = new Map<string, OpenLog>()
  readonly #all: OpenLog[] = []
  readonly #certain = new Set<string>()
  /** Lines that nobody had read when they were gone. */
  readonly #lost = new Set<string>()
  readonly did: string[] = []
  #count = 0

  constructor(kit: TailKit, random: Random) {
    this.#kit = kit
    this.#random = random
  }

  /** That have to arrive. */
  get certain(): readonly string[] {
    return [...this.#certain].filter((line) => !this.#lost.has(line)).toSorted()
  }

  /** That may have been lost. */
  get lost(): ReadonlySet<string> {
    return this.#lost
  }

  async act(): Promise<void> {
    const name = this.#random.pick(NAMES)
    const act = this.#random.pick(['write', 'write', 'pieces', 'rename', 'away', 'cut', 'remove'])
    this.did.push(`${act} ${name}`)
    if (act === 'write') this.#write(this.#open(name), this.#random.between(1, 30))
    else if (act === 'pieces') await this.#writeInPieces(this.#open(name))
    else if (act === 'rename') this.#rename(name, `${name.slice(0, 1)}.${++this.#count}.log`)
    else if (act === 'away') this.#rename(name, `${name}.${++this.#count}`)
    else if (act === 'cut') this.#cut(name)
    else this.#remove(name)
  }

  write(): void {
    for (const name of NAMES) this.#write(this.#open(name), 20)
  }

  close(): void {
    for (const { fd } of this.#all.splice(0)) closeSync(fd)
  }

  #open(name: string): OpenLog {
    const known = this.#files.get(name)
    if (known !== undefined) return known
    const opened = { fd: openSync(this.#kit.at(name), 'a'), lines: [] }
    this.#files.set(name, opened)
    this.#all.push(opened)
    return opened
  }

  #line({ lines }: OpenLog): string {
    const line = `line ${++this.#count} ${'x'.repeat(this.#random.between(0, 100))}`
    lines.push(line)
    this.#certain.add(line)
    return line
  }

  #write(file: OpenLog, count: number): void {
    writeSync(file.fd, Array.from({ length: count }, () => `${this.#line(file)}\n`).join(''))
  }

  async #writeInPieces(file: OpenLog): Promise<void> {
    const line = this.#line(file)
    writeSync(file.fd, line.slice(0, 4))
    await sleep(this.#random.between(0, 80))
    writeSync(file.fd, `${line.slice(4)}\n`)
  }

  /** As logrotate does, with a program that goes on to write into the old file for a moment. */
  #rename(name: string, to: string): void {
    const file = this.#files.get(name)
    if (file === undefined) return
    // Where the pattern does not match the new name only who has met the file can follow it.
    if (!to.endsWith('.log')) this.#giveUp(file)
    renameSync(this.#kit.at(name), this.#kit.at(to))
    this.#files.delete(name)
    if (this.#random.next() < 0.5 && this.#isMet(file)) this.#write(file, 3)
    if (this.#random.next() < 0.7) this.#write(this.#open(name), 3)
  }

  #cut(name: string): void {
    const file = this.#files.get(name)
    if (file === undefined) return
    for (const line of file.lines.splice(0)) if (!this.#isSeen(line)) this.#lost.add(line)
    ftruncateSync(file.fd)
    if (this.#random.next() < 0.7) this.#write(file, this.#random.between(1, 40))
  }

  #remove(name: string): void {
    const file = this.#files.get(name)
    if (file === undefined) return
    this.#giveUp(file)
    rmSync(this.#kit.at(name))
    this.#files.delete(name)
  }

  #giveUp(file: OpenLog): void {
    if (this.#isMet(file)) return
    for (const line of file.lines) this.#lost.add(line)
  }

  #isMet({ lines }: OpenLog): boolean {
    return lines.some((line) => this.#isSeen(line))
  }

  #isSeen(line: string): boolean {
    return this.#kit.store.texts.includes(line)
  }
}

async function playOnce(seed: number, expect: ExpectStatic): Promise<void> {
  const kit = new TailKit()
  try {
    await play(kit, seed, expect)
  } finally {
    await kit.end()
  }
}

async function play(kit: TailKit, seed: number, expect: ExpectStatic): Promise<void> {
  const random = createRandom(seed)
  for (let i = 0; i < QUIET_FILES; i++) writeFileSync(kit.at(`quiet.${i}.log`), '')
  if (random.next() < 0.5) {
    const before = new Writers(kit, random)
    before.write()
    const manager = await kit.start(CONFIG)
    await expect.poll(() => kit.store.texts.length, PATIENCE).toBe(60)
    await manager.stop()
    before.close()
    kit.store.lines.splice(0)
  }
  const writers = new Writers(kit, random)
  await Promise.all([kit.start(CONFIG), work(writers, random)])
  writers.close()
  const told = `seed ${seed}: ${writers.did.join(', ')}`
  const came = (): readonly string[] => kit.store.texts.filter((text) => !writers.lost.has(text))
  await expect
    .poll(() => came().toSorted(), { ...PATIENCE, message: told })
    .toEqual(writers.certain)
  const texts = kit.store.texts
  expect(texts.length, told).toBe(new Set(texts).size)
}

async function work(writers: Writers, random: Random): Promise<void> {
  const endMs = performance.now() + random.pick(WORKING_MS)
  while (performance.now() < endMs) {
    await writers.act()
    if (random.next() < 0.7) await sleep(random.pick([0, 0, 1, 5, 20, 60]))
  }
}

it.concurrent.for(SEEDS)(
  'lines of files that are created, renamed and truncated at the start come once: seed %i',
  { timeout: 60_000 },
  (seed, { expect }) => playOnce(seed, expect),
)
