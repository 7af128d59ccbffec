import { expect, it } from 'vitest'
import { attributeQuery } from './attribute-query.ts'
import { EMPTY_FORM, readForm, writeForm, type TraceForm } from './trace-form.ts'
import { ALL_SPANS, readState, writeState } from './traces-state.ts'

it.each<readonly [string, TraceForm]>([
  ['{}', EMPTY_FORM],
  ['', EMPTY_FORM],
  ['{ resource.service.name = "api" }', { ...EMPTY_FORM, service: 'api' }],
  [
    '{ name = "GET \\"/\\"" && status = error && duration >= 100ms && duration <= 2s }',
    { ...EMPTY_FORM, name: 'GET "/"', status: 'error', minDuration: '100ms', maxDuration: '2s' },
  ],
  [
    '{ span.http.status_code >= 500 && .path =~ "/a.*" && name != "x" && resource.service.name = "a" && resource.service.name = "b" }',
    {
      ...EMPTY_FORM,
      service: 'a',
      tags: [
        { name: 'span.http.status_code', op: '>=', value: '500', isText: false },
        { name: '.path', op: '=~', value: '/a.*', isText: true },
        { name: 'name', op: '!=', value: 'x', isText: true },
        { name: 'resource.service.name', op: '=', value: 'b', isText: true },
      ],
    },
  ],
])('%s is a form', (query, form) => {
  expect(readForm(query)).toEqual(form)
  expect(readForm(writeForm(form))).toEqual(form)
})

it.each([
  '{ name = "a" || name = "b" }',
  '{ name = "a" } | count() > 2',
  '{ name = "a" } >> { status = error }',
  '{ .a != nil }',
  '{ .a = .b }',
  '{ false }',
  '{} | rate()',
  '{ name = ',
])('%s is more than a form can say', (query) => expect(readForm(query)).toBeUndefined())

it('leaves out what is not whole', () => {
  const tags = [{ name: '.a', op: '=', value: '', isText: true }] as const
  expect(writeForm({ ...EMPTY_FORM, minDuration: '12', tags })).toBe('{}')
})

it('a value of an attribute is a query by its type', () => {
  expect(attributeQuery('span', 'a b', { stringValue: '"x' })).toBe('{ span."a b" = "\\"x" }')
  expect(attributeQuery('resource', 'n', { intValue: '5' })).toBe('{ resource.n = 5 }')
  expect(attributeQuery('span', 'n', { doubleValue: 5 })).toBe('{ span.n = 5.0 }')
  expect(attributeQuery('span', 'n', { arrayValue: { values: [] } })).toBeUndefined()
})

it('the address holds what is not usual', () => {
  const usual = readState({})
  expect(usual).toEqual({ query: ALL_SPANS, limit: 50, order: 'newest', showsForm: undefined })
  expect(writeState({ from: 'now-1h', q: 'x' }, usual)).toEqual({
    ...{ from: 'now-1h', q: undefined, limit: undefined, order: undefined, form: undefined },
  })
  const other = { query: '{ name = "a" }', limit: 200, order: 'longest', showsForm: false } as const
  expect(readState(writeState({}, other))).toEqual(other)
  expect(readState({ limit: '7', order: 'x' })).toEqual(usual)
})
