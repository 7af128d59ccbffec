import { describe, expect, it } from 'vitest'
import { ChunkAssembler } from './chunks.ts'
import { parseGelf } from './parse-message.ts'
import { NulSplitter } from './split-nul.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

describe('a GELF message', () => {
  const parse = (value: unknown) => parseGelf(encoder.encode(JSON.stringify(value)))

  it('is read, and written in the order of promtail', () => {
    expect(
      parse({
        _user_id: 9001,
        _a: { b: 1 },
        version: '1.1',
        host: 'example.org',
        short_message: 'A short message',
        full_message: 'Backtrace',
        timestamp: 1385053862.3072,
        level: 1,
        unknown: 'x',
      }),
    ).toEqual({
      version: '1.1',
      host: 'example.org',
      facility: '',
      level: 1,
      timestampNs: 1_385_053_862_307_200_000n,
      line: '{"version":"1.1","host":"example.org","short_message":"A short message","full_message":"Backtrace","timestamp":1385053862.3072,"level":1,"_a":{"b":1},"_user_id":9001}',
    })
    expect(parse({ short_message: 'x' })).toMatchObject({ level: 0, timestampNs: undefined })
  })

  it('says what is wrong with it', () => {
    expect(parseGelf(encoder.encode('{'))).toEqual({ fault: 'no JSON object' })
    expect(parse([])).toEqual({ fault: 'no JSON object' })
    expect(parse({ host: 1 })).toEqual({ fault: 'invalid type for field host' })
    expect(parse({ level: 'x' })).toEqual({ fault: 'invalid type for field level' })
    expect(parse({ timestamp: 'x' })).toEqual({ fault: 'invalid type for field timestamp' })
  })
})

describe('chunks', () => {
  const chunk = (id: number, number: number, count: number, text: string) =>
    Uint8Array.of(
      0x1e,
      0x0f,
      ...Array.from({ length: 8 }, () => id),
      number,
      count,
      ...encoder.encode(text),
    )

  function assembler(maxBytes = 1000) {
    const state = { lost: 0 }
    const chunks = new ChunkAssembler(maxBytes, () => state.lost++)
    const add = (bytes: Uint8Array, nowMs = 0, sender = 'a') => {
      const whole = chunks.add(bytes, sender, nowMs)
      return whole === undefined ? undefined : decoder.decode(whole)
    }
    return { state, add }
  }

  it('are put together in whatever order, each once', () => {
    const { add } = assembler()
    expect(add(encoder.encode('{}'))).toBe('{}')
    expect(add(chunk(1, 2, 3, 'c'))).toBeUndefined()
    expect(add(chunk(2, 0, 2, 'x'))).toBeUndefined()
    expect(add(chunk(1, 0, 3, 'a'))).toBeUndefined()
    expect(add(chunk(1, 0, 3, 'again'))).toBeUndefined()
    expect(add(chunk(1, 1, 3, 'b'), 0, 'other')).toBeUndefined()
    expect(add(chunk(1, 1, 3, 'b'))).toBe('abc')
    expect(add(chunk(2, 1, 2, 'y'))).toBe('xy')
  })

  it('are given up in time, and when they are too many', () => {
    const { state, add } = assembler(10)
    add(chunk(1, 0, 2, 'a'))
    expect(add(chunk(1, 1, 2, 'b'), 5000)).toBeUndefined()
    expect(state.lost).toBe(1)
    add(chunk(2, 0, 2, 'x'.repeat(8)), 5000)
    add(chunk(3, 0, 2, 'y'.repeat(8)), 5000)
    expect(add(chunk(2, 1, 2, 'x'), 5000)).toBeUndefined()
    expect(state.lost).toBeGreaterThan(1)
    for (const wrong of [chunk(9, 0, 0, 'x'), chunk(9, 3, 3, 'x'), chunk(9, 0, 129, 'x')]) {
      expect(add(wrong, 5000)).toBeUndefined()
    }
  })
})

describe('messages of a stream', () => {
  it('end with a NUL, and are bounded', () => {
    const found: (string | undefined)[] = []
    const splitter = new NulSplitter(5, (message) => {
      found.push(message === undefined ? undefined : decoder.decode(message))
    })
    for (const text of ['ab\0c', 'd', '\0\0toolong', 'er\0ef\0g']) {
      splitter.push(encoder.encode(text))
    }
    splitter.end()
    expect(found).toEqual(['ab', 'cd', undefined, 'ef', 'g'])
  })
})
