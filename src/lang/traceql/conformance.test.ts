import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../../test/house/parse-json.ts'
import { check } from './check.ts'
import { formatFault } from './fault.ts'
import { parse } from './parse.ts'
import { print } from './print.ts'

const DATA = fileURLToPath(new URL('../../../../shared/conformance/data/tempo', import.meta.url))

interface ParseCase {
  readonly query: string
  readonly valid: boolean
  readonly source: string
}

function hasData(path: string): boolean {
  if (existsSync(path)) return true
  console.log(`skipped: no conformance data at ${relative(process.cwd(), path)}`)
  return false
}

function readCases(path: string): readonly ParseCase[] {
  return parseJson(readFileSync(path, 'utf8'), (json): json is ParseCase[] => Array.isArray(json))
}

/** Tempo's tests of its parser alone hold queries that its checker refuses. */
function faultOf({ query, valid, source }: ParseCase): string | undefined {
  const parsed = parse(query)
  const isOfParser = valid && source.includes('parse_test')
  const faults = parsed.query && !isOfParser ? check(parsed.query) : parsed.faults
  return faults[0] && formatFault(query, faults[0])
}

describe('the parser and the checker against the cases of Tempo', () => {
  const path = join(DATA, 'traceql-parse.json')
  it.skipIf(!hasData(path))('accept and refuse what Tempo does', () => {
    const cases = readCases(path)
    const wrong = cases
      .filter((each) => each.valid && faultOf(each) !== undefined)
      .map((each) => `${each.query}\n  ${faultOf(each)} (${each.source})`)
    const invalid = cases.filter((each) => !each.valid)
    const accepted = invalid.filter((each) => faultOf(each) === undefined)
    for (const { query } of accepted) console.log(`accepted although Tempo refuses it: ${query}`)
    console.log(`refused ${invalid.length - accepted.length} of ${invalid.length}`)
    expect(wrong).toEqual([])
    expect(1 - accepted.length / invalid.length).toBeGreaterThanOrEqual(0.97)
  })

  it.skipIf(!hasData(path))('prints every query so that it reads the same again', () => {
    for (const each of readCases(path)) {
      const { query } = parse(each.query)
      if (!each.valid || !query) continue
      const text = print(query)
      const again = parse(text)
      expect(again.faults, text).toEqual([])
      expect(again.query && print(again.query)).toBe(text)
    }
  })
})
