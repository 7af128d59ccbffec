import { describe, expect, it } from 'vitest'
import { decodeDnsMessage } from './decode-message.ts'
import { encodeDnsQuery } from './encode-query.ts'

/** An answer with one record of the question's name. */
function answer(type: number, data: readonly number[], counts = [1, 1, 0, 0]): Uint8Array {
  const head = [0x12, 0x34, 0x81, 0x80, ...counts.flatMap((count) => [0, count])]
  const question = [1, 97, 2, 98, 99, 0, type >> 8, type & 0xff, 0, 1]
  const record = [0xc0, 0x0c, type >> 8, type & 0xff, 0, 1, 0, 0, 1, 44]
  return Uint8Array.from([
    ...head,
    ...question,
    ...record,
    data.length >> 8,
    data.length & 0xff,
    ...data,
  ])
}

describe('an answer', () => {
  it.each([
    [1, [192, 0, 2, 1], 'A\t192.0.2.1'],
    [28, [0x20, 1, 0xd, 0xb8, ...zeros(11), 1], 'AAAA\t2001:db8::1'],
    [28, zeros(16), 'AAAA\t::'],
    [28, [0, 1, ...zeros(14)], 'AAAA\t1::'],
    [5, [1, 120, 0xc0, 0x0c], 'CNAME\tx.a.bc.'],
    [15, [0, 10, 0], 'MX\t10 .'],
    [16, [3, 97, 34, 98, 1, 7], 'TXT\t"a\\"b" "\\007"'],
    [33, [0, 1, 0, 2, 31, 144, 0xc0, 0x0c], 'SRV\t1 2 8080 a.bc.'],
    [257, [0, 5, ...chars('issue'), ...chars('ca.org')], 'CAA\t0 issue "ca.org"'],
    [99, [1, 97], 'SPF\t"a"'],
    [731, [1, 0xab], 'TYPE731\t\\# 2 01ab'],
    [731, [], 'TYPE731\t\\# 0'],
  ])('with a record of type %s is text as zone files have it', (type, data, text) => {
    const message = decodeDnsMessage(answer(type, data))
    expect(message).toMatchObject({ id: 0x1234, isResponse: true, rcode: 0, isTruncated: false })
    expect(message.answer.map((each) => each.text)).toEqual([`a.bc.\t300\tIN\t${text}`])
  })

  it('with an SOA record has its serial', () => {
    const numbers = [7, 1, 2, 3, 4].flatMap((value) => [0, 0, 0, value])
    const [record] = decodeDnsMessage(answer(6, [0xc0, 0x0c, 0xc0, 0x0c, ...numbers])).answer
    expect(record).toEqual({
      text: 'a.bc.\t300\tIN\tSOA\ta.bc. a.bc. 7 1 2 3 4',
      type: 6,
      serial: 7,
    })
  })

  it.each([
    ['ends too early', Uint8Array.of(1, 2, 3)],
    ['counts more records than it has', answer(1, [1, 2, 3, 4], [1, 9, 0, 0])],
    ['has a record of another length', answer(1, [1, 2, 3, 4, 5])],
    ['has a name that refers to itself', answer(5, [0xc0, 0x22])],
    ['has a name that goes on behind the end', answer(5, [63, 97])],
    ['has a label of an unknown kind', answer(5, [0x80, 0])],
  ])('that %s is refused', (_, bytes) => {
    expect(() => decodeDnsMessage(bytes)).toThrow(RangeError)
  })

  it('of any bytes is a message or refused', () => {
    const decodes = (bytes: Uint8Array): boolean => {
      try {
        decodeDnsMessage(bytes)
        return true
      } catch (thrown) {
        return thrown instanceof RangeError
      }
    }
    let seed = 1
    for (let i = 0; i < 2000; i++) {
      const bytes = answer(16, [3, 97, 98, 99]).slice()
      seed = (seed * 48_271) % 2_147_483_647
      bytes[seed % bytes.length] = seed >> 8
      expect(decodes(bytes), bytes.join(' ')).toBe(true)
    }
  })
})

describe('a query', () => {
  it('has one question', () => {
    const query = encodeDnsQuery({
      id: 258,
      name: 'a.bc',
      type: 28,
      class: 1,
      recursionDesired: true,
    })
    expect([...query]).toEqual([
      ...[1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0],
      ...[1, 97, 2, 98, 99, 0, 0, 28, 0, 1],
    ])
  })

  it.each(['a..b', '.a', 'x'.repeat(64), 'abcdefgh.'.repeat(30)])('for %s is refused', (name) => {
    expect(() =>
      encodeDnsQuery({ id: 1, name, type: 1, class: 1, recursionDesired: false }),
    ).toThrow(RangeError)
  })
})

function zeros(count: number): number[] {
  return Array.from({ length: count }, () => 0)
}

function chars(text: string): number[] {
  return Array.from(text, (char) => char.charCodeAt(0))
}
