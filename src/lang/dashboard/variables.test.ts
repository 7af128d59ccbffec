import { describe, expect, it } from 'vitest'
import { addFilters } from './add-filters.ts'
import { chooseCurrent } from './choose-current.ts'
import { builtInDatasources, resolveDatasource } from './datasource.ts'
import { parseMetricFind, queryTextOf, textsOfQueryResult } from './metric-find.ts'
import type { Variable } from './model.ts'
import { readDashboard } from './read-dashboard.ts'
import {
  optionsOfCustom,
  optionsOfDatasource,
  optionsOfInterval,
  optionsOfQuery,
} from './variable-options.ts'
import { orderVariables, variablesToRefresh } from './variable-order.ts'
import { readUrlVariables, writeUrlVariables } from './variable-url.ts'

function readVariables(...list: object[]): readonly Variable[] {
  return readDashboard({ panels: [], schemaVersion: 42, templating: { list } }).dashboard.variables
}

function isOf<T extends Variable['type']>(
  variable: Variable | undefined,
  type: T,
): variable is Extract<Variable, { type: T }> {
  return variable?.type === type
}

function readOne<T extends Variable['type']>(type: T, raw: object): Extract<Variable, { type: T }> {
  const [variable] = readVariables({ type, name: 'v', ...raw })
  if (!isOf(variable, type)) throw new Error(`not a variable of the type ${type}`)
  return variable
}

describe('the query of a variable', () => {
  it.each([
    ['label_values(job)', { kind: 'label values', label: 'job' }],
    ['label_values({}, job)', { kind: 'label values', label: 'job' }],
    [
      'label_values(up{a="b", c=~"d,e"}, job) ',
      { kind: 'label values', label: 'job', selector: 'up{a="b", c=~"d,e"}' },
    ],
    ['label_values(up, "a.b")', { kind: 'label values', label: 'a.b', selector: 'up' }],
    ['label_names()', { kind: 'label names' }],
    ['label_names(go)', { kind: 'label names', selector: '{__name__=~".*go.*"}' }],
    ['metrics(go_.*)', { kind: 'metric names', pattern: 'go_.*' }],
    ['query_result(topk(5, up))', { kind: 'query result', query: 'topk(5, up)' }],
    ['up{job="a"}', { kind: 'series', selector: 'up{job="a"}' }],
    ['label_values()', { kind: 'nothing' }],
    ['', { kind: 'nothing' }],
  ])('%s', (query, expected) => {
    expect(parseMetricFind(query)).toEqual(expected)
  })

  it.each([
    [{ query: 'label_values(a)', refId: 'x', qryType: 1 }, 'label_values(a)'],
    [{ qryType: 1, label: 'a', metric: 'up' }, 'label_values(up, a)'],
    [
      {
        qryType: 1,
        label: 'a',
        metric: 'up',
        labelFilters: [{ label: 'b', op: '=~', value: 'c' }],
      },
      'label_values(up{b=~"c"}, a)',
    ],
    [{ qryType: 3, varQuery: 'up' }, 'query_result(up)'],
    [{ type: 1, label: 'app', stream: '{x="y"}' }, 'label_values({x="y"}, app)'],
    [{ type: 0 }, 'label_names()'],
  ])('%j', (query, expected) => {
    expect(queryTextOf(query)).toBe(expected)
  })

  it('writes results of query_result as texts', () => {
    const vector = {
      resultType: 'vector',
      result: [{ metric: { __name__: 'up', job: 'a' }, value: [1.5, '1'] }],
    }
    expect(textsOfQueryResult(vector)).toEqual([
      { text: 'up{job="a"} 1 1500', value: 'up{job="a"} 1 1500' },
    ])
    expect(textsOfQueryResult({ resultType: 'scalar', result: [1, '5'] })[0]?.text).toBe('5')
  })
})

describe('options', () => {
  const found = ['b:1', 'a:2', 'b:1', 'c10', 'c9'].map((text) => ({ text, value: text }))
  const texts = (raw: object, values = found) =>
    optionsOfQuery(readOne('query', { query: 'q', ...raw }), values).map((one) => one.text)

  it.each([
    [{}, ['b:1', 'a:2', 'c10', 'c9']],
    [{ regex: '/(.*):/' }, ['b', 'a']],
    [{ regex: 'c\\d+' }, ['c10', 'c9']],
    [{ regex: '/^(?!c).*$/' }, ['b:1', 'a:2']],
    [{ regex: '/^(?!b)(?=.*\\d\\d)/' }, ['c10']],
    [{ regex: '/C/i' }, ['c10', 'c9']],
    [{ regex: '/([a-z])|([0-9]+)/g' }, ['b', '', 'a', 'c']],
    [{ sort: 1 }, ['a:2', 'b:1', 'c10', 'c9']],
    [{ sort: 2 }, ['c9', 'c10', 'b:1', 'a:2']],
    [{ sort: 3 }, ['b:1', 'a:2', 'c9', 'c10']],
    [{ sort: 4 }, ['c10', 'c9', 'a:2', 'b:1']],
    [{ sort: 7 }, ['a:2', 'b:1', 'c9', 'c10']],
    [{ sort: 8 }, ['c10', 'c9', 'b:1', 'a:2']],
  ])('%j', (raw, expected) => {
    expect(texts(raw)).toEqual(expected)
  })

  it('ignores case in the orders 5 and 6', () => {
    const mixed = ['b', 'A', 'c'].map((text) => ({ text, value: text }))
    expect(texts({ sort: 5 }, mixed)).toEqual(['A', 'b', 'c'])
    expect(texts({ sort: 6 }, mixed)).toEqual(['c', 'b', 'A'])
  })

  it('groups named text and value give both', () => {
    const regex = '/(?<text>[a-z]):(?<value>\\d)/'
    expect(optionsOfQuery(readOne('query', { query: 'q', regex }), found)).toEqual([
      { text: 'b', value: '1' },
      { text: 'a', value: '2' },
    ])
  })

  it('custom', () => {
    const custom = (query: string) => optionsOfCustom(readOne('custom', { query }))
    expect(custom('a, b c , one : 1,x\\,y')).toEqual([
      { text: 'a', value: 'a' },
      { text: 'b c', value: 'b c' },
      { text: 'one', value: '1' },
      { text: 'x,y', value: 'x,y' },
    ])
    expect(custom('[{"text":"A","value":"1","zone":"eu"}]')[0]).toMatchObject({
      text: 'A',
      properties: { zone: 'eu' },
    })
  })

  it('interval', () => {
    const options = optionsOfInterval(readOne('interval', { query: '1m,"10m", 1h', auto: true }))
    expect(options.map((one) => one.value)).toEqual(['$__auto_interval_v', '1m', '10m', '1h'])
  })

  it('datasource', () => {
    const options = optionsOfDatasource(
      readOne('datasource', { query: 'loki', regex: '/^lo/i' }),
      builtInDatasources,
    )
    expect(options).toEqual([{ text: 'Loki', value: 'loki' }])
  })

  it.each([
    [{}, undefined, { value: 'a', text: 'A' }],
    [{}, { value: 'b', text: '?' }, { value: 'b', text: 'B' }],
    [{}, { value: 'gone', text: 'gone' }, { value: 'a', text: 'A' }],
    [{ includeAll: true }, undefined, { value: '$__all', text: 'All' }],
    [{ multi: true }, { value: ['b', 'gone'], text: [] }, { value: ['b'], text: ['B'] }],
    [
      { multi: true, includeAll: true },
      { value: ['gone'], text: [] },
      { value: ['$__all'], text: ['All'] },
    ],
  ])('of %j, %j is wanted: %j is chosen', (raw, wanted, expected) => {
    const options = [
      { text: 'A', value: 'a' },
      { text: 'B', value: 'b' },
    ]
    expect(chooseCurrent(readOne('query', { query: 'q', ...raw }), options, wanted)).toEqual(
      expected,
    )
  })
})

describe('order', () => {
  const list = readVariables(
    { type: 'query', name: 'node', query: 'label_values(x{name=~"$name"}, i)', refresh: 1 },
    { type: 'query', name: 'env', query: 'label_values(env)', refresh: 2 },
    { type: 'query', name: 'name', query: 'label_values(x{env="$env"}, n)', refresh: 1 },
    { type: 'custom', name: 'other', query: 'a,b' },
    { type: 'query', name: 'timed', query: 'query_result(up[$__range])', refresh: 1 },
  )
  const names = (variables: readonly Variable[]) => variables.map((one) => one.name)

  it('each follows those it refers to', () => {
    expect(names(orderVariables(list))).toEqual(['env', 'name', 'node', 'other', 'timed'])
  })

  it('a ring ends', () => {
    const ring = readVariables(
      { type: 'custom', name: 'a', query: '$b' },
      { type: 'custom', name: 'b', query: '$a' },
    )
    expect(names(orderVariables(ring))).toEqual(['b', 'a'])
  })

  it('asks again for what changed', () => {
    expect(names(variablesToRefresh(list, 'open'))).toHaveLength(5)
    expect(names(variablesToRefresh(list, 'time'))).toEqual(['env', 'name', 'node', 'timed'])
    expect(names(variablesToRefresh(list, { changed: ['name'] }))).toEqual(['node'])
  })
})

describe('the address', () => {
  const list = readVariables(
    { type: 'custom', name: 'a', query: 'x,y', multi: true, includeAll: true },
    { type: 'custom', name: 'b', query: 'x,y' },
    { type: 'adhoc', name: 'f' },
    { type: 'constant', name: 'c', query: '1' },
    { type: 'textbox', name: 'hidden', query: '1', skipUrlSync: true },
  )

  it.each([
    ['var-a=x&var-a=y&var-b=y'],
    ['var-a=%24__all'],
    ['var-f=job%7C%3D%7Ca&var-f=x%7C%3D%7E%7Cb__gfp__c__gfc__d'],
    ['var-f=job%7C%3D%7C%7Ca%7Cb'],
  ])('%s is read and written', (query) => {
    const state = readUrlVariables(new URLSearchParams(query), list)
    expect(new URLSearchParams(writeUrlVariables(list, state)).toString()).toBe(query)
  })

  it('understands the older word for All, and ignores others', () => {
    const state = readUrlVariables(new URLSearchParams('var-a=All&from=1&var-zzz=1'), list)
    expect([...state.currents]).toEqual([['a', { text: 'All', value: '$__all' }]])
  })

  it('reads filters', () => {
    const params = new URLSearchParams([['var-f', 'a|=||x|y']])
    expect(readUrlVariables(params, list).filters.get('f')).toEqual([
      { key: 'a', operator: '=|', value: 'x', values: ['x', 'y'] },
    ])
  })
})

describe('filters', () => {
  it.each([
    ['up', 'up{job="a"}'],
    ['sum(rate(x{b="c"}[5m])) / y', 'sum(rate(x{b="c",job="a"}[5m])) / y{job="a"}'],
    ['max_over_time(x[1h:5m])', 'max_over_time(x{job="a"}[1h:5m])'],
    ['up{job="a"}', 'up{job="a"}'],
    ['not a query (', 'not a query ('],
  ])('%s', (query, expected) => {
    expect(addFilters(query, [{ key: 'job', operator: '=', value: 'a' }])).toBe(expected)
  })

  it.each([
    [{ key: 'a', operator: '=|', value: '', values: ['x.', 'y'] }, String.raw`up{a=~"x\\.|y"}`],
    [{ key: 'a', operator: '!=|', value: '', values: ['x'] }, 'up{a!~"x"}'],
    [{ key: 'a', operator: '=~', value: '(' }, 'up'],
    [{ key: 'a', operator: '<', value: '1' }, 'up'],
    [{ key: '', operator: '=', value: '1' }, 'up'],
  ])('%j', (filter, expected) => {
    expect(addFilters('up', [filter])).toBe(expected)
  })
})

describe('the source a reference means', () => {
  it.each([
    [undefined, 'prometheus'],
    [{ uid: 'loki' }, 'loki'],
    [{ uid: 'Prometheus' }, 'prometheus'],
    [{ uid: 'elsewhere', type: 'loki' }, 'loki'],
    [{ uid: 'my-loki-prod' }, 'loki'],
    [{ uid: 'elsewhere' }, 'prometheus'],
    [{ uid: 'x', type: 'influxdb' }, undefined],
  ])('%j is %s', (ref, uid) => {
    expect(resolveDatasource(ref, builtInDatasources)?.uid).toBe(uid)
  })
})
