import { describe, expect, it } from 'vitest'
import { innerWords, needleCondition, searchCondition } from './needle-sql.ts'

const hex = (text: string): string => `unhex('${Buffer.from(text).toString('hex')}')`

describe('the condition of a needle', () => {
  it('asks for whole words by themselves', () => {
    expect(innerWords('foo-bar baz')).toEqual(['bar'])
    expect(innerWords(' a  b c ')).toEqual(['a', 'b', 'c'])
    expect(innerWords('"ä1_2"')).toEqual(['ä1', '2'])
    expect(innerWords('word')).toEqual([])
    expect(needleCondition({ anyOf: ['x=id7&'] })).toBe(
      `(hasToken(body, ${hex('id7')}) AND position(body, ${hex('x=id7&')}) > 0)`,
    )
  })

  it('leaves words to their index in a search', () => {
    expect(searchCondition({ anyOf: ['x=id7&y=id8&', 'word'] })).toBe(
      `((indexHint(hasToken(body, ${hex('id7')}) AND hasToken(body, ${hex('y')}) AND hasToken(body, ${hex('id8')})) AND position(body, ${hex('x=id7&y=id8&')}) > 0) OR (position(body, ${hex('word')}) > 0))`,
    )
  })

  it('never holds a text as it is', () => {
    const sql = needleCondition({ anyOf: ["'); DROP TABLE lines; --", '\\'] }) ?? ''
    expect(sql).not.toContain('DROP')
    expect(sql.replaceAll(/unhex\('[0-9a-f]*'\)/g, '')).not.toMatch(/['\\]/)
  })

  it('is the opposite for texts that must be absent, without words', () => {
    expect(needleCondition({ anyOf: [' a ', 'b'], isAbsent: true })).toBe(
      `position(body, ${hex(' a ')}) = 0 AND position(body, ${hex('b')}) = 0`,
    )
  })

  it('leaves out letters that RE2 folds beyond ASCII', () => {
    expect(needleCondition({ anyOf: ['disk error'], ignoresCase: true })).toBe(
      `positionCaseInsensitive(body, ${hex(' error')}) > 0`,
    )
    expect(needleCondition({ anyOf: ['asks'], ignoresCase: true })).toBeUndefined()
    expect(needleCondition({ anyOf: ['error'], ignoresCase: true, isAbsent: true })).toBeUndefined()
  })

  it('is none where the engine would decide otherwise', () => {
    expect(needleCondition({ anyOf: [''] })).toBeUndefined()
    expect(needleCondition({ anyOf: ['a', ''] })).toBeUndefined()
    expect(needleCondition({ anyOf: ['a\ufffd'] })).toBeUndefined()
    expect(needleCondition({ anyOf: [] })).toBeUndefined()
  })
})
