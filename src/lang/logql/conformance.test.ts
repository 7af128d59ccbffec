import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../../test/house/parse-json.ts'
import { formatFault } from './fault.ts'
import { parse } from './parse.ts'
import { prettify, print } from './print.ts'

const DATA = fileURLToPath(new URL('../../../../shared/conformance/data/loki', import.meta.url))

/** Whether the data for a test is there; where it is not, says so. */
function hasData(path: string): boolean {
  if (existsSync(path)) return true
  console.log(`skipped: no conformance data at ${relative(process.cwd(), path)}`)
  return false
}

interface ParseCase {
  readonly query: string
  readonly valid: boolean
  readonly error?: string
}

interface FormatCase {
  readonly in: string
  readonly out: string
}

function readParseCases(path: string): readonly ParseCase[] {
  return parseJson(readFileSync(path, 'utf8'), (json): json is ParseCase[] => Array.isArray(json))
}

function readFormatCases(path: string): readonly FormatCase[] {
  return parseJson(readFileSync(path, 'utf8'), (json): json is FormatCase[] => Array.isArray(json))
}

describe('the parser against the cases of Loki', () => {
  const path = join(DATA, 'logql-parse.json')
  it.skipIf(!hasData(path))('accepts and refuses what Loki does', () => {
    const cases = readParseCases(path)
    const wrong: string[] = []
    let refused = 0
    let sameMessage = 0
    for (const { query, valid, error } of cases) {
      const { expr, faults } = parse(query)
      const said = faults[0] ? formatFault(query, faults[0]) : 'accepted'
      if (valid && !expr) wrong.push(`${query}\n  ${said}`)
      if (!valid && expr) console.log(`accepted although Loki refuses it: ${query}`)
      if (!valid && !expr) refused++
      if (!valid && error !== undefined && said.includes(error)) sameMessage++
    }
    const invalid = cases.filter((each) => !each.valid).length
    console.log(`refused ${refused} of ${invalid}, ${sameMessage} with Loki's own words`)
    expect(wrong).toEqual([])
    expect(refused / invalid).toBeGreaterThanOrEqual(0.97)
  })

  it.skipIf(!hasData(path))('prints every query so that it reads the same again', () => {
    for (const { query, valid } of readParseCases(path)) {
      const { expr } = parse(query)
      if (!valid || !expr) continue
      for (const text of [print(expr), prettify(expr), prettify(expr, 20)]) {
        const again = parse(text)
        expect(again.faults, text).toEqual([])
        expect(again.expr && print(again.expr)).toBe(print(expr))
      }
    }
  })
})

describe('the formatter against the cases of Loki', () => {
  const path = join(DATA, 'logql-format.json')
  it.skipIf(!hasData(path))('breaks lines where Loki does', () => {
    for (const each of readFormatCases(path)) {
      const { expr } = parse(each.in)
      // The cases were made with lines of 20 characters.
      expect(expr && prettify(expr, 20)).toBe(each.out)
    }
  })
})
