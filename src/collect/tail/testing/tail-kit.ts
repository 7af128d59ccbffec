import { Discoveries } from '../../discovery/discoveries.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { lineStart, type LogBatch } from '../../../model/lines.ts'
import { Problem } from '../../../model/problem.ts'
import { createLog } from '../../../self/log.ts'
import { createRegistry, type Registry } from '../../../self/metrics.ts'
import { FaultList, formatFault } from '../../../yaml/fault.ts'
import { parseYaml } from '../../../yaml/parse.ts'
import { buildAliases } from '../../aliases.ts'
import type { TailPart } from '../config/promtail-part.ts'
import { readPromtailConfig } from '../config/promtail-config.ts'
import { TailManager } from '../tail-manager.ts'

/** Long enough for a busy machine; what is awaited comes much sooner. */
export const SOON = { timeout: 15_000, interval: 20 }

export interface ReceivedLine {
  readonly timestampNs: bigint
  readonly line: string
  readonly labels: Readonly<Record<string, string>>
  readonly metadata: Readonly<Record<string, string>>
}

/** A store that keeps what it is given, or refuses it, or takes its time, as a test says. */
class FakeStore {
  readonly lines: ReceivedLine[] = []
  pushes = 0
  /** `away`: refuses, to be asked again. `silent`: takes it and never answers. */
  mood: 'good' | 'away' | 'silent' = 'good'

  async push(batch: LogBatch): Promise<{ kind: 'stored'; lines: number }> {
    this.pushes++
    if (this.mood === 'away') throw new Problem('unavailable', 'the store is away')
    this.lines.push(...readBatch(batch))
    if (this.mood === 'silent') await new Promise(() => undefined)
    return { kind: 'stored', lines: batch.ends.length }
  }

  get texts(): string[] {
    return this.lines.map(({ line }) => line)
  }

  /** What a query finds: the same line at the same time in the same stream is one. */
  get distinct(): string[] {
    const seen = new Map(
      this.lines.map((each) => [
        JSON.stringify([each.labels, String(each.timestampNs), each.line]),
        each.line,
      ]),
    )
    return [...seen.values()]
  }
}

function readBatch(batch: LogBatch): ReceivedLine[] {
  return Array.from(batch.ends, (end, row) => ({
    timestampNs: batch.timestampsNs[row] ?? 0n,
    line: Buffer.from(batch.bytes.subarray(lineStart(batch, row), end)).toString('utf8'),
    labels: batch.streams[batch.streamIndex[row] ?? 0]?.toObject() ?? {},
    metadata: batch.metadata[batch.metadataIndex[row] ?? 0]?.toObject() ?? {},
  }))
}

/** A promtail file as `readPromtailPart` gives it, with what was found wrong. */
export function readPart(
  text: string,
  folder: string,
  isHost = false,
): { readonly part: TailPart; readonly faults: readonly string[] } {
  const faults = new FaultList()
  const root = parseYaml(text, { faults, file: 'promtail.yml', env: {} })
  if (root === undefined) throw new Error(faults.items.map(formatFault).join('\n'))
  const config = readPromtailConfig(root, {
    ...{ folder, aliases: buildAliases(), warnsUnsupported: true },
  })
  const part = { config, file: 'promtail.yml', isHost, version: text }
  return { part, faults: faults.items.map(formatFault) }
}

/** Collection in a temporary folder, with a store that can be looked into. */
export class TailKit {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'tail-'))
  store = new FakeStore()
  registry: Registry = createRegistry()
  readonly said: string[] = []
  readonly #managers: TailManager[] = []

  at(name: string): string {
    return path.join(this.folder, name)
  }

  /** `scrape_configs` with `FOLDER` for the folder of the kit. */
  async start(yaml: string, options: { readonly isHost?: boolean } = {}): Promise<TailManager> {
    this.registry = createRegistry()
    const { store } = this
    const manager = new TailManager({
      push: (batch) => store.push(batch),
      receiving: { refuse: () => undefined, maySend: () => true },
      registry: this.registry,
      discoveries: new Discoveries({ registry: this.registry }),
      log: createLog({ write: (line) => this.said.push(line.replaceAll(this.folder, '')) }),
      folder: this.at('state'),
      ownFolder: this.at('state'),
    })
    this.#managers.push(manager)
    await manager.apply(this.part(yaml, options.isHost))
    return manager
  }

  part(yaml: string, isHost = false): TailPart {
    const { part, faults } = readPart(yaml.replaceAll('FOLDER', this.folder), this.folder, isHost)
    const errors = faults.filter((fault) => !fault.includes(': warning: '))
    if (errors.length > 0) throw new Error(errors.join('\n'))
    return part
  }

  /** The value of one of promtail's metrics, all labels together. */
  metric(name: string): number {
    const family = this.registry.families().find((each) => each.name === name)
    return (family?.metrics ?? []).reduce((sum, { value }) => sum + value, 0)
  }

  async end(): Promise<void> {
    await Promise.all(this.#managers.splice(0).map((manager) => manager.stop()))
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** A job that reads the `.log` files of the kit's folder. */
export function fileJob(rest = '', pattern = 'FOLDER/*.log'): string {
  return `
positions: {filename: FOLDER/positions.yaml}
scrape_configs:
  - job_name: test
    static_configs: [{labels: {job: test, __path__: '${pattern}'}}]
${rest}`
}
