import type { Labels } from '../../../model/labels.ts'
import { compileAnchored } from '../../../model/regex.ts'
import { isAlmostEqual } from '../classic-buckets.ts'
import type { PromqlResult } from '../engine.ts'
import { formatLabelSet } from '../go-format.ts'
import type { EvalCommand, ExpectedMessage } from './script-syntax.ts'
import { BucketWalk } from '../histograms/bucket-walk.ts'
import type { HistogramValue } from '../../../lang/promql/histogram-notation.ts'
import { isHistogram, type SequenceValue } from './series-notation.ts'

const EPSILON = 1e-6

/** What is wrong with a result, or undefined when it is as expected. */
export function compareResult(command: EvalCommand, result: PromqlResult): string | undefined {
  switch (result.type) {
    case 'string':
      return result.text === (command.text ?? '')
        ? undefined
        : `want string ${command.text ?? ''}, got ${result.text ?? ''}`
    case 'scalar':
      if (command.scalar === undefined) return 'want a vector, got a scalar'
      return isAlmostEqual(command.scalar, result.values[0] as number, EPSILON)
        ? undefined
        : `want ${command.scalar}, got ${result.values[0]}`
    case 'vector':
    case 'matrix':
      if (command.scalar !== undefined) return `want a scalar, got a ${result.type}`
      return compareSeries(command, result)
    default:
      return result.type satisfies never
  }
}

function compareSeries(command: EvalCommand, result: PromqlResult): string | undefined {
  const seen = new Set<string>()
  for (let i = 0; i < result.labels.length; i++) {
    const labels = result.labels[i] as Labels
    const position = command.expected.findIndex((line) => line.labels.equals(labels))
    const expected = command.expected[position]
    if (expected === undefined) return `unexpected ${formatLabelSet(labels)} ${valuesOf(result, i)}`
    if (seen.has(labels.key)) return `twice ${formatLabelSet(labels)}`
    if (command.isOrdered && position !== i)
      return `${formatLabelSet(labels)} at ${i}, not ${position}`
    seen.add(labels.key)
    const fault = compareSamples(command, result, i, expected.values)
    if (fault !== undefined) return `${formatLabelSet(labels)}: ${fault}`
  }
  const missing = command.expected.find((line) => !seen.has(line.labels.key))
  return missing && `missing ${formatLabelSet(missing.labels)}`
}

function valuesOf(result: PromqlResult, row: number): string {
  return result.values.subarray(result.offsets[row], result.offsets[row + 1]).join(' ')
}

function compareSamples(
  command: EvalCommand,
  result: PromqlResult,
  row: number,
  expected: readonly SequenceValue[],
): string | undefined {
  const from = result.offsets[row] as number
  const to = result.offsets[row + 1] as number
  const shown = valuesOf(result, row)
  let next = from
  for (let i = 0; i < expected.length; i++) {
    const value = expected[i] as SequenceValue
    if (value === 'omitted') continue
    const timestampMs = command.startMs + i * command.stepMs
    if (next >= to || result.timestampsMs[next] !== timestampMs) {
      return `no sample at ${timestampMs}: ${shown}`
    }
    const fault = compareSample(value, result, next)
    if (fault !== undefined) return `${fault} at ${timestampMs}`
    next++
  }
  return next === to ? undefined : `${to - next} samples too many: ${shown}`
}

function compareSample(
  value: SequenceValue,
  { values, histograms }: PromqlResult,
  at: number,
): string | undefined {
  const row = histograms?.rows[at] ?? -1
  if (isHistogram(value)) {
    if (histograms === undefined || row < 0) return `want a histogram, got ${values[at]}`
    return compareHistograms(value, { table: histograms.table, row })
  }
  const wanted = typeof value === 'number' ? value : NaN
  if (row >= 0) return `want ${wanted}, got a histogram`
  return isAlmostEqual(wanted, values[at] as number, EPSILON)
    ? undefined
    : `want ${wanted}, got ${values[at]}`
}

/** What the HTTP API shows of a histogram is compared: not how its buckets are numbered, nor what it says of resets. */
function compareHistograms(wanted: HistogramValue, got: HistogramValue): string | undefined {
  const [a, b] = [shownOf(wanted), shownOf(got)]
  const isEqual =
    a.length === b.length && a.every((value, i) => isAlmostEqual(value, b[i] as number, EPSILON))
  return isEqual ? undefined : `want histogram ${a.join(' ')}, got ${b.join(' ')}`
}

/** Count, sum and, of each bucket, its bounds and count. */
function shownOf({ table, row }: HistogramValue): number[] {
  const walk = new BucketWalk()
  walk.load(table, row)
  const out = [table.totals[row] as number, table.sums[row] as number]
  for (let i = 0; i < walk.length; i++) {
    out.push(walk.lowers[i] as number, walk.uppers[i] as number, walk.counts[i] as number)
  }
  return out
}

/** What is wrong with the warnings and infos of a result. */
export function compareMessages(
  expected: readonly ExpectedMessage[],
  result: Pick<PromqlResult, 'warnings' | 'infos'>,
): string | undefined {
  for (const kind of ['warn', 'info'] as const) {
    const got = kind === 'warn' ? result.warnings : result.infos
    const wanted = expected.filter((message) => message.kind === kind)
    const unmet = wanted.find((message) => !got.some((text) => isMet(message, text)))
    if (unmet) return `want ${kind} ${unmet.text ?? unmet.pattern ?? ''}, got [${got.join('; ')}]`
    const extra = got.find((text) => !wanted.some((message) => isMet(message, text)))
    if (wanted.length > 0 && extra !== undefined) return `unexpected ${kind} ${extra}`
    const isForbidden = expected.some((message) => message.kind === `no_${kind}`)
    if (isForbidden && got.length > 0) return `want no ${kind}, got ${got.join('; ')}`
  }
  return undefined
}

function isMet({ text, pattern }: ExpectedMessage, message: string): boolean {
  if (text !== undefined) return message === text
  return pattern === undefined || contains(pattern, message)
}

/** True when an unanchored RE2 pattern occurs in a text. */
export function contains(pattern: string, text: string): boolean {
  return compileAnchored(`.*(?:${pattern}).*`).test(text)
}
