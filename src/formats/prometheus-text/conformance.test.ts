import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { encodeUtf8 } from '../text-codec.ts'
import { createScrapeParser } from './scrape-parser.ts'

const SHARED = resolve('../shared')
const DATA = join(SHARED, 'conformance/data')
const PAGES = join(SHARED, 'data/metrics')
const TEXT = 'text/plain;version=0.0.4'
const OPENMETRICS = 'application/openmetrics-text;version=1.0.0'

const lenient = createScrapeParser()
const strict = createScrapeParser({ strict: true })

/** True when a page is taken, its series included. */
function accepts(bytes: Uint8Array, contentType: string, parser = lenient): boolean {
  const page = parser.parse(bytes, contentType, 0, true)
  if (page.fault !== undefined) return false
  try {
    for (let row = 0; row < page.rows; row++) page.labelsOf(row)
    return true
  } catch {
    return false
  }
}

interface Score {
  passed: number
  readonly failed: string[]
}

function score(cases: readonly (readonly [name: string, isRight: boolean])[]): Score {
  const failed = cases.filter(([, isRight]) => !isRight).map(([name]) => name)
  return { passed: cases.length - failed.length, failed }
}

function expectShare(
  what: string,
  cases: readonly (readonly [string, boolean])[],
  share: number,
): void {
  const { passed, failed } = score(cases)
  const missed =
    failed.length > 0 ? `; not: ${failed.map((name) => JSON.stringify(name)).join(', ')}` : ''
  console.log(`${what}: ${passed} of ${cases.length}${missed}`)
  expect(passed / cases.length, what).toBeGreaterThanOrEqual(share)
}

/** The extraction of the cases made U+FFFD of bytes that are not UTF-8. */
function bytesOf(text: string): Uint8Array {
  return encodeUtf8(text).length === text.length || !text.includes('\ufffd')
    ? encodeUtf8(text)
    : new Uint8Array(
        text
          .split('\ufffd')
          .flatMap((part, i) => (i === 0 ? [...encodeUtf8(part)] : [0xff, ...encodeUtf8(part)])),
      )
}

function readJson(path: string): Record<string, unknown>[] {
  const parsed: unknown = JSON.parse(readFileSync(join(DATA, path), 'utf8'))
  return Array.isArray(parsed) ? (parsed as Record<string, unknown>[]) : []
}

const textOf = (record: Record<string, unknown>, key: string): string => {
  const value = record[key]
  return typeof value === 'string' ? value : ''
}

const isHere = existsSync(DATA) && existsSync(PAGES)
if (!isHere)
  console.log(`conformance data of the formats: not beside the project (${SHARED}), skipped`)

describe.skipIf(!isHere)('conformance', () => {
  it('OpenMetrics test suite', () => {
    const good: [string, boolean][] = []
    const bad: [string, boolean][] = []
    const badForPrometheus: [string, boolean][] = []
    for (const name of readdirSync(join(DATA, 'openmetrics/parsers'))) {
      const directory = join(DATA, 'openmetrics/parsers', name)
      const bytes = new Uint8Array(readFileSync(join(directory, 'metrics')))
      const isGood = readFileSync(join(directory, 'test.json'), 'utf8').includes(
        '"shouldParse": true',
      )
      const isTaken = accepts(bytes, OPENMETRICS, strict)
      if (isGood) {
        const rows = JSON.stringify(rowsOf(bytes, OPENMETRICS))
        const isRight = rows === JSON.stringify(rowsByPattern(bytes, OPENMETRICS))
        good.push([name, isTaken && isRight && accepts(bytes, OPENMETRICS)])
      } else {
        bad.push([name, !isTaken])
        badForPrometheus.push([name, !accepts(bytes, OPENMETRICS)])
      }
    }
    expectShare('OpenMetrics good pages, strict and as scraped', good, 0.95)
    expectShare('OpenMetrics bad pages, strict', bad, 0.95)
    const { passed } = score(badForPrometheus)
    console.log(
      `OpenMetrics bad pages, as scraped (Prometheus's rules): ${passed} of ${bad.length}`,
    )
  })

  it("Prometheus's own parsers", () => {
    const nul = '\n# HELP metric foo\0bar\nnull_byte_metric{a="abc\0"} 1'
    const goodText = readJson('prometheus/textparse/promtext-good.json').map((record) => {
      return [
        textOf(record, 'test'),
        accepts(bytesOf(textOf(record, 'input') + nul), TEXT),
      ] as const
    })
    const goodOpenMetrics = readJson('prometheus/textparse/openmetrics-good.json').map((record) => {
      const input = `${textOf(record, 'input').trimEnd()}${nul}\n# EOF\n`
      return [textOf(record, 'test'), accepts(bytesOf(input), OPENMETRICS)] as const
    })
    const errors = readJson('prometheus/textparse/openmetrics-errors.json').map((record) => {
      const input = textOf(record, 'input')
      // The end of a page that is right is an error called EOF in Go.
      const isGood = textOf(record, 'error') === 'EOF'
      return [input, accepts(bytesOf(input), OPENMETRICS) === isGood, isGood] as const
    })
    const badText = readJson('prometheus/textparse/promtext-errors.json').map((record) => {
      const input = textOf(record, 'input')
      return [input, !accepts(bytesOf(input), TEXT)] as const
    })
    const badOpenMetrics = errors.filter(([, , isGood]) => !isGood)
    const alsoGood = errors.filter(([, , isGood]) => isGood)
    const pairs = (cases: readonly (readonly [string, boolean, boolean])[]) =>
      cases.map(([name, isRight]) => [name, isRight] as const)
    expectShare('promparse good', goodText, 0.95)
    expectShare('openmetricsparse good', [...goodOpenMetrics, ...pairs(alsoGood)], 0.95)
    expectShare('promparse bad', badText, 0.95)
    expectShare('openmetricsparse bad', pairs(badOpenMetrics), 0.95)
  })

  it('prometheus/common', () => {
    const good = readJson('prometheus-common/text-parse-good.json').map((record) => {
      const input = textOf(record, 'in')
      const page = lenient.parse(bytesOf(input), TEXT, 0, true)
      if (page.fault !== undefined) return [input, false] as const
      const expected = expectedSamples(record['go_out'])
      return [input, JSON.stringify(samplesOf(input)) === JSON.stringify(expected)] as const
    })
    const errors = readJson('prometheus-common/text-parse-errors.json')
    const bad = errors
      .filter((record) => textOf(record, 'error_utf8') !== '')
      .map(
        (record) =>
          [textOf(record, 'in'), !accepts(bytesOf(textOf(record, 'in')), TEXT, strict)] as const,
      )
    const badForPrometheus = errors
      .filter((record) => textOf(record, 'error_utf8') !== '')
      .map(
        (record) => [textOf(record, 'in'), !accepts(bytesOf(textOf(record, 'in')), TEXT)] as const,
      )
    expectShare('prometheus/common good, the values in order', good, 0.95)
    expectShare('prometheus/common bad, strict', bad, 0.95)
    console.log(
      `prometheus/common bad, as scraped: ${score(badForPrometheus).passed} of ${bad.length}`,
    )
  })

  it('real pages', () => {
    for (const name of readdirSync(PAGES)) {
      const bytes = new Uint8Array(readFileSync(join(PAGES, name)))
      const contentType = name.endsWith('.om') ? OPENMETRICS : TEXT
      const page = lenient.parse(bytes, contentType, 0, true)
      expect(page.fault, name).toBeUndefined()
      expect(rowsOf(bytes, contentType), name).toEqual(rowsByPattern(bytes, contentType))
      console.log(`${name}: ${page.rows} samples`)
    }
  })
})

/** Each row as its labels, value and timestamp, read by the parser. */
function rowsOf(bytes: Uint8Array, contentType: string): unknown[] {
  const page = lenient.parse(bytes, contentType, -1, true)
  return Array.from({ length: page.rows }, (_, row) => [
    page.seriesText(row).replace(/\{.*/s, ''),
    Object.fromEntries(
      Object.entries(page.labelsOf(row).toObject()).filter(([name]) => name !== '__name__'),
    ),
    String(page.values[row]),
    page.timestampsMs[row],
  ])
}

const LINE =
  /^([a-zA-Z_:][\w:]*)(\{(?:[^"}]|"(?:\\.|[^"\\])*")*\})?\s+(\S+)(?:\s+([^\s#]\S*))?(?:\s+#.*)?$/
const LABEL = /(\w+)="((?:\\.|[^"\\])*)"/g

/** The same, read line by line with patterns: slow, but another way to the same end. */
function rowsByPattern(bytes: Uint8Array, contentType: string): unknown[] {
  const rows: unknown[] = []
  let type = ''
  for (const line of new TextDecoder().decode(bytes).split('\n')) {
    type = /^# TYPE \S+ (\S+)/.exec(line)?.[1] ?? type
    const found = line.startsWith('#') ? null : LINE.exec(line.trim())
    if (found === null) continue
    const [, name, braces = '', value = '', timestamp] = found
    const labels: Record<string, string> = {}
    for (const [, label = '', quoted = ''] of braces.matchAll(LABEL)) {
      const text = quoted.replaceAll(/\\(.)/g, (both, char: string) => {
        return char === 'n' ? '\n' : char === '"' || char === '\\' ? char : both
      })
      const isNumber =
        (type === 'histogram' && label === 'le') || (type === 'summary' && label === 'quantile')
      if (text !== '')
        labels[label] = isNumber ? canonical(Number(text.replace('+Inf', 'Infinity'))) : text
    }
    const scale = contentType === OPENMETRICS ? 1000 : 1
    const timestampMs = timestamp === undefined ? -1 : Math.trunc(Number(timestamp) * scale)
    const sorted = Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
    rows.push([name, sorted, String(Number(value.replace('Inf', 'Infinity'))), timestampMs])
  }
  return rows
}

/** A bound as Go's %g writes it, with `.0` for whole numbers. */
function canonical(value: number): string {
  if (value === Infinity) return '+Inf'
  if (value !== 0 && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e6)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
  }
  return Number.isInteger(value) ? value.toFixed(1) : String(value)
}

/** The values and timestamps of a page's rows, sorted, for comparison without regard to grouping. */
function samplesOf(input: string): string[] {
  const page = lenient.parse(bytesOf(input), TEXT, 0, true)
  const samples: string[] = []
  for (let row = 0; row < page.rows; row++) {
    const timestamp = page.hasTimestamp[row] === 1 ? ` @${page.timestampsMs[row]}` : ''
    samples.push(`${page.values[row]}${timestamp}`)
  }
  return samples.sort()
}

/** The same from the Go values that the extraction kept as text. */
function expectedSamples(out: unknown): string[] {
  const samples: string[] = []
  for (const family of Array.isArray(out) ? (out as { go: string }[]) : []) {
    for (const metric of family.go
      .split(/\bMetric: *\[\]/)[1]
      ?.split(/\n\t\t\{\n/)
      .slice(1) ?? []) {
      const timestamp = /TimestampMs:\s*proto\.Int64\((-?\d+)\)/.exec(metric)?.[1]
      const suffix = timestamp === undefined ? '' : ` @${timestamp}`
      const fields =
        /(?:Value|SampleCount|SampleCountFloat|SampleSum|CumulativeCount|CumulativeCountFloat):\s*proto\.(?:Float64|Uint64)\(([^()]*(?:\([^()]*\))?)\)/g
      for (const [, text = ''] of metric.matchAll(fields))
        samples.push(`${goNumber(text)}${suffix}`)
    }
  }
  return samples.sort()
}

function goNumber(text: string): number {
  if (text.startsWith('math.Inf')) return text.includes('-') ? -Infinity : Infinity
  return text.startsWith('math.NaN') ? Number.NaN : Number(text)
}
