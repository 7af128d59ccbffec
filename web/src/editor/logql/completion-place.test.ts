import { describe, expect, it } from 'vitest'
import { completionPlace } from './completion-place.ts'
import { logqlLanguage } from './logql-language.ts'

/** `¦` is where the cursor is. */
function placeAt(marked: string) {
  const at = marked.indexOf('¦')
  return completionPlace(marked.slice(0, at) + marked.slice(at + 1), at)
}

describe('what can be completed in LogQL', () => {
  it.each([
    ['¦', { kind: 'expression', from: 0 }],
    ['sum(cou¦', { kind: 'expression', from: 4 }],
    ['{¦', { kind: 'label', from: 1, selector: undefined }],
    ['{app="a", po¦}', { kind: 'label', from: 10, selector: '{app="a"}' }],
    ['{app="a"¦', { kind: 'none' }],
    ['{app=¦', { kind: 'value', from: 5, label: 'app', selector: undefined, isQuoted: false }],
    [
      '{app="a", pod=~"x¦',
      { kind: 'value', from: 16, label: 'pod', selector: '{app="a"}', isQuoted: true },
    ],
    ['{app="a"} ¦', { kind: 'pipe', from: 10 }],
    ['{app="a"} |= "x¦', { kind: 'none' }],
    ['{app="a"} |= `x` | js¦', { kind: 'stage', from: 19 }],
    ['{app="a"} | json ¦', { kind: 'pipe', from: 17 }],
    ['rate({app="a"}[5¦', { kind: 'duration', from: 15 }],
    ['sum by (¦) (rate({app="a"}[5m]))', { kind: 'label', from: 8, selector: '{app="a"}' }],
    ['# comment ¦', { kind: 'none' }],
  ])('in %s', (marked, expected) => {
    expect(placeAt(marked)).toEqual(expected)
  })
})

describe('what is wrong with LogQL', () => {
  it('is said by the parser of the server, and variables of Grafana are no faults', () => {
    expect(logqlLanguage.check('')).toEqual([])
    expect(logqlLanguage.check('rate({app="a"}[$__auto])')).toEqual([])
    expect(logqlLanguage.check('rate({app="a"}[$__rate_interval])')).toEqual([])
    expect(logqlLanguage.check('{app="a"} | jsonn')[0]?.message).toContain('syntax error')
    expect(logqlLanguage.check('{app=~"("}')).toHaveLength(1)
  })
})
