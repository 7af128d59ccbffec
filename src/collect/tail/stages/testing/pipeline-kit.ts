import { Labels } from '../../../../model/labels.ts'
import { createLog } from '../../../../self/log.ts'
import { createRegistry } from '../../../../self/metrics.ts'
import { FaultList, formatFault } from '../../../../yaml/fault.ts'
import { parseYaml } from '../../../../yaml/parse.ts'
import { compileStages } from '../compile.ts'
import { LogEntry } from '../entry.ts'
import { readStages } from '../read-stages.ts'
import type { StageList, StageObserver } from '../stage.ts'

/** Unix milliseconds that tests begin at: 2026-03-01T12:00:00Z. */
export const BEGIN_MS = Date.UTC(2026, 2, 1, 12)

export interface ReadResult {
  readonly stages: StageList
  readonly errors: readonly string[]
  readonly warnings: readonly string[]
}

/** Reads a list of stages as it stands under `pipeline_stages`. */
export function readYamlStages(text: string): ReadResult {
  const faults = new FaultList()
  const node = parseYaml(text, { file: 'p.yml', faults })
  const stages = readStages(node)
  const of = (severity: string): string[] =>
    faults.items.filter((fault) => fault.severity === severity).map(formatFault)
  return { stages, errors: of('error'), warnings: of('warning') }
}

export interface PipelineKit {
  /** The entries that came out so far. */
  readonly out: LogEntry[]
  readonly registry: ReturnType<typeof createRegistry>
  readonly heldFrom: number | undefined
  readonly pausedUntilMs: number | undefined
  /** Pushes a line of the next ten positions of the source. */
  push(line: string, labels?: Readonly<Record<string, string>>, timestampNs?: bigint): void
  /** Moves the clock and flushes. */
  passMs(ms: number): void
  end(): void
  stop(): void
  /** The value of one of the own metrics, by its name and labels (`name{a="b"}`). */
  metric(
    name: string,
    labels?: Readonly<Record<string, string>>,
    suffix?: string,
  ): number | undefined
}

/** A pipeline of stages in YAML, with a clock of its own. Fails where the stages have errors. */
export function openStages(text: string, observer?: StageObserver): PipelineKit {
  const { stages, errors } = readYamlStages(text)
  if (errors.length > 0) throw new Error(errors.join('\n'))
  let nowMs = BEGIN_MS
  let offset = 0
  const registry = createRegistry()
  const program = compileStages(stages, {
    log: createLog({ write: () => undefined }),
    registry,
    nowMs: () => nowMs,
    ...(observer === undefined ? {} : { observer }),
  })
  const out: LogEntry[] = []
  const pipeline = program.open((entry) => out.push(entry))
  return {
    out,
    registry,
    get heldFrom() {
      return pipeline.heldFrom
    },
    get pausedUntilMs() {
      return pipeline.pausedUntilMs
    },
    push: (line, labels = {}, timestampNs = BigInt(nowMs) * 1_000_000n) => {
      pipeline.push(new LogEntry(line, timestampNs, Labels.from(labels), offset, offset + 10))
      offset += 10
    },
    passMs: (ms) => {
      nowMs += ms
      pipeline.flush(nowMs, false)
    },
    end: () => pipeline.flush(nowMs, true),
    stop: () => program.stop(),
    metric: (name, labels = {}, suffix) => {
      const wanted = JSON.stringify(Object.entries(labels).flat())
      const family = registry.families().find((each) => each.name === name)
      return family?.metrics.find(
        (each) => each.suffix === suffix && JSON.stringify(each.labels) === wanted,
      )?.value
    },
  }
}

/** What one line becomes; undefined when it falls. */
export function process(
  text: string,
  line: string,
  labels: Readonly<Record<string, string>> = {},
): LogEntry | undefined {
  const kit = openStages(text)
  kit.push(line, labels)
  kit.end()
  return kit.out[0]
}

/** The extracted values as an object. */
export function extractedOf(entry: LogEntry | undefined): Record<string, unknown> {
  return Object.fromEntries(entry?.extracted.entries() ?? [])
}
