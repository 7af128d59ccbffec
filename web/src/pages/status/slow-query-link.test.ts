import { describe, expect, it } from 'vitest'
import { languageOf } from './slow-query-link.ts'

describe('the language of a slow query', () => {
  it.each([
    ['prometheus GET /api/v1/query_range', 'promql'],
    ['ui POST /api/v1/query_range', 'promql'],
    ['ui POST /api/prometheus/api/v1/query', 'promql'],
    ['ui GET /api/loki/api/v1/query_range', 'logql'],
    ['loki GET /loki/api/v1/query_range', 'logql'],
    ['tempo GET /api/search', 'traceql'],
    ['ui GET /api/tempo/api/search', 'traceql'],
  ])('of %s is %s', (request, language) => {
    expect(languageOf(request)).toBe(language)
  })
})
