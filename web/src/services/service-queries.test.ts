import { describe, expect, it } from 'vitest'
import { parse as parseLogql } from '../../../src/lang/logql/parse.ts'
import { parse as parsePromql } from '../../../src/lang/promql/parse.ts'
import { parse as parseTraceql } from '../../../src/lang/traceql/parse.ts'
import { queriesOf } from './service-queries.ts'
import { readState, writeState } from './services-state.ts'

describe('what is asked of one service', () => {
  it.each(['service', 'database'] as const)('can be read, whatever its name is (%s)', (kind) => {
    const { rate, errors, duration, traces, failedTraces, logs } = queriesOf(
      { name: 'a "b" \\ c\n', kind },
      '5m',
    )
    for (const { expr } of [...rate, ...errors, ...duration]) {
      expect(parsePromql(expr)).toMatchObject({ ok: true })
    }
    for (const query of [traces, failedTraces]) expect(parseTraceql(query).faults).toEqual([])
    expect(parseLogql(logs ?? '{a="b"}').faults).toEqual([])
    expect(logs === undefined).toBe(kind === 'database')
  })
})

describe('the address of the services', () => {
  it('goes there and back, without defaults', () => {
    const search = { view: 'list', service: 'api', find: 'a', order: 'p95', from: 'now-6h' }
    expect(writeState(search, {})).toEqual(search)
    expect(readState(search)).toEqual({ view: 'list', service: 'api', wanted: 'a', order: 'p95' })
    expect(writeState({}, { wanted: '', order: 'rate' })).toEqual({})
    expect(readState({ view: 'x', order: 'x' })).toMatchObject({ view: undefined, order: 'rate' })
  })
})
