import { describe, expect, it } from 'vitest'
import { Labels } from '../model/labels.ts'
import { compileRelabel, DEFAULT_RELABEL, type RelabelConfig } from './relabel.ts'

type Rule = Partial<RelabelConfig>

function run(labels: Record<string, string>, ...rules: Rule[]): Record<string, string> | 'dropped' {
  const relabeler = compileRelabel(rules.map((rule) => ({ ...DEFAULT_RELABEL, ...rule })))
  return relabeler.apply(Labels.from(labels))?.toObject() ?? 'dropped'
}

describe('replace', () => {
  it('copies by default', () => {
    expect(run({ a: 'x' }, { sourceLabels: ['a'], targetLabel: 'b' })).toEqual({ a: 'x', b: 'x' })
  })
  it('expands groups by number and name, with or without braces', () => {
    const rule = { sourceLabels: ['a'], regex: '(\\w+)-(?P<rest>.*)' }
    expect(run({ a: 'up-2' }, { ...rule, targetLabel: 'b', replacement: '$rest.${1}$2' })).toEqual({
      a: 'up-2',
      b: '2.up2',
    })
    expect(run({ a: 'up-2' }, { ...rule, targetLabel: 'is_${1}', replacement: 'y' })).toEqual({
      a: 'up-2',
      is_up: 'y',
    })
  })
  it('takes the longest name after $, so $1x is a group that does not exist', () => {
    expect(
      run({ a: 'v' }, { sourceLabels: ['a'], targetLabel: 'b', replacement: '<$1x>' }),
    ).toEqual({ a: 'v', b: '<>' })
  })
  it('sees the changes of the rules before', () => {
    expect(
      run(
        { a: 'foo', b: 'bar', c: 'baz' },
        {
          sourceLabels: ['a', 'b'],
          regex: 'f(.*);(.*)r',
          targetLabel: 'a',
          replacement: 'b$1${2}m',
        },
        {
          sourceLabels: ['c', 'a'],
          regex: '(b).*b(.*)ba(.*)',
          targetLabel: 'd',
          replacement: '$1$2$2$3',
        },
      ),
    ).toEqual({ a: 'boobam', b: 'bar', c: 'baz', d: 'boooom' })
  })
  it('joins with the separator, absent labels being empty', () => {
    const rule = { sourceLabels: ['a', 'none', 'b'], separator: '/', targetLabel: 'j' }
    expect(run({ a: '1', b: '2' }, rule)).toEqual({ a: '1', b: '2', j: '1//2' })
  })
  it('changes nothing when the regex does not match the whole value', () => {
    const rule = { sourceLabels: ['a'], regex: 'o', targetLabel: 'b', replacement: 'x' }
    expect(run({ a: 'foo' }, rule)).toEqual({ a: 'foo' })
  })
  it('writes a constant without a source', () => {
    expect(run({ a: '1' }, { targetLabel: 'env', replacement: 'prod' })).toEqual({
      a: '1',
      env: 'prod',
    })
  })
  it('removes the label when the result is empty', () => {
    expect(run({ a: '1', b: '2' }, { targetLabel: 'b', replacement: '' })).toEqual({ a: '1' })
    const rule = { sourceLabels: ['a'], regex: '(f).*', targetLabel: '$1', replacement: '$2' }
    expect(run({ a: 'foo', f: 'baz' }, rule)).toEqual({ a: 'foo' })
  })
  it('leaves out a target whose name is not valid', () => {
    const rule = { sourceLabels: ['a'], targetLabel: '${1}', replacement: 'x' }
    expect(run({ a: '0-bad' }, { ...rule, nameValidation: 'legacy' })).toEqual({ a: '0-bad' })
    expect(run({ a: '0-bad' }, rule)).toEqual({ a: '0-bad', '0-bad': 'x' })
    expect(run({ a: 'v' }, { ...rule, targetLabel: '${2}' })).toEqual({ a: 'v' })
  })
  it('lets the dot match a newline, and an alternation of literals capture', () => {
    const rule = { sourceLabels: ['a'], targetLabel: 'b', replacement: '<$1>' }
    expect(run({ a: 'l1\nl2' }, { ...rule, regex: 'l1(.)l2' })).toEqual({ a: 'l1\nl2', b: '<\n>' })
    expect(run({ a: 'y' }, { ...rule, regex: '(x|y)' })).toEqual({ a: 'y', b: '<y>' })
    expect(run({ a: 'z' }, { ...rule, regex: '(x|y)' })).toEqual({ a: 'z' })
  })
  it('works with names of any UTF-8', () => {
    const rule = { sourceLabels: ['größe.µ'], targetLabel: 'ziel ☃' }
    expect(run({ 'größe.µ': '1' }, rule)).toEqual({ 'größe.µ': '1', 'ziel ☃': '1' })
  })
})

describe('keep, drop, keepequal, dropequal', () => {
  const cases: [Rule, boolean][] = [
    [{ action: 'keep', sourceLabels: ['a'], regex: 'f.*' }, true],
    [{ action: 'keep', sourceLabels: ['a'], regex: 'f' }, false],
    [{ action: 'keep', sourceLabels: ['none'], regex: '' }, true],
    [{ action: 'drop', sourceLabels: ['a'], regex: '.*o.*' }, false],
    [{ action: 'drop', sourceLabels: ['a'], regex: 'f|o' }, true],
    [{ action: 'keepequal', sourceLabels: ['a'], targetLabel: 'same' }, true],
    [{ action: 'keepequal', sourceLabels: ['a'], targetLabel: 'b' }, false],
    [{ action: 'dropequal', sourceLabels: ['a'], targetLabel: 'same' }, false],
    [{ action: 'dropequal', sourceLabels: ['a'], targetLabel: 'b' }, true],
  ]
  it.each(cases)('%j keeps: %s', (rule, kept) => {
    const labels = { a: 'foo', b: 'bar', same: 'foo' }
    expect(run(labels, rule)).toEqual(kept ? labels : 'dropped')
  })
  it('stops at the rule that drops', () => {
    expect(run({ a: '1' }, { action: 'drop' }, { targetLabel: 'b', replacement: 'x' })).toBe(
      'dropped',
    )
  })
})

describe('hashmod', () => {
  it.each([
    ['baz', 1000n, '976'],
    ['foo\nbar', 1000n, '734'],
    ['ü', 18446744073709551615n, '9379308578135398211'],
  ])('%j modulo %s is %s', (value, modulus, expected) => {
    const rule: Rule = { action: 'hashmod', sourceLabels: ['c'], targetLabel: 'd', modulus }
    expect(run({ c: value }, rule)).toEqual({ c: value, d: expected })
  })
})

describe('labelmap, labeldrop, labelkeep', () => {
  const meta = { a: '1', __meta_x_b: '2', __meta_x_c: '3', __meta_y: '4' }
  it('copies labels to the names that the regex gives', () => {
    const rule: Rule = { action: 'labelmap', regex: '__meta_x_(.+)' }
    expect(run(meta, rule)).toEqual({ ...meta, b: '2', c: '3' })
    expect(run(meta, { ...rule, replacement: 'm_${1}' })).toEqual({ ...meta, m_b: '2', m_c: '3' })
  })
  it('lets the label written last win when two map to one name', () => {
    const map: Rule = { action: 'labelmap', regex: 'in_.*', replacement: 'out' }
    expect(run({ in_a: '1', in_b: '2' }, map)['out' as never]).toBe('2')
    const rewrite: Rule = { targetLabel: 'in_a', replacement: 'new' }
    expect(run({ in_a: '1', in_b: '2' }, rewrite, map)['out' as never]).toBe('new')
  })
  it('removes by name', () => {
    expect(run(meta, { action: 'labeldrop', regex: '__meta_.*' })).toEqual({ a: '1' })
    expect(run(meta, { action: 'labelkeep', regex: 'a|__meta_y' })).toEqual({
      a: '1',
      __meta_y: '4',
    })
    expect(
      run(meta, { targetLabel: 'new', replacement: 'n' }, { action: 'labeldrop', regex: 'new|a' }),
    ).toEqual({ __meta_x_b: '2', __meta_x_c: '3', __meta_y: '4' })
  })
})

describe('lowercase, uppercase', () => {
  it.each([
    ['bAr123', 'bar123', 'BAR123'],
    ['Straße', 'straße', 'STRAßE'],
    ['ΑΣ', 'ασ', 'ΑΣ'],
    ['İ', 'i', 'İ'],
    ['𐐀x', '𐐨x', '𐐀X'],
  ])('%s', (value, lower, upper) => {
    const rules: Rule[] = [
      { action: 'lowercase', sourceLabels: ['v'], targetLabel: 'l' },
      { action: 'uppercase', sourceLabels: ['v'], targetLabel: 'u' },
    ]
    expect(run({ v: value }, ...rules)).toEqual({ v: value, l: lower, u: upper })
  })
})

describe('identity', () => {
  it('gives back the very same labels when nothing changed', () => {
    const labels = Labels.from({ a: '1', b: '2' })
    const rules: Rule[] = [
      { action: 'drop', sourceLabels: ['a'], regex: 'x' },
      { action: 'labeldrop', regex: 'c' },
      { sourceLabels: ['a'], regex: 'x', targetLabel: 'b' },
      { sourceLabels: ['a'], targetLabel: 'a' },
    ]
    const relabeler = compileRelabel(rules.map((rule) => ({ ...DEFAULT_RELABEL, ...rule })))
    expect(relabeler.isEmpty).toBe(false)
    expect(relabeler.apply(labels)).toBe(labels)
    expect(compileRelabel([]).apply(labels)).toBe(labels)
    expect(compileRelabel([]).isEmpty).toBe(true)
  })
  it('keeps nothing of one set for the next', () => {
    const relabeler = compileRelabel([
      { ...DEFAULT_RELABEL, action: 'labelmap', regex: 'x_(.*)' },
      { ...DEFAULT_RELABEL, action: 'drop', sourceLabels: ['drop'], regex: 'yes' },
    ])
    expect(relabeler.apply(Labels.from({ x_a: '1', drop: 'yes' }))).toBeUndefined()
    expect(relabeler.apply(Labels.from({ b: '2' }))?.toObject()).toEqual({ b: '2' })
  })
  it('refuses a pattern that does not compile', () => {
    expect(() => compileRelabel([{ ...DEFAULT_RELABEL, regex: 'a(b' }])).toThrow(/missing closing/)
  })
})
