import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../../../test/house/parse-json.ts'
import type { Aggregate, Expr, RangeAggregate, Stage } from '../ast.ts'
import { parse } from '../parse.ts'
import { parseCapturePattern } from '../pattern.ts'
import { Labels } from '../../../model/labels.ts'
import { compilePipeline } from './compile.ts'
import { matchPattern, testPattern } from './match-pattern.ts'
import { compileSampler } from './sample.ts'

const DATA = fileURLToPath(new URL('../../../../../shared/conformance/data/loki', import.meta.url))

/** Whether the data for a test is there; where it is not, says so. */
function hasData(path: string): boolean {
  if (existsSync(path)) return true
  console.log(`skipped: no conformance data at ${relative(process.cwd(), path)}`)
  return false
}

function read(query: string): Expr {
  const { expr, faults } = parse(query)
  if (!expr) throw new Error(`${query}: ${faults[0].message}`)
  return expr
}

function stagesOf(query: string): readonly Stage[] {
  const expr = read(query)
  if (expr.kind !== 'log') throw new Error(`no log query: ${query}`)
  return expr.stages
}

interface PipelineCase {
  readonly stages: string
  readonly line: string
  readonly stream_labels: Readonly<Record<string, string>>
  readonly structured_metadata?: Readonly<Record<string, string>>
  readonly want_labels: Readonly<Record<string, string>>
  readonly want_line?: string
  readonly entry_ts_ns?: string
  readonly name: string
  readonly test: string
  readonly source: string
}

/** In one case `\\a` of the source was taken for an escape of the character BEL. */
function mended(labels: Readonly<Record<string, string>>): Record<string, string> {
  const pairs = Object.entries(labels)
  return Object.fromEntries(pairs.map(([name, value]) => [name, value.replace('\\u0007', '\\a')]))
}

const PIPELINES = join(DATA, 'pipeline-cases.json')

describe.skipIf(!hasData(PIPELINES))('pipelines against the cases of Loki', () => {
  const cases = existsSync(PIPELINES)
    ? parseJson(readFileSync(PIPELINES, 'utf8'), (json): json is PipelineCase[] =>
        Array.isArray(json),
      )
    : []
  it.each(cases.map((each) => [`${each.stages} (${each.name}, ${each.source})`, each] as const))(
    '%s',
    (_title, each) => {
      const pipeline = compilePipeline(stagesOf(`{a="b"} ${each.stages}`))
      // Loki's own cases without a time are of 2022-08-26 12:54:13 UTC, as the one that prints it says.
      const timestampNs = BigInt(each.entry_ts_ns ?? '1661518453000000000')
      const stream = Labels.from(each.stream_labels)
      const metadata = Labels.from(each.structured_metadata ?? {})
      // The cases of label_format were taken without their line, which is this one.
      const line = each.test === 'Test_labelsFormatter_Format' ? 'test line' : each.line
      const result = pipeline.process(line, stream, metadata, timestampNs)
      const parts = [result?.stream, result?.structuredMetadata, result?.parsed]
      const all = Labels.fromPairs(
        parts.flatMap((labels) => Object.entries(labels?.toObject() ?? {})),
      )
      expect(all.toObject()).toEqual(Labels.from(mended(each.want_labels)).toObject())
      expect(result?.line).toBe(each.want_line ?? result?.line)
    },
  )
})

interface LineFilterCase {
  readonly query: string
  readonly lines: readonly { readonly line: string; readonly match: boolean }[]
}

interface IpCase {
  readonly filter: string
  readonly lines: readonly string[]
  readonly match_indexes: readonly number[]
}

const LINE_FILTERS = join(DATA, 'line-filter-cases.json')

describe.skipIf(!hasData(LINE_FILTERS))('line filters against the cases of Loki', () => {
  const cases = existsSync(LINE_FILTERS)
    ? parseJson(readFileSync(LINE_FILTERS, 'utf8'), (json): json is LineFilterCase[] =>
        Array.isArray(json),
      )
    : []
  it.each(cases.map((each) => [each.query, each] as const))('%s', (query, { lines }) => {
    const pipeline = compilePipeline(stagesOf(query))
    for (const { line, match } of lines) {
      const result = pipeline.process(line, Labels.EMPTY, Labels.EMPTY, 0n)
      expect(result !== undefined, line).toBe(match)
    }
  })

  const ipPath = join(DATA, 'ip-filter-cases.json')
  const ipCases = existsSync(ipPath)
    ? parseJson(readFileSync(ipPath, 'utf8'), (json): json is IpCase[] => Array.isArray(json))
    : []
  it.each(ipCases.map((each) => [each.filter, each] as const))('%s', (filter, each) => {
    const pipeline = compilePipeline(stagesOf(`{a="b"} ${filter}`))
    const matched = each.lines.flatMap((line, i) =>
      pipeline.process(line, Labels.EMPTY, Labels.EMPTY, 0n) ? [i] : [],
    )
    expect(matched).toEqual(each.match_indexes)
  })
})

interface PatternCase {
  readonly pattern: string
  readonly line: string
  readonly captures: readonly string[]
  readonly matches: boolean
}

const PATTERNS = join(DATA, 'pattern-cases.json')

describe.skipIf(!hasData(PATTERNS))('patterns against the cases of Loki', () => {
  const cases = existsSync(PATTERNS)
    ? parseJson(readFileSync(PATTERNS, 'utf8'), (json): json is PatternCase[] =>
        Array.isArray(json),
      )
    : []
  it.each(cases.map((each) => [each.pattern, each] as const))('%s', (pattern, each) => {
    const nodes = parseCapturePattern(pattern)
    expect(matchPattern(nodes, each.line)).toEqual(each.captures)
    expect(testPattern(nodes, each.line)).toBe(each.matches)
  })
})

interface SampleCase {
  readonly query: string
  readonly line: string
  readonly ok: boolean
  readonly value: number
  readonly labels: string
}

function samplerOf(query: string): ReturnType<typeof compileSampler> {
  const expr = read(query)
  if (expr.kind === 'range_aggregate') return compileSampler(expr)
  const { inner, outer } = innerOf(expr)
  const grouping = outer.grouping ?? { without: false, labels: [] }
  return outer.op === 'sum' ? compileSampler(inner, grouping) : compileSampler(inner)
}

function innerOf(expr: Expr): { inner: RangeAggregate; outer: Aggregate } {
  if (expr.kind !== 'aggregate' || expr.expr.kind !== 'range_aggregate') {
    throw new Error('no aggregation of a range aggregation')
  }
  return { inner: expr.expr, outer: expr }
}

const SAMPLES = join(DATA, 'parser-hints-metric-cases.json')

describe.skipIf(!hasData(SAMPLES))('samples against the cases of Loki', () => {
  const cases = existsSync(SAMPLES)
    ? parseJson(readFileSync(SAMPLES, 'utf8'), (json): json is SampleCase[] => Array.isArray(json))
    : []
  const stream = Labels.from({ app: 'nginx', cluster: 'us-central-west' })
  it.each(cases.map((each) => [each.query, each] as const))('%s', (query, each) => {
    const sample = samplerOf(query).process(each.line, stream, Labels.EMPTY, 0n)
    expect(sample !== undefined).toBe(each.ok)
    const pairs = Object.entries(sample?.labels.toObject() ?? {})
    const text = `{${pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ')}}`
    expect({ value: sample?.value ?? 0, text }).toEqual({
      value: each.value,
      text: each.labels === '' ? '{}' : each.labels,
    })
  })
})
