import { describe, expect, it } from 'vitest'
import type { SyslogFault, SyslogMessage } from './message.ts'
import { parseRfc3164 } from './parse-rfc3164.ts'
import { looksLikeRfc5424, parseRfc5424 } from './parse-rfc5424.ts'
import { FrameSplitter } from './split-frames.ts'

const NOW_MS = Date.UTC(2026, 10, 21, 10)
const encoder = new TextEncoder()
const decoder = new TextDecoder()

function show(text: string, parsed: SyslogMessage | SyslogFault): unknown {
  if ('fault' in parsed) return parsed.fault
  const { start, end, ...rest } = parsed
  return { ...rest, message: decoder.decode(encoder.encode(text).subarray(start, end)) }
}

function rfc5424(text: string): unknown {
  const bytes = encoder.encode(text)
  return show(text, parseRfc5424(bytes, 0, bytes.length))
}

function rfc3164(text: string, isStrict = false): unknown {
  const bytes = encoder.encode(text)
  return show(text, parseRfc3164(bytes, 0, bytes.length, { nowMs: NOW_MS, isStrict }))
}

describe('RFC 5424', () => {
  it('is read with everything that a message may have', () => {
    const message =
      '<165>1 2003-10-11T22:14:15.003456Z mymachine.example.com evntslog 812 ID47 ' +
      '[exampleSDID@32473 iut="3" eventSource="App\\"lic\\]ation"][b@1 empty=""] \ufeffAn event: äöü'
    expect(rfc5424(message)).toEqual({
      facility: 20,
      severity: 5,
      timestampNs: 1_065_910_455_003_456_000n,
      hostname: 'mymachine.example.com',
      appName: 'evntslog',
      procId: '812',
      msgId: 'ID47',
      structuredData: [
        {
          id: 'exampleSDID@32473',
          params: [
            ['iut', '3'],
            ['eventSource', 'App"lic]ation'],
          ],
        },
        { id: 'b@1', params: [['empty', '']] },
      ].map((element): unknown => expect.objectContaining(element)),
      message: 'An event: äöü',
    })
  })

  it('is read with nothing that a message need not have', () => {
    expect(rfc5424('<0>1 - - - - - -')).toMatchObject({
      facility: 0,
      severity: 0,
      timestampNs: undefined,
      hostname: '',
      structuredData: [],
      message: '',
    })
    expect(rfc5424('<34>1 2003-10-11T22:14:15+02:00 h a - - - x  y ')).toMatchObject({
      timestampNs: 1_065_903_255_000_000_000n,
      message: 'x  y ',
    })
  })

  it('says what is wrong with it', () => {
    expect(rfc5424('no')).toBe('expecting a priority value within angle brackets')
    expect(rfc5424('<192>1 - - - - - -')).toBe('expecting a priority value within angle brackets')
    expect(rfc5424('<1>')).toBe('expecting a version value')
    expect(rfc5424('<1>Oct 11 22:14:15 host x')).toBe('expecting a version value')
    expect(rfc5424('<1>1 yesterday - - - - -')).toContain('timestamp')
    expect(rfc5424('<1>1 2003-13-11T22:14:15Z - - - - -')).toContain('timestamp')
    expect(rfc5424('<1>1 - - - -')).toBe('the header ends early')
    for (const data of ['[', '[a', '[a b', '[a b=c]', '[a b="c]', '[ b="c"]', 'x']) {
      expect(rfc5424(`<1>1 - - - - - ${data}`)).toBe('the structured data is malformed')
    }
    expect(looksLikeRfc5424(encoder.encode('<13>1 -'), 0, 7)).toBe(true)
    expect(looksLikeRfc5424(encoder.encode('<13>Oct'), 0, 7)).toBe(false)
  })
})

describe('RFC 3164', () => {
  const local = (...at: [number, number, number, number, number, number]) =>
    BigInt(new Date(...at).getTime()) * 1_000_000n

  it('is read with host, tag and process, as far as they are there', () => {
    expect(rfc3164("<34>Oct 11 22:14:15 mymachine su: 'su root' failed")).toMatchObject({
      facility: 4,
      severity: 2,
      timestampNs: local(2026, 9, 11, 22, 14, 15),
      hostname: 'mymachine',
      appName: 'su',
      procId: '',
      message: "'su root' failed",
    })
    expect(rfc3164('<13>Nov  1 00:00:01 box sshd[712]: Failed password')).toMatchObject({
      hostname: 'box',
      appName: 'sshd',
      procId: '712',
      message: 'Failed password',
    })
    expect(rfc3164('<13>Nov  1 00:00:01 sshd[712]: x')).toMatchObject({
      hostname: '',
      appName: 'sshd',
      message: 'x',
    })
    expect(rfc3164('<13>Nov  1 00:00:01 box no tag here')).toMatchObject({
      hostname: 'box',
      appName: '',
      message: 'no tag here',
    })
    expect(rfc3164('<13>2026-11-21T09:00:00.5+01:00 box app: x')).toMatchObject({
      timestampNs: BigInt(Date.UTC(2026, 10, 21, 8)) * 1_000_000n + 500_000_000n,
      hostname: 'box',
      message: 'x',
    })
  })

  it('is of the year that is nearest', () => {
    expect(rfc3164('<13>Dec 31 23:59:59 box a: x')).toMatchObject({
      timestampNs: local(2026, 11, 31, 23, 59, 59),
    })
    expect(rfc3164('<13>Jan  2 00:00:00 box a: x')).toMatchObject({
      timestampNs: local(2027, 0, 2, 0, 0, 0),
    })
    expect(rfc3164('<13>Jul 21 2024 00:00:00: box a: x')).toMatchObject({
      timestampNs: local(2024, 6, 21, 0, 0, 0),
    })
  })

  it('that is none is a message as a whole, unless strictness is asked for', () => {
    expect(rfc3164('just äöü text')).toMatchObject({
      facility: 1,
      severity: 5,
      timestampNs: undefined,
      message: 'just äöü text',
    })
    expect(rfc3164('<13>äö: ü')).toMatchObject({ severity: 5, message: 'ü' })
    expect(rfc3164('just text', true)).toContain('priority')
    expect(rfc3164('<13>text', true)).toContain('timestamp')
  })
})

describe('messages of a stream', () => {
  function split(chunks: readonly string[], maxBytes = 1000): string[] {
    const frames: string[] = []
    const splitter = new FrameSplitter(maxBytes, (bytes, start, end, isCut) => {
      frames.push(decoder.decode(bytes.subarray(start, end)) + (isCut ? '…' : ''))
    })
    for (const chunk of chunks) splitter.push(encoder.encode(chunk))
    splitter.end()
    return frames
  }

  it('end with a newline or NUL, or have their length before them', () => {
    expect(split(['<1>a\n<2>b\r\n\n<3>c\0<4>d'])).toEqual(['<1>a', '<2>b', '<3>c', '<4>d'])
    expect(split(['4 <1>a6 <2>b\nc6 <3>d\n\n9 <4>short'])).toEqual([
      '<1>a',
      '<2>b\nc',
      '<3>d',
      '<4>short',
    ])
    expect(split(['4 <1>a\n<2>b\n4 <3>c'])).toEqual(['<1>a', '<2>b', '<3>c'])
  })

  it('may begin with digits that are no length', () => {
    expect(split(['12 monkeys\n', '2026-11-21 x\n', '7\n', '1234567890123 <x\n'])).toEqual([
      '12 monkeys',
      '2026-11-21 x',
      '7',
      '1234567890123 <x',
    ])
  })

  it('are the same however the network tears them apart', () => {
    const text = '<1>one\n11 <2>two\ntwo!5 <3>ab\n9 lives\n<4>four\n'
    const whole = split([text])
    expect(whole).toEqual(['<1>one', '<2>two\ntwo!', '<3>ab', '9 lives', '<4>four'])
    expect(split(Array.from(text))).toEqual(whole)
    for (let at = 1; at < text.length; at++) {
      expect(split([text.slice(0, at), text.slice(at)])).toEqual(whole)
    }
  })

  it('are cut when they are too long, in bounded memory', () => {
    expect(split(['<1>' + 'x'.repeat(50), 'x'.repeat(50) + '\n<2>b\n'], 10)).toEqual([
      '<1>xxxxxxx…',
      '<2>b',
    ])
    expect(split(['100 <1>' + 'x'.repeat(97) + '4 <2>b'], 10)).toEqual(['<1>xxxxxxx…', '<2>b'])
  })
})
