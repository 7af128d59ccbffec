import { describe, expect, it } from 'vitest'
import { parse } from '../traceql/parse.ts'
import { filtersToTraceql, nativeSearchToTraceql } from './traceql-filters.ts'

const SERVICE = {
  ...{ id: 'service-name', tag: 'service.name', operator: '=', scope: 'resource' },
  valueType: 'string',
}

describe('the form of search of Grafana', () => {
  it.each([
    [[], '{}'],
    [
      [
        { ...SERVICE, value: '' },
        { ...SERVICE, value: [] },
      ],
      '{}',
    ],
    [[{ ...SERVICE, value: 'a "b"' }], String.raw`{resource.service.name="a \"b\""}`],
    [[{ ...SERVICE, value: ['api', 'web'] }], '{resource.service.name=~"api|web"}'],
    [[{ ...SERVICE, operator: '!=', value: ['api', 'web'] }], '{resource.service.name!~"api|web"}'],
    [
      [
        {
          id: 'status',
          tag: 'status',
          operator: '=',
          scope: 'intrinsic',
          value: ['error', 'ok'],
          valueType: 'keyword',
        },
        {
          id: 'min-duration',
          tag: 'duration',
          operator: '>',
          value: '100ms',
          valueType: 'duration',
        },
      ],
      '{(status=error || status=ok) && duration>100ms}',
    ],
    [
      [
        {
          id: 'x',
          tag: 'http.status_code',
          operator: '>=',
          scope: 'span',
          value: 500,
          valueType: 'int',
        },
      ],
      '{span.http.status_code>=500}',
    ],
    [[{ id: 'x', tag: 'a', operator: '=', scope: 'unscoped', value: 'b' }], '{.a="b"}'],
  ])('%j is %s', (filters, expected) => {
    const written = filtersToTraceql(filters)
    expect(written).toBe(expected)
    expect(parse(written).faults).toEqual([])
  })
})

describe('the older form of search', () => {
  it.each([
    [{}, '{}'],
    [
      { serviceName: 'api', spanName: 'GET /', minDuration: '100ms', maxDuration: '' },
      '{resource.service.name="api" && name="GET /" && duration>=100ms}',
    ],
    [
      { search: 'http.status_code=500 peer="a b"' },
      '{(."http.status_code"="500" || ."http.status_code"=500) && ."peer"="a b"}',
    ],
  ])('%j is %s', (query, expected) => {
    const written = nativeSearchToTraceql(query)
    expect(written).toBe(expected)
    expect(parse(written).faults).toEqual([])
  })
})
