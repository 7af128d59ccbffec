import { describe, expect, it } from 'vitest'
import { BEGIN_MS, openStages } from './testing/pipeline-kit.ts'
import { formatNs } from './testing/time-text.ts'

/** The time that a value is read as, in RFC 3339; undefined when it is not read. */
function read(text: string, settings: string): string | undefined {
  const kit = openStages(
    `- regex: {expression: '^(?s)(?P<ts>.*)$'}\n- timestamp: {source: ts, ${settings}}`,
  )
  kit.push(text)
  const timestampNs = kit.out[0]?.timestampNs ?? 0n
  return timestampNs === BigInt(BEGIN_MS) * 1_000_000n ? undefined : formatNs(timestampNs)
}

describe('timestamp', () => {
  it.each<[string, string, string | undefined]>([
    ['RFC3339', '2024-01-02T03:04:05+01:30', '2024-01-02T01:34:05.000000000Z'],
    ['RFC3339Nano', '2024-01-02T03:04:05.123456789Z', '2024-01-02T03:04:05.123456789Z'],
    ['RFC3339', '2024-02-30T03:04:05Z', undefined],
    ['RFC3339', '2024-01-02 03:04:05Z', undefined],
    ['ANSIC', 'Mon Jan  2 15:04:05 2006', '2006-01-02T15:04:05.000000000Z'],
    ['RubyDate', 'Mon Jan 02 15:04:05 -0700 2006', '2006-01-02T22:04:05.000000000Z'],
    ['RFC822Z', '02 Jan 06 15:04 -0700', '2006-01-02T22:04:00.000000000Z'],
    ['RFC1123', 'Mon, 02 Jan 2006 15:04:05 GMT', '2006-01-02T15:04:05.000000000Z'],
    ['Unix', '1700000000', '2023-11-14T22:13:20.000000000Z'],
    ['Unix', '1700000000.25', '2023-11-14T22:13:20.250000000Z'],
    ['Unix', '1.2.3', undefined],
    ['Unix', 'soon', undefined],
    ['UnixMs', '1700000000123', '2023-11-14T22:13:20.123000000Z'],
    ['UnixUs', '1700000000123456', '2023-11-14T22:13:20.123456000Z'],
    ['UnixNs', '1700000000123456789', '2023-11-14T22:13:20.123456789Z'],
    ['02/Jan/2006:15:04:05 -0700', '26/Jan/2019:20:28:29 +0330', '2019-01-26T16:58:29.000000000Z'],
    ['2006-01-02 15:04:05.000', '2024-05-06 07:08:09.120', '2024-05-06T07:08:09.120000000Z'],
    ['2006-01-02 15:04:05', '2024-05-06 07:08:09,5', '2024-05-06T07:08:09.500000000Z'],
  ])('%s reads %j as %j', (format, text, wanted) => {
    expect(read(text, `format: '${format}'`)).toBe(wanted)
  })

  it.each([
    ['Europe/Berlin', '2024-07-01 12:00:00', '2024-07-01T10:00:00.000000000Z'],
    ['Europe/Berlin', '2024-01-01 12:00:00', '2024-01-01T11:00:00.000000000Z'],
    // Times that exist twice or not at all are taken as Go takes them.
    ['Europe/Berlin', '2024-10-27 02:30:00', '2024-10-27T01:30:00.000000000Z'],
    ['Asia/Kolkata', '2024-01-01 12:00:00', '2024-01-01T06:30:00.000000000Z'],
  ])('in %s %j is %j', (zone, text, wanted) => {
    expect(read(text, `format: '2006-01-02 15:04:05', location: ${zone}`)).toBe(wanted)
  })

  it('an offset in the text goes before the location', () => {
    const settings = "format: '2006-01-02 15:04:05 -0700', location: Asia/Tokyo"
    expect(read('2024-07-01 12:00:00 +0000', settings)).toBe('2024-07-01T12:00:00.000000000Z')
  })

  it.each([
    [Date.UTC(2026, 2, 1), 'Feb 27 10:00:00', '2026-02-27T10:00:00.000000000Z'],
    [Date.UTC(2026, 0, 15), 'Dec 31 23:59:59', '2025-12-31T23:59:59.000000000Z'],
    [Date.UTC(2026, 11, 15), 'Jan  1 00:00:01', '2027-01-01T00:00:01.000000000Z'],
  ])('without a year, at %i %j is %j', (nowMs, text, wanted) => {
    const kit = openStages(
      "- regex: {expression: '(?P<ts>.*)'}\n- timestamp: {source: ts, format: 'Jan _2 15:04:05'}",
    )
    kit.passMs(nowMs - BEGIN_MS)
    kit.push(text)
    expect(formatNs(kit.out[0]?.timestampNs ?? 0n)).toBe(wanted)
  })

  it('tries the fallback formats in turn', () => {
    const settings = "format: RFC3339, fallback_formats: [Unix, '2006/01/02']"
    expect(read('1700000000', settings)).toBe('2023-11-14T22:13:20.000000000Z')
    expect(read('2024/05/06', settings)).toBe('2024-05-06T00:00:00.000000000Z')
    expect(read('x', settings)).toBeUndefined()
  })

  const failing = (action: string): bigint[] => {
    const kit = openStages(
      `- json: {expressions: {ts: ""}}\n- timestamp: {source: ts, format: UnixNs${action}}`,
    )
    kit.push('{"ts":"5"}', { app: 'a' })
    kit.push('{"ts":"x"}', { app: 'a' })
    kit.push('{}', { app: 'a' })
    kit.push('{"ts":"y"}', { app: 'b' })
    return kit.out.map(({ timestampNs }) => timestampNs)
  }
  const arrival = BigInt(BEGIN_MS) * 1_000_000n

  it('fudges a time that cannot be read: the last of its stream and a nanosecond', () => {
    expect(failing('')).toEqual([5n, 6n, 7n, arrival])
  })

  it('skips it where it is told to', () => {
    expect(failing(', action_on_failure: skip')).toEqual([5n, arrival, arrival, arrival])
  })
})
