import { messageOf } from '../../../model/problem.ts'
import { createPromqlEngine, type PromqlFeatures } from '../create.ts'
import type { PromqlEngine, PromqlLimits, PromqlResult } from '../engine.ts'
import { compareMessages, compareResult, contains } from './compare-result.ts'
import { MemorySource } from './memory-source.ts'
import { toNativeBuckets } from './native-buckets.ts'
import { type Command, type EvalCommand, type LoadCommand, parseScript } from './script-syntax.ts'

/** How one `eval` of a script went. */
export interface Outcome {
  readonly command: EvalCommand
  /** The loads that were in force. */
  readonly loads: readonly LoadCommand[]
  /** What is wrong with the result or the failure; undefined when it is as expected. */
  readonly fault: string | undefined
  /** What is wrong with the warnings and infos, when the script says anything about them. */
  readonly messageFault: string | undefined
  /** What is wrong when an instant query is asked as the middle step of a range. */
  readonly rangeFault: string | undefined
}

/** The limits of Prometheus's own test engine. */
export const SCRIPT_LIMITS: PromqlLimits = {
  lookbackMs: 300_000,
  timeoutMs: 100_000,
  maxSamples: 1_000_000,
  maxSeries: 100_000,
  maxConcurrency: 10,
  defaultStepMs: 60_000,
}

/** Runs a script against an engine of its own, in memory. */
export async function runScript(text: string, features: PromqlFeatures = {}): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  let bench = newBench(features)
  for (const command of parseScript(text)) {
    if (command.kind === 'clear') bench = newBench(features)
    else if (command.kind === 'load') load(bench, command)
    else outcomes.push(await runEval(bench, command))
  }
  return outcomes
}

interface Bench {
  readonly source: MemorySource
  readonly engine: PromqlEngine
  readonly loads: LoadCommand[]
}

function newBench(features: PromqlFeatures): Bench {
  const source = new MemorySource()
  return { source, engine: createPromqlEngine(source, SCRIPT_LIMITS, features), loads: [] }
}

function load(bench: Bench, command: Extract<Command, { kind: 'load' }>): void {
  bench.loads.push(command)
  // A series that is written twice in one load is what it is written last.
  const series = new Map(command.series.map((line) => [line.labels.key, line]))
  const native = command.withNativeBuckets ? toNativeBuckets(command.series) : []
  for (const line of native) series.set(line.labels.key, line)
  for (const { labels, values } of series.values()) {
    values.forEach((value, i) => {
      if (value === 'omitted') return
      bench.source.add(labels, i * command.stepMs, value)
    })
  }
}

async function runEval(bench: Bench, command: EvalCommand): Promise<Outcome> {
  const about = { command, loads: [...bench.loads] }
  let result: PromqlResult
  try {
    result = await bench.engine.evaluate(requestOf(command))
  } catch (thrown) {
    const fault = compareFailure(command, messageOf(thrown))
    return { ...about, fault, messageFault: undefined, rangeFault: undefined }
  }
  if (command.fails) {
    const fault = 'want a failure, got a result'
    return { ...about, fault, messageFault: undefined, rangeFault: undefined }
  }
  const fault = compareResult(command, result)
  const messageFault = compareMessages(command.messages, result)
  const rangeFault = fault === undefined ? await askAsRange(bench, command) : undefined
  return { ...about, fault, messageFault, rangeFault }
}

function requestOf(command: EvalCommand) {
  const { query, startMs, endMs, stepMs } = command
  if (command.isRange) return { query, startMs, endMs, stepMs }
  // For a range vector the script tells the times of its samples; the query is asked at their end.
  return { query, startMs: endMs, endMs, stepMs: 0 }
}

function compareFailure(command: EvalCommand, message: string): string | undefined {
  if (!command.fails) return `failed: ${message}`
  const { failText, failPattern } = command
  if (failText !== undefined && failText !== message)
    return `want failure ${failText}, got ${message}`
  if (failPattern !== undefined && !contains(failPattern, message)) {
    return `want failure like ${failPattern}, got ${message}`
  }
  return undefined
}

const AROUND_MS = 60_000

/** An instant query must have the same result as the middle step of a range around its time. */
async function askAsRange(bench: Bench, command: EvalCommand): Promise<string | undefined> {
  const atMs = command.startMs
  const dependsOnRange = /\b(?:start|end|range|step)\(\)/.test(command.query)
  if (command.isRange || command.isMatrix || command.isOrdered || dependsOnRange) return undefined
  if (command.text !== undefined || atMs < AROUND_MS) return undefined
  try {
    const { query } = command
    const range = { query, startMs: atMs - AROUND_MS, endMs: atMs + AROUND_MS, stepMs: AROUND_MS }
    return compareResult(command, middleOf(await bench.engine.evaluate(range), command, atMs))
  } catch (thrown) {
    return messageOf(thrown)
  }
}

/** The samples of a range result at one time, as an instant result. */
function middleOf(result: PromqlResult, command: EvalCommand, atMs: number): PromqlResult {
  const rows: { row: number; index: number }[] = []
  for (let row = 0; row < result.labels.length; row++) {
    const from = result.offsets[row] as number
    const to = result.offsets[row + 1] as number
    const index = result.timestampsMs.subarray(from, to).indexOf(atMs)
    if (index >= 0) rows.push({ row, index: from + index })
  }
  const labels = result.labels.filter((_, row) => rows.some((found) => found.row === row))
  const { histograms } = result
  return {
    ...result,
    ...(histograms && {
      histograms: {
        table: histograms.table,
        rows: Int32Array.from(rows, ({ index }) => histograms.rows[index] as number),
      },
    }),
    type: command.scalar === undefined ? 'vector' : 'scalar',
    labels,
    offsets: Uint32Array.from({ length: rows.length + 1 }, (_, i) => i),
    timestampsMs: Float64Array.from(rows, () => atMs),
    values: Float64Array.from(rows, ({ index }) => result.values[index] as number),
  }
}
