import type { HistogramValue } from '../../../lang/promql/histogram-notation.ts'
import { locate } from '../../../yaml/locate.ts'
import { formatDurationMs } from '../../../model/duration.ts'
import { Labels } from '../../../model/labels.ts'
import path from 'node:path'
import type { FaultList } from '../../../yaml/fault.ts'
import type { YamlMap } from '../../../yaml/map.ts'
import type { YamlNode } from '../../../yaml/node.ts'
import { readYamlFile } from '../../../yaml/read-file.ts'
import {
  NotationError,
  parseHistogramText,
  parseSeries,
  parseValues,
  type SequenceValue,
} from './series-values.ts'

export interface InputSeries {
  readonly labels: Labels
  /** One each interval of the test, from its start. */
  readonly values: readonly SequenceValue[]
}

export interface ExpectedAlert {
  /** With `alertname`. */
  readonly labels: Labels
  readonly annotations: Labels
}

export interface AlertTest {
  /** After the start. */
  readonly evalTimeMs: number
  readonly alertName: string
  readonly expected: readonly ExpectedAlert[]
  readonly place: string
}

export interface ExpectedSample {
  readonly labels: Labels
  readonly value: number
  /** Set when the sample is a native histogram. */
  readonly histogram?: HistogramValue
}

export interface ExprTest {
  readonly evalTimeMs: number
  readonly expr: string
  readonly expected: readonly ExpectedSample[]
  readonly place: string
}

export interface TestGroup {
  /** As written, or `unnamed#0` by its place in the file. */
  readonly name: string
  readonly intervalMs: number
  readonly startMs: number
  readonly series: readonly InputSeries[]
  readonly alertTests: readonly AlertTest[]
  readonly exprTests: readonly ExprTest[]
  readonly externalLabels: Readonly<Record<string, string>>
  readonly externalUrl: string
}

/** A file of unit tests in promtool's format (cmd/promtool/unittest.go of Prometheus). */
export interface RuleTestFile {
  /** Absolute or as given, each once. */
  readonly ruleFiles: readonly string[]
  readonly evaluationIntervalMs: number
  /** Names of groups; those that are not here come first. */
  readonly groupOrder: readonly string[]
  /** Neighbouring floating point numbers count as equal. */
  readonly isFuzzy: boolean
  readonly groups: readonly TestGroup[]
}

const DEFAULT_INTERVAL_MS = 60_000

/** Reads a file of unit tests; with an error among the faults it is not for use. */
export function readTestFile(file: string, faults: FaultList): RuleTestFile | undefined {
  const root = readYamlFile(file, { faults })
  if (root === undefined) return undefined
  const map = root.asMap()
  if (!map) return { ...NO_TESTS }
  const intervalMs = orDefault(map.key('evaluation_interval').durationMs())
  const groups = (map.key('tests').asList() ?? []).map((node, i) => readGroup(node, i, intervalMs))
  const tests: RuleTestFile = {
    ruleFiles: readRuleFiles(map.key('rule_files'), path.dirname(file)),
    evaluationIntervalMs: intervalMs,
    groupOrder: readOrder(map.key('group_eval_order')),
    isFuzzy: map.key('fuzzy_compare').asBool() ?? false,
    groups,
  }
  map.finish()
  return tests
}

const NO_TESTS: RuleTestFile = {
  ruleFiles: [],
  evaluationIntervalMs: DEFAULT_INTERVAL_MS,
  groupOrder: [],
  isFuzzy: false,
  groups: [],
}

function orDefault(intervalMs: number | undefined): number {
  return intervalMs === undefined || intervalMs === 0 ? DEFAULT_INTERVAL_MS : intervalMs
}

function readRuleFiles(node: YamlNode, folder: string): string[] {
  const files = new Set<string>()
  for (const item of node.asList() ?? []) {
    const written = item.asString()
    if (written === undefined) continue
    const found = locate(written, path.resolve(folder))
    if (found.files.length === 0) item.warn(`no rule file is at ${found.pattern}`)
    for (const file of found.files) files.add(file)
  }
  return [...files]
}

function readOrder(node: YamlNode): readonly string[] {
  const names: string[] = []
  for (const item of node.asList() ?? []) {
    const name = item.asString() ?? ''
    if (names.includes(name)) item.error(`group name repeated in evaluation order: ${name}`)
    names.push(name)
  }
  return names
}

function readGroup(node: YamlNode, index: number, defaultMs: number): TestGroup {
  const map = node.asMap()
  const key = (name: string): YamlNode => map?.key(name) ?? node.child(name, undefined)
  const intervalMs = key('interval').durationMs()
  const group: TestGroup = {
    name: key('name').asRawString() ?? `unnamed#${index}`,
    intervalMs: intervalMs === undefined || intervalMs === 0 ? defaultMs : intervalMs,
    startMs: readStart(key('start_timestamp')),
    series: (key('input_series').asList() ?? []).flatMap((item) => readSeries(item) ?? []),
    alertTests: (key('alert_rule_test').asList() ?? []).flatMap(
      (item) => readAlertTest(item) ?? [],
    ),
    exprTests: (key('promql_expr_test').asList() ?? []).flatMap((item) => readExprTest(item) ?? []),
    externalLabels: readTexts(key('external_labels')),
    externalUrl: key('external_url').asRawString() ?? '',
  }
  map?.finish()
  return group
}

/** Seconds since the epoch, or RFC 3339. */
function readStart(node: YamlNode): number {
  const text = node.asRawString()
  if (text === undefined || text === '') return 0
  if (/^-?[0-9]+(?:\.[0-9]+)?$/.test(text)) return Math.round(Number(text) * 1000)
  const isTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/.test(text)
  const timeMs = isTime ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(timeMs)) return timeMs
  node.error(`must be seconds since 1970 or a time such as 2024-01-01T00:00:00Z, not ${text}`)
  return 0
}

function readSeries(node: YamlNode): InputSeries | undefined {
  const map = node.asMap()
  if (!map) return node.isEmpty ? node.error('an empty series') : undefined
  const labels = readNotation(map.key('series'), parseSeries)
  const values = readNotation(map.key('values'), parseValues)
  map.finish()
  if (labels === undefined || values === undefined) return undefined
  if (labels.size === 0) return map.node.error('series must be set')
  return { labels, values }
}

function readNotation<T>(node: YamlNode, parse: (text: string) => T): T | undefined {
  // A value of another kind is reported by this; nothing is the empty text.
  const text = node.asRawString()
  if (text === undefined && !node.isEmpty) return undefined
  try {
    return parse(text ?? '')
  } catch (thrown) {
    if (!(thrown instanceof NotationError)) throw thrown
    return node.error(thrown.message)
  }
}

function readAlertTest(node: YamlNode): AlertTest | undefined {
  const map = node.asMap()
  if (!map) return undefined
  const evalTimeMs = map.key('eval_time').durationMs() ?? 0
  const alertName = map.key('alertname').asRawString() ?? ''
  if (alertName === '') {
    map.node.error(`alertname must be set (eval_time ${formatDurationMs(evalTimeMs)})`)
  }
  const expected = (map.key('exp_alerts').asList() ?? []).map((item) =>
    readExpectedAlert(item, alertName),
  )
  map.finish()
  return { evalTimeMs, alertName, expected, place: placeOf(node) }
}

/** People write the labels of the rule; its name is added. */
function readExpectedAlert(node: YamlNode, alertName: string): ExpectedAlert {
  const map = node.asMap()
  const labels = map ? readTexts(map.key('exp_labels')) : {}
  const annotations = map ? readTexts(map.key('exp_annotations')) : {}
  map?.finish()
  return {
    labels: Labels.from({ ...labels, alertname: alertName }),
    annotations: Labels.from(annotations),
  }
}

function readExprTest(node: YamlNode): ExprTest | undefined {
  const map = node.asMap()
  if (!map) return undefined
  const evalTimeMs = map.key('eval_time').durationMs() ?? 0
  const expr = map.key('expr').asRawString() ?? ''
  const expected = (map.key('exp_samples').asList() ?? []).flatMap(
    (item) => readExpectedSample(item.asMap()) ?? [],
  )
  map.finish()
  return { evalTimeMs, expr, expected, place: placeOf(node) }
}

function readExpectedSample(map: YamlMap | undefined): ExpectedSample | undefined {
  if (!map) return undefined
  const labels = readNotation(map.key('labels'), parseSeries)
  const value = map.key('value').asNumber() ?? 0
  const histogram = readNotation(map.key('histogram'), parseHistogramText)
  map.finish()
  return labels && { labels, value, ...(histogram && { histogram }) }
}

function readTexts(node: YamlNode): Record<string, string> {
  const entries = node.asMap()?.entries() ?? []
  return Object.fromEntries(entries.map((entry) => [entry.name, entry.asRawString() ?? '']))
}

function placeOf(node: YamlNode): string {
  return `${node.file}:${node.line}:${node.col}`
}
