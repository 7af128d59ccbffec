import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Metric, MetricFamily } from '../../model/metric-family.ts'
import { messageOf } from '../../model/problem.ts'
import type { Log } from '../../self/log.ts'
import type { PushedGroup } from './pushed-groups.ts'

const FILE = /^[0-9a-f]{64}\.json$/

/** Numbers that JSON does not have are texts. */
interface StoredMetric extends Omit<Metric, 'value'> {
  readonly value: number | string
}

interface StoredGroup {
  readonly labels: [string, string][]
  readonly families: (Omit<MetricFamily, 'metrics'> & { readonly metrics: StoredMetric[] })[]
  readonly pushedMs: number
  readonly failedMs: number
}

/** The groups on disk, a file each: a push writes no more than what it pushes. */
export class GroupFiles {
  readonly #folder: string
  readonly #log: Log

  constructor(folder: string, log: Log) {
    this.#folder = folder
    this.#log = log
  }

  /** All that are there. One that cannot be read is kept under another name, and told. */
  async read(): Promise<PushedGroup[]> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const groups: PushedGroup[] = []
    for (const name of await readdir(this.#folder)) {
      const file = path.join(this.#folder, name)
      if (name.endsWith('.new')) await rm(file, { force: true })
      if (!FILE.test(name)) continue
      try {
        const stored: unknown = JSON.parse(await readFile(file, 'utf8'))
        groups.push(toGroup(stored))
      } catch (thrown) {
        await rename(file, `${file}.damaged`)
        this.#log.error('a pushed group cannot be read and is set aside', {
          file: `${file}.damaged`,
          reason: messageOf(thrown),
        })
      }
    }
    return groups
  }

  /** Durable when it resolves. */
  async write(key: string, { labels, families, ...times }: PushedGroup): Promise<void> {
    const file = this.#fileOf(key)
    const text = JSON.stringify({ labels, families: [...families.values()], ...times }, writeNumber)
    const handle = await open(`${file}.new`, 'w', 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(`${file}.new`, file)
    await this.#sync()
  }

  async remove(key: string): Promise<void> {
    await rm(this.#fileOf(key), { force: true })
    await this.#sync()
  }

  #fileOf(key: string): string {
    return path.join(this.#folder, `${createHash('sha256').update(key).digest('hex')}.json`)
  }

  /** A rename is durable once the folder is. */
  async #sync(): Promise<void> {
    const handle = await open(this.#folder, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }
}

/** JSON has no infinities and no NaN. */
function writeNumber(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}

function toGroup(stored: unknown): PushedGroup {
  if (!isStored(stored)) throw new Error('not a pushed group')
  const { labels, families, pushedMs, failedMs } = stored
  const read = families.map(
    (family) => [family.name, { ...family, metrics: family.metrics.map(toMetric) }] as const,
  )
  return { labels, families: new Map(read), pushedMs, failedMs }
}

function toMetric(metric: StoredMetric): Metric {
  return { ...metric, value: Number(metric.value) }
}

function isStored(value: unknown): value is StoredGroup {
  return (
    typeof value === 'object' &&
    value !== null &&
    'labels' in value &&
    Array.isArray(value.labels) &&
    'families' in value &&
    Array.isArray(value.families) &&
    'pushedMs' in value &&
    'failedMs' in value
  )
}
