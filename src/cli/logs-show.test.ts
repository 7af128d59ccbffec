import { describe, expect, it } from 'vitest'
import type { LogLine } from './logs-answer.ts'
import { LinePrinter, safeText, type ShowOptions } from './logs-show.ts'
import { fakeTerminal, type FakeTerminal } from './testing/fake-terminal.ts'

/** Noon of a day in this machine's zone, and so many milliseconds. */
function at(ms: number): bigint {
  return BigInt(new Date(2026, 2, 1, 12).getTime() + ms) * 1_000_000n
}

function line(text: string, stream: LogLine['stream'] = {}, more: Partial<LogLine> = {}): LogLine {
  return { timestampNs: at(0), text, stream, own: {}, ...more }
}

function shown(
  lines: readonly LogLine[],
  options: Partial<ShowOptions> = {},
  terminal: FakeTerminal = fakeTerminal(),
): string {
  new LinePrinter(terminal, { output: 'table', ...options }).print(lines)
  return terminal.out()
}

describe('a log line', () => {
  it.each([
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u001b]0;title\u0007', '\\u001b]0;title\\u0007'],
    ['\u001b[2J', '\\u001b[2J'],
    ['a\rb', 'a\\u000db'],
    ['\u009b31m', '\\u009b31m'],
    ['x \u202e y', 'x \\u202e y'],
    ['a\tb\n\tc', 'a\tb\n\tc'],
    ['end\n', 'end'],
    ['crlf\r\nnext\r\n', 'crlf\nnext'],
    ['\ud800', '\ufffd'],
  ])('%j is shown as %j', (text, wanted) => expect(safeText(text)).toBe(wanted))

  it.each(['table', 'raw', 'json'] as const)('can do nothing to a terminal as %s', (output) => {
    const evil = Array.from({ length: 0xa0 }, (_, code) => String.fromCharCode(code)).join('')
    const stream = { [evil]: evil, job: evil }
    const lines = [line(evil, stream, { own: { [evil]: evil } }), line('x', { job: 'y' })]
    const text = shown(lines, { output }).replaceAll('\n', '').replaceAll('\t', '')
    expect(text).toMatch(/^[^\u0000-\u001f\u007f-\u009f]*$/)
  })
})

describe('a table of lines', () => {
  it('shows what tells streams apart, aligned, and what they have in common once', () => {
    const lines = [
      line('one', { host: 'h', unit: 'ssh.service', level: 'info' }),
      line('two', { host: 'h', unit: 'cron', level: 'warn' }),
    ]
    const terminal = fakeTerminal()
    const printer = new LinePrinter(terminal, { output: 'table' })
    printer.print(lines)
    expect(terminal.out()).toBe(
      '2026-03-01 12:00:00.000 ssh.service one\n2026-03-01 12:00:00.000 cron        two\n',
    )
    expect(printer.common).toBe('{host="h"}')
  })

  it('shows no name when there is one stream', () => {
    expect(shown([line('one', { job: 'a' })])).toBe('2026-03-01 12:00:00.000 one\n')
  })

  it('prefers labels that name best, and cuts paths', () => {
    const lines = [
      line('1', { a: '1', filename: '/var/log/app/x.log', container: 'web', zone: 'q' }),
      line('2', { a: '2', filename: '/var/log/app/y.log', container: 'db', zone: 'r' }),
    ]
    expect(shown(lines)).toContain('web x.log 1\n')
  })

  it('shows the labels asked for, of the line too', () => {
    const lines = [line('x', { job: 'a' }, { own: { user: 'ann' } })]
    expect(shown(lines, { labels: ['job', 'user', 'none'] })).toContain(' a ann - x\n')
  })

  it('indents the lines of a block under its beginning', () => {
    expect(shown([line('Error\n\tat x\n')])).toBe(
      '2026-03-01 12:00:00.000 Error\n                            at x\n',
    )
  })

  it('says the day once on a terminal', () => {
    const terminal = fakeTerminal({ isInteractive: true })
    const lines = [line('a'), line('b'), line('c', {}, { timestampNs: at(86_400_000) })]
    expect(shown(lines, {}, terminal)).toBe(
      '-- 2026-03-01 --\n12:00:00.000 a\n12:00:00.000 b\n-- 2026-03-02 --\n12:00:00.000 c\n',
    )
  })

  it.each<[Partial<LogLine>, string]>([
    [{ stream: { level: 'error' } }, '31'],
    [{ own: { detected_level: 'critical' } }, '31'],
    [{ own: { level: '3' } }, '31'],
    [{ stream: { severity: 'WARNING' } }, '33'],
    [{ own: { level: 'debug' }, stream: { level: 'error' } }, '90'],
    [{ text: 'ts=1 level=warn msg=x' }, '33'],
    [{ text: '{"level": "ERROR"}' }, '31'],
    [{ text: '2026-01-01 12:00:00 [error] x' }, '31'],
    [{ text: 'the word error far from the beginning means little' }, ''],
    [{ text: 'plain' }, ''],
  ])('paints %j with %j', (more, code) => {
    const text = shown([line('text', {}, more)], {}, fakeTerminal({ color: true }))
    const wanted =
      code === ''
        ? /\u001b\[0m (?!\u001b)/
        : new RegExp(`\u001b\\[${code}m[^\u001b]+\u001b\\[0m\n$`)
    expect(text).toMatch(wanted)
  })
})

describe('lines for programs', () => {
  it('are the text alone', () => {
    expect(shown([line('a\tb', { job: 'x' }), line('c\n')], { output: 'raw' })).toBe('a\tb\nc\n')
  })

  it('are a JSON object each, complete', () => {
    const text = 'a\u001b[31m\n\u0085"'
    const lines = [
      line(text, { job: 'x' }, { own: { user: 'ann' }, timestampNs: 1_700_000_000_123_456_789n }),
    ]
    expect(JSON.parse(shown(lines, { output: 'json' }))).toEqual({
      timestamp: '2023-11-14T22:13:20.123456789Z',
      timestampNs: '1700000000123456789',
      labels: { job: 'x' },
      metadata: { user: 'ann' },
      line: text,
    })
  })
})
