import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { formatFault } from './fault.ts'
import { parse } from './parse.ts'
import type { ParseOptions } from './parse-options.ts'
import { prettify, print } from './print.ts'
import { parseJson } from '../../../test/house/parse-json.ts'

const SHARED = fileURLToPath(new URL('../../../../shared', import.meta.url))
const DATA = join(SHARED, 'conformance/data')
const RULES = join(SHARED, 'data/configs/rules')

const ALL: ParseOptions = {
  experimentalFunctions: true,
  durationExpressions: true,
  extendedRangeSelectors: true,
  fillModifiers: true,
}

/** Whether the data for a test is there; where it is not, says so. */
function hasData(path: string): boolean {
  if (existsSync(path)) return true
  console.log(`skipped: no conformance data at ${relative(process.cwd(), path)}`)
  return false
}

/** Faults that say that a feature is switched off or left out, not that the query is wrong. */
function isAboutFeature(message: string): boolean {
  return /is not enabled|experimental/.test(message)
}

interface ParseCase {
  readonly query: string
  readonly valid: boolean
  readonly error?: readonly string[]
}

/** The messages of the data are Go source: quotes are escaped once or more. */
function unescapeQuotes(message: string): string {
  return message.replaceAll(/\\+(["'])/g, '$1')
}

function share(part: number, whole: number): string {
  return `${part} of ${whole} (${((100 * part) / Math.max(whole, 1)).toFixed(1)} %)`
}

describe('the parser against the cases of Prometheus', () => {
  const path = join(DATA, 'prometheus/promql-parse.json')
  it.skipIf(!hasData(path))('accepts and refuses what Prometheus does', () => {
    const cases = parseJson(readFileSync(path, 'utf8'), (json): json is ParseCase[] =>
      Array.isArray(json),
    )
    const wrong: string[] = []
    const count = { valid: 0, accepted: 0, invalid: 0, refused: 0, sameMessage: 0 }
    const feature = { cases: 0, accepted: 0 }
    for (const { query, valid, error } of cases) {
      const stable = parse(query)
      if (valid && !stable.ok && stable.faults.some((fault) => isAboutFeature(fault.message))) {
        feature.cases++
        if (parse(query, ALL).ok) feature.accepted++
        else wrong.push(`refused with every option on: ${query}`)
      } else if (valid) {
        count.valid++
        if (stable.ok) count.accepted++
        else wrong.push(`refused: ${query}: ${stable.faults[0]?.message}`)
      } else {
        count.invalid++
        const read = parse(query, ALL)
        if (read.ok) wrong.push(`accepted: ${query}`)
        else {
          count.refused++
          const wanted = unescapeQuotes(error?.[0] ?? '')
          const got = unescapeQuotes(read.faults[0]?.message ?? '')
          if (got === wanted) count.sameMessage++
          else wrong.push(`other message: ${query}\n  got  ${got}\n  want ${wanted}`)
        }
      }
    }
    console.log(`stable syntax: accepted ${share(count.accepted, count.valid)} valid queries`)
    console.log(`refused ${share(count.refused, count.invalid)} invalid queries`)
    console.log(`first message equal in ${share(count.sameMessage, count.invalid)}`)
    console.log(`experimental, with options: accepted ${share(feature.accepted, feature.cases)}`)
    if (wrong.length > 0) console.log(wrong.join('\n'))
    expect(count.accepted / count.valid).toBeGreaterThanOrEqual(0.97)
    expect(count.refused / count.invalid).toBeGreaterThanOrEqual(0.97)
    expect(count.sameMessage / count.invalid).toBeGreaterThanOrEqual(0.97)
    expect(feature.accepted).toBe(feature.cases)
  })

  const scripts = join(DATA, 'promqltest')
  it.skipIf(!hasData(scripts))('accepts the queries of the promqltest scripts', () => {
    const refused: string[] = []
    let queries = 0
    for (const { query, where } of readScripts(scripts)) {
      queries++
      const read = parse(query, ALL)
      if (read.ok) continue
      const [first] = read.faults
      if (first) refused.push(`${where}: ${query}: ${formatFault(query, first)}`)
    }
    console.log(`promqltest: ${queries} queries`)
    expect(refused).toEqual([])
  })

  it.skipIf(!hasData(RULES))('accepts the expressions of public rule files', () => {
    const refused: string[] = []
    let expressions = 0
    for (const file of readdirSync(RULES, { recursive: true, encoding: 'utf8' })) {
      if (!/\.ya?ml$/.test(file)) continue
      for (const expr of expressionsIn(readFileSync(join(RULES, file), 'utf8'))) {
        expressions++
        const read = parse(expr)
        if (!read.ok) refused.push(`${file}: ${expr}: ${read.faults[0]?.message}`)
      }
    }
    console.log(`rule files: ${expressions} expressions`)
    expect(refused).toEqual([])
  })
})

/** The queries of `eval` lines that are not expected to fail. */
function* readScripts(folder: string): Generator<{ query: string; where: string }> {
  const command = /^eval(_\w+)?\s+(?:instant at \S+|range from \S+ to \S+ step \S+)\s+(?<query>.*)$/
  for (const file of readdirSync(folder)) {
    const lines = readFileSync(join(folder, file), 'utf8').split('\n')
    for (const [i, line] of lines.entries()) {
      const found = command.exec(line.trim())
      const mayFail = found?.[1] === '_fail' || lines[i + 1]?.includes('expect fail') === true
      const query = found?.groups?.['query']
      if (query !== undefined && !mayFail) yield { query, where: `${file}:${i + 1}` }
    }
  }
}

function expressionsIn(yaml: string): string[] {
  const found: string[] = []
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit)
    else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        if (key === 'expr') found.push(String(inner))
        else visit(inner)
      }
    }
  }
  for (const document of parseAllDocuments(yaml)) visit(document.toJS())
  return found
}

interface FormatCase {
  readonly in: string
  readonly out: string
  readonly kind: 'pretty' | 'string'
}

describe('the printer against the cases of Prometheus', () => {
  const path = join(DATA, 'prometheus/promql-format.json')
  it.skipIf(!hasData(path))('prints and breaks lines as Prometheus does', () => {
    const cases = parseJson(readFileSync(path, 'utf8'), (json): json is FormatCase[] =>
      Array.isArray(json),
    )
    const counts = { pretty: { all: 0, same: 0 }, string: { all: 0, same: 0 } }
    for (const { in: query, out, kind } of cases) {
      const read = parse(query, ALL)
      counts[kind].all++
      if (!read.ok) console.log(`refused: ${query}`)
      // Prometheus's own test breaks whatever is longer than 10 bytes.
      else if ((kind === 'pretty' ? prettify(read.expr, 10) : print(read.expr)) === out) {
        counts[kind].same++
      } else console.log(`printed otherwise: ${query}: ${print(read.expr)}`)
    }
    console.log(`one line: ${share(counts.string.same, counts.string.all)} the same`)
    console.log(`several lines: ${share(counts.pretty.same, counts.pretty.all)} the same`)
    expect(counts.string.same).toBe(counts.string.all)
    expect(counts.pretty.same).toBe(counts.pretty.all)
  })
})
