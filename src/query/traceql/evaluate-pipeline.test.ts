import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { check } from '../../lang/traceql/check.ts'
import { parse } from '../../lang/traceql/parse.ts'
import { printValue } from '../../lang/traceql/print.ts'
import { compilePipeline, type Spanset } from './evaluate-pipeline.ts'
import { type FieldValue, isList } from './field-value.ts'
import { readScript, type ScriptCase } from './testing/read-script.ts'
import { ScriptTrace } from './testing/script-trace.ts'

const CASES = fileURLToPath(new URL('cases', import.meta.url))

function show(value: FieldValue | undefined): string {
  if (value === undefined) return 'nil'
  return isList(value) ? value.value.map(String).join(' ') : printValue(value)
}

function describeSpanset(trace: ScriptTrace, { rows, attributes }: Spanset): string {
  const ids = Array.from(rows, (row) => trace.idOf(row)).toSorted()
  return [ids.join(' '), ...attributes.map(({ name, value }) => `${name}=${show(value)}`)].join(
    '  ',
  )
}

function run({ spans, query: text }: ScriptCase): readonly string[] {
  const { query, faults } = parse(text)
  const fault = query ? check(query)[0] : faults[0]
  if (fault || query?.body.kind !== 'pipeline') throw new Error(fault?.message ?? 'no pipeline')
  const trace = new ScriptTrace(spans)
  return compilePipeline(query.body)(trace).map((spanset) => describeSpanset(trace, spanset))
}

describe.each(readdirSync(CASES))('%s', (file) => {
  const cases = readScript(readFileSync(join(CASES, file), 'utf8'))
  const named = cases.map((each) => [each.query, each] as const)
  it.each(named.filter(([, each]) => !each.isFailure))('%s', (_, each) => {
    expect(run(each).toSorted()).toEqual(each.expected.toSorted())
  })

  const failing = named.filter(([, each]) => each.isFailure)
  it.skipIf(failing.length === 0).each(failing)('refuses %s', (_, each) => {
    expect(() => run(each)).toThrow(each.expected.join(' '))
  })
})
