import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Matcher } from '../../model/matcher.ts'
import { messageOf } from '../../model/problem.ts'
import { parseAlertMatchers, readOneUtf8 } from './parse.ts'
import { formatAlertMatchers } from './print.ts'
import { parseJson } from '../../../test/house/parse-json.ts'

interface Case {
  readonly input: string
  readonly parser: 'utf8' | 'classic'
  readonly many: boolean
  readonly valid: boolean
  readonly error: string | null
  readonly go_expected: { readonly go: string } | null
}

const file = path.resolve('../shared/conformance/data/alertmanager/matchers.json')
if (!existsSync(file)) console.log(`skipped: ${file} is not there`)

const isCases = (json: unknown): json is Case[] => Array.isArray(json)
const cases = existsSync(file) ? parseJson(readFileSync(file, 'utf8'), isCases) : []

const OPS: Readonly<Record<string, string>> = {
  MatchEqual: '=',
  MatchNotEqual: '!=',
  MatchRegexp: '=~',
  MatchNotRegexp: '!~',
}

/** The matchers that a piece of Go makes, as `[name, operator, value]`. */
function expectedOf(go: string): [string, string, string][] {
  const literal = '("(?:[^"\\\\]|\\\\.)*"|`[^`]*`)'
  const calls = new RegExp(`(Match(?:Not)?(?:Equal|Regexp)), ${literal}, ${literal}`, 'g')
  const textOf = (quoted = ''): string =>
    quoted.startsWith('`') ? quoted.slice(1, -1) : String(JSON.parse(quoted))
  return [...go.matchAll(calls)].map(([, op = '', name, value]) => [
    textOf(name),
    OPS[op] ?? '?',
    textOf(value),
  ])
}

type Read = readonly [string, string, string][]

function attempt(one: Case): Read | string {
  const plain = ({ name, op, value }: Matcher): [string, string, string] => [name, op, value]
  if (one.many) {
    const parsed = parseAlertMatchers(one.input, one.parser)
    return parsed.ok ? parsed.matchers.map(plain) : parsed.message
  }
  try {
    return readOneUtf8(one.input).map(plain)
  } catch (thrown) {
    return messageOf(thrown)
  }
}

describe.skipIf(cases.length === 0)("Alertmanager's own cases of matchers", () => {
  const good = cases.filter((one) => one.valid)
  const bad = cases.filter((one) => !one.valid)

  it.each(good)('$parser reads $input', (one) => {
    expect(attempt(one)).toEqual(expectedOf(one.go_expected?.go ?? ''))
  })

  it.each(good)('$parser: what $input prints as is read as the same', (one) => {
    const parsed = parseAlertMatchers(one.input, one.parser)
    const matchers = parsed.ok ? parsed.matchers : []
    const again = parseAlertMatchers(formatAlertMatchers(matchers))
    expect(again.ok && formatAlertMatchers(again.matchers)).toBe(formatAlertMatchers(matchers))
  })

  it.each(bad)('$parser refuses $input', (one) => {
    // Behind this, the words are those of the regular expressions' library.
    const short = (text: unknown): string => String(text).replace(/(parsing regexp): .*/, '$1')
    expect(short(attempt(one))).toBe(short(one.error))
  })
})
