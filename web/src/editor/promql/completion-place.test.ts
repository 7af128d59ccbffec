import { describe, expect, it } from 'vitest'
import { completionPlace } from './completion-place.ts'

/** `|` is where the cursor is. */
function placeAt(marked: string) {
  const at = marked.indexOf('|')
  return completionPlace(marked.slice(0, at) + marked.slice(at + 1), at)
}

describe('what can be completed', () => {
  it.each([
    ['|', { kind: 'expression', from: 0, typed: '' }],
    ['rat|', { kind: 'expression', from: 0, typed: 'rat' }],
    ['sum(node_c|', { kind: 'expression', from: 4, typed: 'node_c' }],
    ['up + job:x:|', { kind: 'expression', from: 5, typed: 'job:x:' }],
    ['up * 5|', { kind: 'none' }],
    ['up offset 5m|', { kind: 'none' }],
    ['up{|', { kind: 'label', from: 3, metric: 'up' }],
    ['up{job="a", inst|}', { kind: 'label', from: 12, metric: 'up' }],
    ['up{job="a"|', { kind: 'none' }],
    ['up{job|="a"}', { kind: 'label', from: 3, metric: 'up' }],
    ['up{job=|', { kind: 'value', from: 7, metric: 'up', label: 'job', isQuoted: false }],
    ['up{job=~"a|', { kind: 'value', from: 9, metric: 'up', label: 'job', isQuoted: true }],
    ['up{job="}, {|', { kind: 'value', from: 8, metric: 'up', label: 'job', isQuoted: true }],
    ['{__name__="up", |', { kind: 'label', from: 16, metric: 'up' }],
    ['{|', { kind: 'label', from: 1, metric: undefined }],
    ['rate(up[5|', { kind: 'duration', from: 8 }],
    ['sum by (|) (rate(node_cpu{a="b"}[5m]))', { kind: 'label', from: 8, metric: 'node_cpu' }],
    ['a / on (jo|', { kind: 'label', from: 8, metric: 'a' }],
    ['label_replace(up, "a|', { kind: 'none' }],
    ['# comment |', { kind: 'none' }],
    ['# comment\nu|', { kind: 'expression', from: 10, typed: 'u' }],
    ["up{job='it\\'s|", { kind: 'value', from: 8, metric: 'up', label: 'job', isQuoted: true }],
  ])('in %s', (marked, expected) => {
    expect(placeAt(marked)).toEqual(expected)
  })
})
