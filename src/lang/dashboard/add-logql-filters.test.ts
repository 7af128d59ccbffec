import { describe, expect, it } from 'vitest'
import type { AdhocFilter } from './model.ts'
import { addLogqlFilters } from './add-logql-filters.ts'

const web: AdhocFilter = { key: 'app', operator: '=', value: 'we"b' }

describe('filters of a dashboard in LogQL', () => {
  it.each([
    ['{job="x"} |= "{app}"', String.raw`{app="we\"b", job="x"} |= "{app}"`],
    [
      'sum(rate({a="1"}[5m])) / sum(rate({b="2"}[5m]))',
      String.raw`sum(rate({app="we\"b", a="1"}[5m])) / sum(rate({app="we\"b", b="2"}[5m]))`,
    ],
    ['vector(1)', 'vector(1)'],
    ['{broken', '{broken'],
  ])('%s becomes %s', (query, expected) => {
    expect(addLogqlFilters(query, [web])).toBe(expected)
  })

  it('are not added twice, and those that are no matchers are left out', () => {
    const filters: AdhocFilter[] = [
      { key: 'a', operator: '=', value: '1' },
      { key: 'b', operator: '<', value: '1' },
      { key: 'c', operator: '=|', value: '', values: ['x', 'y.z'] },
    ]
    const expected = String.raw`{c=~"x|y\\.z", a="1"}`
    expect(addLogqlFilters('{a="1"}', filters)).toBe(expected)
  })
})
