import { describe, expect, it } from 'vitest'
import { createLog, isLogFormat, isLogLevel, type LogOptions } from './log.ts'
import { redact } from './redact.ts'

function capture(options: LogOptions = {}) {
  const lines: string[] = []
  const log = createLog({
    ...options,
    write: (line) => lines.push(line),
    now: () => new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 6)),
  })
  return { log, lines }
}

describe('createLog', () => {
  it('writes logfmt with the keys of the original', () => {
    const { log, lines } = capture()
    log.info('Server is ready', { component: 'web', took_ms: 12 })
    expect(lines).toEqual([
      'time=2026-01-02T03:04:05.006Z level=INFO msg="Server is ready" component=web took_ms=12\n',
    ])
  })

  it('keeps a line a line, whatever a value holds', () => {
    const { log, lines } = capture()
    log.warn('odd', { body: 'a\nlevel=ERROR "x"', empty: '', gone: undefined, nil: null })
    expect(lines).toEqual([
      'time=2026-01-02T03:04:05.006Z level=WARN msg=odd body="a\\nlevel=ERROR \\"x\\"" empty="" nil=null\n',
    ])
  })

  it('writes JSON that keeps numbers and booleans', () => {
    const { log, lines } = capture({ format: 'json' })
    log.error('failed', {
      tries: 3,
      final: true,
      error: new Error('no', { cause: new Error('why') }),
    })
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      time: '2026-01-02T03:04:05.006Z',
      level: 'ERROR',
      msg: 'failed',
      tries: 3,
      final: true,
      error: 'no: why',
    })
  })

  it('leaves out lines below its level and adds the fields of a child', () => {
    const { log, lines } = capture({ level: 'warn' })
    const child = log.child({ component: 'a' }).child({ job: 'b' })
    child.info('not shown')
    child.warn('shown', { msg: 'x' })
    expect(lines).toEqual([
      'time=2026-01-02T03:04:05.006Z level=WARN msg=shown component=a job=b msg_=x\n',
    ])
  })

  it('cuts very long values', () => {
    const { log, lines } = capture()
    log.info('long', { body: 'x'.repeat(10_000) })
    expect(lines[0]?.length).toBeLessThan(4300)
    expect(lines[0]).toContain('(10000 characters)')
  })

  it('knows its levels and formats', () => {
    expect(isLogLevel('debug') && !isLogLevel('trace')).toBe(true)
    expect(isLogFormat('json') && !isLogFormat('xml')).toBe(true)
  })
})

describe('redact', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['password', 'hunter2', '<secret>'],
    ['bearer_token', 'abc', '<secret>'],
    ['bearer_token_file', '/run/token', '/run/token'],
    ['url', 'https://me:pw@example.org/x', 'https://<secret>@example.org/x'],
    ['url', 'http://a/?q=1&token=abc&x=2', 'http://a/?q=1&token=<secret>&x=2'],
    [
      'error',
      'got 401 for Authorization: Bearer abcdef123',
      'got 401 for Authorization: Bearer <secret>',
    ],
    ['path', '/a@b', '/a@b'],
    ['query', 'up{job="a"}', 'up{job="a"}'],
  ]
  for (const [name, given, wanted] of cases) {
    it(`${name}=${given}`, () => expect(redact(name, given)).toBe(wanted))
  }
})
