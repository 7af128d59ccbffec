import { describe, expect, it } from 'vitest'
import { compileJmespath, JmespathError } from './compile.ts'

const DATA = {
  level: 'warn',
  'odd.key': 1,
  http: { status: 503, path: '/a', tags: ['x', 'y', 'z'] },
  items: [
    { name: 'a', size: 3, kinds: ['p', 'q'] },
    { name: 'b', size: 1, kinds: ['q'] },
    { name: 'c', kinds: [] },
  ],
  nested: [[1, 2], [3], 4],
  empty: '',
  none: null,
  flag: false,
}

function faultOf(expression: string): JmespathError | undefined {
  try {
    compileJmespath(expression)
    return undefined
  } catch (thrown) {
    return thrown instanceof JmespathError ? thrown : undefined
  }
}

describe('JMESPath', () => {
  it.each<[string, unknown]>([
    ['level', 'warn'],
    ['"odd.key"', 1],
    ['"\\u006cevel"', 'warn'],
    ['missing', null],
    ['level.deeper', null],
    ['http.status', 503],
    ['http.tags[0]', 'x'],
    ['http.tags[-1]', 'z'],
    ['http.tags[9]', null],
    ['http.tags[1:]', ['y', 'z']],
    ['http.tags[::-1]', ['z', 'y', 'x']],
    ['http.tags[:-1]', ['x', 'y']],
    ['http.tags[5:1:-2]', ['z']],
    ['items[*].name', ['a', 'b', 'c']],
    ['items[*].size', [3, 1]],
    ['items[].kinds[]', ['p', 'q', 'q']],
    ['nested[]', [1, 2, 3, 4]],
    ['*.status', [503]],
    ['http.*', [503, '/a', ['x', 'y', 'z']]],
    ['items[?size > `1`].name', ['a']],
    ["items[?name == 'b'].size | [0]", 1],
    ["items[?contains(kinds, 'q')].name", ['a', 'b']],
    ['items[?!size].name', ['c']],
    ["items[?name == 'a' || name == 'c'].name", ['a', 'c']],
    ['items[?size && kinds].name', ['a', 'b']],
    ['[level, http.status]', ['warn', 503]],
    ['{l: level, "s t": http.status}', { l: 'warn', 's t': 503 }],
    ['missing.[a, b]', null],
    ['none || level', 'warn'],
    ['empty || flag || level', 'warn'],
    ['`{"a": [1]}`.a[0]', 1],
    ["'it\\'s'", "it's"],
    ['@.level', 'warn'],
    ['(items | [0]).name', 'a'],
    ['items | length(@)', 3],
  ])('%s gives %j', (expression, wanted) => {
    expect(compileJmespath(expression).search(DATA)).toEqual(wanted)
  })

  it.each<[string, unknown]>([
    ['abs(`-3`)', 3],
    ['ceil(`1.2`)', 2],
    ['floor(`1.8`)', 1],
    ['avg(`[1, 2]`)', 1.5],
    ['avg(`[]`)', null],
    ['sum(items[*].size)', 4],
    ['max(items[*].size)', 3],
    ['min(`["b", "a"]`)', 'a'],
    ['max_by(items[?size], &size).name', 'a'],
    ['min_by(items[?size], &size).name', 'b'],
    ['sort(`[3, 1, 2]`)', [1, 2, 3]],
    ['sort_by(items[?size], &size)[*].name', ['b', 'a']],
    ['reverse(http.tags)', ['z', 'y', 'x']],
    ["reverse('abc')", 'cba'],
    ["join('-', http.tags)", 'x-y-z'],
    ["starts_with(level, 'wa')", true],
    ["ends_with(level, 'wa')", false],
    ["contains(level, 'ar')", true],
    ["length('日本')", 2],
    ['length(http)', 3],
    ['keys(http)', ['status', 'path', 'tags']],
    ['values(`{"a": 1}`)', [1]],
    ['merge(`{"a": 1, "b": 1}`, `{"b": 2}`)', { a: 1, b: 2 }],
    ['map(&name, items)', ['a', 'b', 'c']],
    ['not_null(none, missing, level)', 'warn'],
    ['to_array(level)', ['warn']],
    ["to_number('4.5')", 4.5],
    ["to_number('x')", null],
    ['to_string(http.tags)', '["x","y","z"]'],
    ['type(items)', 'array'],
    ['type(missing)', 'null'],
  ])('%s gives %j', (expression, wanted) => {
    expect(compileJmespath(expression).search(DATA)).toEqual(wanted)
  })

  it('does not find what objects inherit', () => {
    expect(compileJmespath('constructor').search({})).toBeNull()
    expect(compileJmespath('__proto__').search(JSON.parse('{"__proto__": 1}'))).toBe(1)
  })

  it.each<[string, number, string]>([
    ['foo[', 4, 'ends too early'],
    ['foo.', 4, 'may follow a dot'],
    ['a-b', 1, 'needs quotes'],
    ['"a', 0, 'closing " is missing'],
    ['`{`', 0, 'JSON'],
    ['foo[::0]', 4, 'step'],
    ['nope(@)', 0, 'there is no function nope'],
    ['length()', 0, 'takes 1 arguments'],
    ['a b', 2, 'unexpected name'],
    ['{a}', 2, ': is missing'],
    ['', 0, 'ends too early'],
  ])('refuses %j at %i: %s', (expression, start, words) => {
    expect(faultOf(expression)).toMatchObject({ name: 'JmespathError', start })
    expect(faultOf(expression)?.message).toContain(words)
  })

  it('refuses an expression that is nested too deep', () => {
    expect(() => compileJmespath('('.repeat(5000))).toThrow('nested deeper than 200 levels')
  })

  it('says what a function does not take', () => {
    const search = (): unknown => compileJmespath('abs(level)').search(DATA)
    expect(search).toThrow('abs takes number at 1, not string')
  })
})
